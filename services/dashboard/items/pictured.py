"""A recorded frame as the browser draws it."""

from collections.abc import Sequence

import msgspec

from dashboard.items.story import predictions_of
from dashboard.shell.picture import Pictured
from okko import contracts as c
from recorder.annotations import Annotation
from recorder.reader import StoredFrame

_roi = msgspec.json.Decoder(tuple[float, float, float, float]).decode


def pictured(frame: StoredFrame, told: c.Item, drawn: Sequence[Annotation] = ()) -> Pictured:
    """A frame of an item, with what was found in it, and what people drew on it."""
    return Pictured(
        src=f"/picture/{frame.frame_id}",
        alt=frame.camera,
        width_px=frame.width_px,
        height_px=frame.height_px,
        roi=None if frame.roi is None else _roi(frame.roi),
        predictions=predictions_of(told, frame.frame_id),
        drawn=drawn,
    )
