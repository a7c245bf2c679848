"""The pictures of a KO item: small, with what the models said drawn in; those of the cameras that made it KO first."""

from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from dashboard.report.figures import Pictured
from okko import contracts as c
from okko.errors import ImageError
from recorder.reader import StoredFrame
from workshop.models.draw import marked
from workshop.models.words import answer
from workshop.replay.album import Picture
from workshop.replay.frames import read_frame
from workshop.replay.pictures import encoded, small

MOST_AN_ITEM = 2
Box = tuple[float, float, float, float]


def pictures_of(folder: Path, item: c.Item, frames: Sequence[StoredFrame]) -> tuple[Pictured, ...]:
    """At most `MOST_AN_ITEM` of them; a file that cannot be read says so in its place. `folder`: the data folder."""
    blamed = {finding.camera for finding in item.findings if finding.verdict == "KO"}
    ordered = sorted(frames, key=lambda frame: frame.camera not in blamed)  # stable: by camera within
    wanted = [frame for frame in ordered if frame.camera in blamed] or ordered
    return tuple(_picture(folder, item, frame) for frame in wanted[:MOST_AN_ITEM])


def _picture(folder: Path, item: c.Item, stored: StoredFrame) -> Pictured:
    said = [one for one in item.predictions if one.frame_id == stored.frame_id and not one.shadow]
    best = max(said, key=_tells, default=None)
    try:
        frame = read_frame(folder, stored, item.item_id)
        image = small(frame)
    except OSError as error:
        return Pictured(Picture(stored.camera, b"", why=error.strerror or str(error)))
    except ImageError as error:
        return Pictured(Picture(stored.camera, b"", why=error.why))
    if best is None:
        return Pictured(encoded(stored.camera, image))
    shown = marked(image, best if frame.roi is None else within(best, frame.roi))
    return Pictured(encoded(stored.camera, shown), answer(best))


def _tells(prediction: c.Prediction) -> tuple[bool, bool]:
    """Of several models of a camera the one with something to draw is shown."""
    return bool(prediction.detections) or prediction.map is not None, prediction.error is None


def within(prediction: c.Prediction, roi: Box) -> c.Prediction:
    """The same with its boxes in 0..1 of the picture that was cut out: they are of the full frame."""
    detections = prediction.detections and tuple(
        replace(found, box=_cut(found.box, roi)) for found in prediction.detections
    )
    shown = prediction.map and replace(prediction.map, box=_cut(prediction.map.box, roi))
    return replace(prediction, detections=detections, map=shown)


def _cut(box: Box, roi: Box) -> Box:
    wide, high = roi[2] - roi[0], roi[3] - roi[1]
    x0, x1 = (min(1.0, max(0.0, (side - roi[0]) / wide)) for side in (box[0], box[2]))
    y0, y1 = (min(1.0, max(0.0, (side - roi[1]) / high)) for side in (box[1], box[3]))
    return x0, y0, x1, y1
