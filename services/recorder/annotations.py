"""Boxes and masks that people draw on frames: how they are asked for, and what comes of them. Pure."""

from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from okko.contracts import ID_PATTERN
from okko.errors import ContractError
from recorder.labels import By, Label

ANNOTATE_VERB = "annotate"
"""`cmd/recorder/annotate`."""

MAX_FRAMES = 500
MAX_ANNOTATIONS = 500
ANNOTATE_MAX_BYTES = 2 << 20

Share = Annotated[float, Meta(ge=0, le=1)]
Polygon = Annotated[tuple[Share, ...], Meta(min_length=6, max_length=20_000)]


class Mask(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which pixels of the recorded picture are meant: COCO's compressed RLE, column by column."""

    width_px: Annotated[int, Meta(ge=1, le=65_535)]
    height_px: Annotated[int, Meta(ge=1, le=65_535)]
    counts: Annotated[str, Meta(min_length=1, max_length=500_000)]


class Annotation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One thing in a frame. `box` and `polygons` ([x, y, x, y, ...]) are in 0..1 of the full frame."""

    label: Label
    box: tuple[Share, Share, Share, Share]
    polygons: Annotated[tuple[Polygon, ...], Meta(max_length=200)] = ()
    mask: Mask | None = None


class FrameAnnotations(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that stands in one frame; none takes back what was there."""

    frame_id: Annotated[str, Meta(pattern=ID_PATTERN)]
    annotations: Annotated[tuple[Annotation, ...], Meta(max_length=MAX_ANNOTATIONS)]


class AnnotateArgs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`args` of the command."""

    by: By
    frames: Annotated[tuple[FrameAnnotations, ...], Meta(min_length=1, max_length=MAX_FRAMES)]


@dataclass(frozen=True, slots=True)
class AnnotateEntry:
    """Annotations on their way to the disk."""

    request_id: str
    by: str
    at_ms: int
    frames: tuple[FrameAnnotations, ...]
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """What came of them: how much is on disk, of which items, and the frames that nobody knows."""

    request_id: str
    by: str
    frames: int
    annotations: int
    item_ids: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def result(self) -> dict[str, Any]:
        """The `result` of the reply."""
        return {"frames": self.frames, "annotations": self.annotations, "unknown": list(self.unknown)}


def read_annotations(request_id: str, args: dict[str, Any], at_ms: int) -> AnnotateEntry:
    """The annotations that a command asks for.

    Raises:
        ContractError: if it asks for none, or for too many, or if a box is none.
    """
    try:
        asked = msgspec.convert(args, AnnotateArgs)
    except msgspec.ValidationError as error:
        raise ContractError("annotate", str(error)) from error
    for frame in asked.frames:
        for one in frame.annotations:
            x0, y0, x1, y1 = one.box
            if x0 >= x1 or y0 >= y1:
                raise ContractError("annotate", f"{frame.frame_id}: box {list(one.box)} of {one.label!r} is empty")
    return AnnotateEntry(request_id, asked.by, at_ms, asked.frames, len(msgspec.json.encode(asked)))


_decode = msgspec.json.Decoder(tuple[Annotation, ...]).decode


def annotations_text(annotations: tuple[Annotation, ...]) -> str:
    """As they are stored."""
    return msgspec.json.encode(annotations).decode()


def annotations_in(text: str) -> tuple[Annotation, ...]:
    """Those that were stored as `text`."""
    return _decode(text)
