"""What boxes and masks a command may ask for."""

from typing import Any

import pytest

from okko.errors import ContractError
from recorder.annotations import MAX_FRAMES, Annotation, annotations_in, annotations_text, read_annotations

BOX = {"label": "scratch", "box": [0.1, 0.2, 0.3, 0.4]}


def _frames(*annotations: dict[str, Any], frame_id: str = "f1") -> dict[str, Any]:
    return {"by": "shift-2", "frames": [{"frame_id": frame_id, "annotations": list(annotations)}]}


def test_annotations_are_read_with_who_and_when() -> None:
    """Boxes, polygons and masks; and they are stored so that they come back as they were."""
    mask = {"width_px": 4, "height_px": 2, "counts": "08"}
    polygon = [0.1, 0.2, 0.3, 0.2, 0.3, 0.4]
    entry = read_annotations("r1", _frames(BOX, {**BOX, "polygons": [polygon], "mask": mask}), 5)
    (frame,) = entry.frames
    assert (entry.request_id, entry.by, entry.at_ms, frame.frame_id) == ("r1", "shift-2", 5, "f1")
    assert frame.annotations[0] == Annotation(label="scratch", box=(0.1, 0.2, 0.3, 0.4))
    assert frame.annotations[1].polygons == (tuple(polygon),)
    assert annotations_in(annotations_text(frame.annotations)) == frame.annotations


@pytest.mark.parametrize(
    "args",
    [
        {"by": "shift-2", "frames": []},
        {"by": "", "frames": _frames(BOX)["frames"]},
        _frames(BOX, frame_id="../f1"),
        _frames({**BOX, "box": [0.1, 0.2, 0.1, 0.4]}),
        _frames({**BOX, "box": [0.1, 0.2, 1.1, 0.4]}),
        _frames({**BOX, "box": [0.1, 0.2, 0.3]}),
        _frames({**BOX, "label": ""}),
        _frames({**BOX, "polygons": [[0.1, 0.2]]}),
        _frames({**BOX, "colour": "red"}),
        {"by": "shift-2", "frames": _frames(BOX)["frames"] * (MAX_FRAMES + 1)},
    ],
)
def test_what_makes_no_sense_is_refused(args: dict[str, Any]) -> None:
    """With an error that the reply carries."""
    with pytest.raises(ContractError, match="annotate"):
        read_annotations("r1", args, 5)
