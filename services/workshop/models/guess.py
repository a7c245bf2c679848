"""What a model looks like from outside, and the `model.toml` to begin with. A guess says what it rests on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from inference_agent.decoders import Ssd
from inference_agent.decoders.decoded import OutputSpec
from inference_agent.tensor import DTYPES
from workshop.models.guess_input import Shown, guess_input
from workshop.models.model_file import ModelFile, Tensor
from workshop.models.tflite_metadata import Metadata

Shape = tuple[int, ...]

LEAST_SIDE_PX = 16
"""A picture with a smaller side shows nothing; sound cut into bands looks so."""

NO_PICTURE = "not an image model"
FEATURES = "features"
UNKNOWN = "unknown"

_STRIDES = (8, 16, 32)
_BOX_VALUES = 4
_BATCH_HWC = 4
_MANY_CHANNELS = 32
_MOST_LABELS = 256
_BACKGROUNDS = frozenset({"???", "background", "__background__"})
_MEDIAPIPE_GRIDS = {
    896: ((16, 2), (8, 6)),
    2016: ((24, 2), (12, 6)),
    2254: ((28, 2), (14, 2), (7, 6)),
    2304: ((48, 1),),
}
"""Sides of the grids and anchors in each cell, by the number of boxes: faces near and far, palms, bodies."""

_KO_UNTIL_SET = 1e-6
_POST_PROCESS = "TFLite_Detection_PostProcess"


@dataclass(frozen=True)
class Guess:
    """`kind` is a decoder's, or one of the three words above. `labels` stand in the manifest, none: the file's own.

    `notes` are for whoever knows the model to confirm.
    """

    kind: str
    why: str
    input: dict[str, Any] = field(default_factory=dict)
    decoder: dict[str, Any] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def can_decode(self) -> bool:
        """Whether there is a `model.toml` to begin with."""
        return bool(self.decoder)


@dataclass(frozen=True)
class _Look:
    """What a guess is made from. `outputs` are the shapes after a run, where it ran."""

    file: ModelFile
    outputs: tuple[Shape, ...]
    labels: tuple[str, ...]
    shown: Shown
    first_values: Any


def guess(
    file: ModelFile,
    outputs: Sequence[Shape],
    labels: Sequence[str],
    metadata: Metadata,
    first_values: Any = None,
) -> Guess:
    """What it looks like. `first_values` is what came out of the first output for an empty picture, where it ran."""
    if why := no_picture(file.inputs):
        return Guess(NO_PICTURE, why)
    shown = guess_input(file, metadata)
    look = _Look(file, tuple(outputs), tuple(labels), shown, first_values)
    found = _by_outputs(look)
    settings = {**shown.settings, **({"resize": "letterbox"} if found.kind == "yolo" else {})}
    if found.kind == "yolo" and shown.is_guess:
        settings |= {"mean": 0.0, "std": 255.0}
        notes: tuple[str, ...] = ("std = 255.0 is what YOLO models are trained with",)
    else:
        notes = shown.notes
    return Guess(found.kind, found.why, settings, found.decoder, found.labels, (*notes, *found.notes))


def no_picture(inputs: Sequence[Tensor]) -> str | None:
    """Why what goes in is no picture, or None."""
    if len(inputs) != 1:
        return f"it takes {len(inputs)} inputs, a picture is one"
    tensor = inputs[0]
    shape = tensor.shape
    if len(shape) != _BATCH_HWC:
        return f"its input {_text(shape)} is no picture: that has [1, height, width, channels]"
    if shape[3] not in {1, 3} and shape[1] not in {1, 3}:
        return f"its input {_text(shape)} has neither 1 nor 3 channels"
    if tensor.type not in DTYPES:
        return f"its input holds {tensor.type}, a picture can be given as {', '.join(DTYPES)}"
    sides = shape[1:3] if shape[3] in {1, 3} else shape[2:4]
    if any(0 < side < LEAST_SIDE_PX for side in sides):
        return f"its input {_text(shape)} is too narrow for a picture; sound cut into bands looks like this"
    return None


def _by_outputs(look: _Look) -> Guess:
    outputs = look.outputs
    specs = tuple(OutputSpec(tensor.name, shape) for tensor, shape in zip(look.file.outputs, outputs, strict=False))
    if any(op.name == _POST_PROCESS for op in look.file.ops) or Ssd().check(specs, ("any",)) is None:
        return _ssd(look)
    if len(outputs) == 1 and len(shape := outputs[0]) > 0:
        if _size(shape) == max(shape):
            return _classification(look, _size(shape))
        if len(shape) == 3:  # noqa: PLR2004 - [1, values, candidates] or [1, height, width]
            return _yolo(look, shape) if min(shape[1:]) > _BOX_VALUES else _nothing(outputs)
        if len(shape) == _BATCH_HWC:
            return _places(look, shape)
    if len(outputs) > 1 and all(len(shape) == 3 for shape in outputs) and len({shape[1] for shape in outputs}) == 1:  # noqa: PLR2004 - [1, anchors, values]
        return _anchors(look)
    if all(len(shape) == _BATCH_HWC or _size(shape) > _MOST_LABELS for shape in outputs):
        return Guess(
            FEATURES, f"it gives feature maps {_all(outputs)}: a backbone, of which no decoder makes a verdict"
        )
    return _nothing(outputs)


def _nothing(outputs: Sequence[Shape]) -> Guess:
    return Guess(UNKNOWN, f"its outputs {_all(outputs)} are those of no decoder")


def _classification(look: _Look, size: int) -> Guess:
    last = look.file.last_op
    if size > _MOST_LABELS and not look.labels and last not in {"SOFTMAX", "LOGISTIC"}:
        return Guess(FEATURES, f"{size} values without labels that are no scores: an embedding, as a backbone gives it")
    activation, note = _activation(look, single="sigmoid" if size == 1 else "softmax")
    labels: tuple[str, ...] = ()
    wanted = 2 if size == 1 else size
    notes = [note] if note else []
    if len(look.labels) != wanted:
        labels = _numbered(wanted)
        notes.append(_about_labels(look, wanted))
    why = f"one row of {size} values{f', made by {last}' if last else ''}"
    return Guess("classification", why, decoder={"activation": activation}, labels=labels, notes=tuple(notes))


def _activation(look: _Look, single: str) -> tuple[str, str]:
    last, output = look.file.last_op, look.file.outputs[0]
    if last in {"SOFTMAX", "LOGISTIC", "edgetpu-custom-op"}:
        return "none", ""
    if output.scale is not None and abs(output.scale * 256 - 1) < 1e-3:  # noqa: PLR2004 - 8 bits over 0..1
        return "none", ""
    return single, f"activation = {single!r}: the last operator is {last}, so the values are no scores yet"


def _ssd(look: _Look) -> Guess:
    notes: list[str] = []
    labels: tuple[str, ...] = ()
    decoder: dict[str, Any] = {}
    if not look.labels:
        labels = _numbered(91)
        notes.append("there are no labels in the file: 91 stand in for COCO's")
    elif look.labels[0].lower() in _BACKGROUNDS:
        decoder = {"label_offset": 1}
        notes.append(f"label_offset = 1: the labels begin with {look.labels[0]!r}, which the op does not count")
    why = "boxes, classes, scores and a count, from the detection post-process op"
    return Guess("ssd", why, decoder={"min_score": 0.3, **decoder}, labels=labels, notes=tuple(notes))


def _yolo(look: _Look, shape: Shape) -> Guess:
    values, candidates = sorted(shape[1:])
    cells = sum((look.shown.width_px // stride) * (look.shown.height_px // stride) for stride in _STRIDES)
    objectness = candidates == 3 * cells or (
        candidates != cells and len(look.labels) == values - _BOX_VALUES - 1 and bool(look.labels)
    )
    count = values - _BOX_VALUES - objectness
    grid = " for the cells of its grid" if candidates in {cells, 3 * cells} else ""
    parts = f"a box{', an objectness' if objectness else ''}, {count} scores"
    why = f"{candidates} candidates{grid} of {values} values: {parts}"
    notes: list[str] = []
    labels: tuple[str, ...] = ()
    if len(look.labels) != count:
        labels = _numbered(count)
        notes.append(_about_labels(look, count))
    unit = "relative"
    if look.first_values is not None:
        table = look.first_values[0] if shape[1] == values else look.first_values[0].T
        unit = "pixel" if float(table[:2].max()) > 2 else "relative"  # noqa: PLR2004 - centres of a grid reach nearly 1
        notes.append(f"box_unit = {unit!r}: the centres that came out of a run reach {float(table[:2].max()):.3g}")
    decoder = {"box_unit": unit, "min_score": 0.3, "iou_threshold": 0.5}
    return Guess("yolo", why, decoder=decoder, labels=labels, notes=tuple(notes))


def _anchors(look: _Look) -> Guess:
    count = look.outputs[0][1]
    why = f"{count} anchors with {' and '.join(str(shape[2]) for shape in look.outputs)} values: boxes and raw scores"
    labels = () if look.labels else ("object",)
    grids = _MEDIAPIPE_GRIDS.get(count)
    if grids is None:
        note = "the sizes and places of its anchors are known only to whoever trained it: add `layers` under [decoder]"
        return Guess("anchors", why, decoder={"min_score": 0.5}, labels=labels, notes=(note,))
    decoder = {
        "layers": [{"cells": [side, side], "repeat": repeat} for side, repeat in grids],
        "scale": [look.shown.width_px, look.shown.height_px] * 2,
        "order": "xywh",
        "size": "linear",
        "min_score": 0.5,
        "iou_threshold": 0.3,
    }
    note = f"the anchors are those of MediaPipe's detectors with {count} boxes; most take a letterbox"
    return Guess("anchors", why, decoder=decoder, labels=labels, notes=(note,))


def _places(look: _Look, shape: Shape) -> Guess:
    """[1, height, width, channels] or channels first."""
    decoder: dict[str, Any]
    first = look.shown.channels_first
    channels, sides = (shape[1], shape[2:]) if first else (shape[3], shape[1:3])
    same_size = tuple(sides) == (look.shown.height_px, look.shown.width_px)
    if same_size and channels == look.shown.channels:
        both = "one value a place of a grey picture: a picture given back (`anomaly`) or a mask (`segmentation`)"
        notes: tuple[str, ...] = (both,) if channels == 1 else ()
        notes += ("threshold: every part is KO until it is set above the scores of good parts",)
        decoder = {"method": "autoencoder", "threshold": _KO_UNTIL_SET}
        why = "it gives back a picture like the one it got: an autoencoder"
        return Guess("anomaly", why, decoder=decoder, notes=notes)
    if channels > _MOST_LABELS or (channels > _MANY_CHANNELS and not look.labels and not same_size):
        return Guess(FEATURES, f"a feature map {_text(shape)}: a backbone, of which no decoder makes a verdict")
    if channels == 1:
        activation, note = _activation(look, single="sigmoid")
        named = look.labels if len(look.labels) in {1, 2} else ("object",)
        told = ("one value a place: taken for a mask; it may be a heat map (`anomaly`)", *([note] if note else []))
        return Guess(
            "segmentation", "a mask, one value a place", decoder={"activation": activation}, labels=named, notes=told
        )
    activation, note = _activation(look, single="softmax")
    labels: tuple[str, ...] = ()
    more = [note] if note else []
    if len(look.labels) != channels:
        labels = _numbered(channels)
        more.append(_about_labels(look, channels))
    decoder = {"activation": activation}
    if look.labels and look.labels[0].lower() in _BACKGROUNDS and not labels:
        decoder["background"] = look.labels[0]
    return Guess("segmentation", f"{channels} values for each place", decoder=decoder, labels=labels, notes=tuple(more))


def _about_labels(look: _Look, wanted: int) -> str:
    have = f"the file has {len(look.labels)}" if look.labels else "the file has none"
    return f"it tells {wanted} labels apart and {have}: numbers stand in for them"


def _numbered(count: int) -> tuple[str, ...]:
    return tuple(f"class {number}" for number in range(count))


def _size(shape: Shape) -> int:
    size = 1
    for side in shape:
        size *= side
    return size


def _text(shape: Shape) -> str:
    return f"[{', '.join('?' if side < 0 else str(side) for side in shape)}]"


def _all(shapes: Sequence[Shape]) -> str:
    return ", ".join(_text(shape) for shape in shapes)
