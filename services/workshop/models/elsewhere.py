"""The `metadata.json` of another inspection system's model server, read as a bundle of ours.

Read leniently: keys under several names, at the top or one level down, words in any case. What was taken over, what was
guessed for want of it and what was left aside is said of each key.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from okko.errors import ConfigError

_TYPE = ("output_type", "model_type", "type", "task", "model_kind")
_LABELS = ("class_names", "classes", "labels", "names", "class_labels", "label_map")
_NORMAL = ("normalization", "normalisation", "preprocessing", "input_normalization", "scaling")
_NAME = ("model_name", "name", "id")
_VERSION = ("version", "model_version", "revision")
_SCORE = ("score_threshold", "confidence_threshold", "conf_threshold", "threshold", "min_score", "confidence")
_IOU = ("iou_threshold", "nms_threshold", "nms_iou_threshold", "iou")
_COLOR = ("color", "color_mode", "color_space", "channel_order", "channels_order")
_RESIZE = ("resize", "resize_mode", "resize_method")
_FILE = ("model_file", "file", "filename", "model_path", "model", "path")

_DECODERS = {
    "classification": "classification",
    "classifier": "classification",
    "classify": "classification",
    "softmax": "classification",
    "mobilenet": "classification",
    "efficientnet": "classification",
    "resnet": "classification",
    "detection": "ssd",
    "object_detection": "ssd",
    "ssd": "ssd",
    "mobilenet_ssd": "ssd",
    "ssd_mobilenet": "ssd",
    "yolo": "yolo",
    "yolov5": "yolo",
    "yolov8": "yolo",
    "yolo11": "yolo",
    "yolo_detection": "yolo",
    "segmentation": "segmentation",
    "semantic_segmentation": "segmentation",
}
_SCALINGS: dict[str, tuple[Any, Any, str]] = {
    "mobilenet": (127.5, 127.5, "pixels / 127.5 - 1"),
    "tf": (127.5, 127.5, "pixels / 127.5 - 1"),
    "-1_1": (127.5, 127.5, "pixels / 127.5 - 1"),
    "yolo": (0.0, 255.0, "pixels / 255"),
    "0_1": (0.0, 255.0, "pixels / 255"),
    "unit": (0.0, 255.0, "pixels / 255"),
    "uint8": (0.0, 1.0, "pixels as they are"),
    "raw": (0.0, 1.0, "pixels as they are"),
    "none": (0.0, 1.0, "pixels as they are"),
    "imagenet": ([123.675, 116.28, 103.53], [58.395, 57.12, 57.375], "ImageNet's mean and deviation"),
    "torch": ([123.675, 116.28, 103.53], [58.395, 57.12, 57.375], "ImageNet's mean and deviation"),
}
_RESIZES = {"stretch": "stretch", "letterbox": "letterbox", "crop": "crop", "center_crop": "crop", "pad": "letterbox"}
_COLORS = {"rgb": "rgb", "bgr": "bgr", "gray": "gray", "grey": "gray", "grayscale": "gray", "l": "gray"}


@dataclass
class Taken:
    """What the file says, in our words. `is_raw`: pixels go in as they are. `said` has a line for each key."""

    kind: str | None = None
    labels: tuple[str, ...] = ()
    input: dict[str, Any] = field(default_factory=dict)
    decoder: dict[str, Any] = field(default_factory=dict)
    name: str | None = None
    version: str | None = None
    file: str | None = None
    is_raw: bool = False
    said: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def read(path: Path) -> Taken:
    """What a `metadata.json` says.

    Raises:
        ConfigError: if it can't be read, or is no JSON object.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError.one(path, "", f"cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError.one(path, "", f"is no JSON: {str(error)[:200]}") from error
    if not isinstance(found, dict):
        raise ConfigError.one(path, "", f"holds a {type(found).__name__}, an object with `output_type` is wanted")
    return take(found)


def take(found: Mapping[str, Any]) -> Taken:
    """The same, of what the file holds."""
    keys = _Keys(found)
    taken = Taken()
    _take_kind(keys, taken)
    _take_labels(keys, taken)
    _take_scaling(keys, taken)
    if (entry := keys.take(_COLOR)) is not None:
        _take_word(entry, _COLORS, "color", taken)
    if (entry := keys.take(_RESIZE)) is not None:
        _take_word(entry, _RESIZES, "resize", taken)
    if (entry := keys.take(_SCORE)) is not None:
        _take_share(entry, "min_score", taken)
    if (entry := keys.take(_IOU)) is not None:
        _take_share(entry, "iou_threshold", taken)
    texts: tuple[tuple[tuple[str, ...], str], ...] = ((_NAME, "name"), (_VERSION, "version"), (_FILE, "file"))
    for wanted, attribute in texts:
        if (entry := keys.take(wanted)) is not None:
            key, value = entry
            if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
                setattr(taken, attribute, str(value).strip())
                taken.said.append(f"{key} = {_short(value)}: {attribute}")
            else:
                taken.left.append(f"{key} = {_short(value)}: no text")
    taken.left += [f"{key} = {_short(value)}: nothing here is set by it" for key, value in keys.rest()]
    return taken


class _Keys:
    """The entries by their plain name, those of tables inside too; each is taken once."""

    def __init__(self, found: Mapping[str, Any]) -> None:
        self._left: dict[str, tuple[str, Any]] = {}
        for key, value in found.items():
            self._left.setdefault(_plain(str(key)), (str(key), value))
        for outer, table in found.items():
            if isinstance(table, Mapping) and _plain(str(outer)) not in _LABELS:
                del self._left[_plain(str(outer))]
                for key, value in table.items():
                    self._left.setdefault(_plain(str(key)), (f"{outer}.{key}", value))

    def take(self, names: Sequence[str]) -> tuple[str, Any] | None:
        """The first of these names that is there, as it was written, and its value."""
        for name in names:
            if name in self._left:
                return self._left.pop(name)
        return None

    def rest(self) -> Iterator[tuple[str, Any]]:
        """What nobody took."""
        yield from self._left.values()


def _take_kind(keys: _Keys, taken: Taken) -> None:
    entry = keys.take(_TYPE)
    if entry is None:
        taken.left.append("output_type is not there: what the model file looks like is taken")
        return
    key, value = entry
    taken.kind = _DECODERS.get(_plain(str(value)))
    if taken.kind is None:
        known = ", ".join(sorted(_DECODERS))
        taken.left.append(f"{key} = {_short(value)}: not known, what the file looks like is taken. Known: {known}")
    else:
        taken.said.append(f"{key} = {_short(value)}: decoder {taken.kind}")


def _take_labels(keys: _Keys, taken: Taken) -> None:
    entry = keys.take(_LABELS)
    if entry is None:
        return
    key, value = entry
    labels = _labels(value)
    if labels is None:
        taken.left.append(f"{key} = {_short(value)}: no list of names, and no table from numbers to names")
    else:
        taken.labels = labels
        taken.said.append(f"{key}: {len(labels)} labels")


def _labels(value: Any) -> tuple[str, ...] | None:
    if isinstance(value, str):
        value = [part.strip() for part in re.split(r"[,\n]", value)]
    if isinstance(value, Mapping):
        pairs = list(value.items())
        if all(isinstance(number, int) and not isinstance(number, bool) for _, number in pairs):
            pairs = [(number, name) for name, number in pairs]  # names to numbers
        try:
            numbered = {int(number): name for number, name in pairs}
        except (TypeError, ValueError):
            return None
        if sorted(numbered) != list(range(len(numbered))):
            return None
        value = [numbered[number] for number in sorted(numbered)]
    if not isinstance(value, list) or not value:
        return None
    if any(isinstance(name, Mapping) for name in value):
        value = [name.get("name", name.get("label")) if isinstance(name, Mapping) else name for name in value]
    return tuple(str(name) for name in value) if all(isinstance(n, str | int) and str(n) for n in value) else None


def _take_scaling(keys: _Keys, taken: Taken) -> None:
    entry = keys.take(_NORMAL)
    mean, std = keys.take(("mean",)), keys.take(("std", "stddev", "scale"))
    if mean is not None or std is not None:
        _take_mean(mean, std, taken)
    if entry is None:
        return
    key, value = entry
    known = _SCALINGS.get(_plain(str(value)))
    if known is None:
        words = ", ".join(sorted(_SCALINGS))
        taken.left.append(f"{key} = {_short(value)}: not known, see the notes in model.toml. Known: {words}")
    elif "mean" not in taken.input:
        taken.input |= {"mean": known[0], "std": known[1]}
        taken.is_raw = known[:2] == (0.0, 1.0)
        taken.said.append(f"{key} = {_short(value)}: {known[2]} (mean = {known[0]}, std = {known[1]})")


def _take_mean(mean: tuple[str, Any] | None, std: tuple[str, Any] | None, taken: Taken) -> None:
    """Numbers of their own. Below 1.01 they are of pixels in 0..1, as torchvision writes them."""
    values = [_channels(entry[1]) if entry is not None else default for entry, default in ((mean, 0.0), (std, 1.0))]
    names = ", ".join(f"{entry[0]} = {_short(entry[1])}" for entry in (mean, std) if entry is not None)
    low, high = values
    if low is None or high is None or any(value <= 0 for value in (high if isinstance(high, list) else [high])):
        taken.left.append(f"{names}: one number, or three, and std above 0")
        return
    flat = [*(low if isinstance(low, list) else [low]), *(high if isinstance(high, list) else [high])]
    if std is not None and all(abs(value) <= 1.01 for value in flat):  # noqa: PLR2004 - a little above 1
        low, high = _times_255(low), _times_255(high)
        taken.said.append(f"{names}: of pixels in 0..1, so mean = {low}, std = {high}")
    else:
        taken.said.append(f"{names}: mean = {low}, std = {high}")
    taken.input |= {"mean": low, "std": high}


def _channels(value: Any) -> float | list[float] | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, list) and len(value) == 3 and all(isinstance(v, int | float) for v in value):  # noqa: PLR2004 - channels
        return [float(v) for v in value]
    return None


def _times_255(value: float | list[float]) -> float | list[float]:
    return [round(v * 255, 4) for v in value] if isinstance(value, list) else round(value * 255, 4)


def _take_word(entry: tuple[str, Any], words: Mapping[str, str], setting: str, taken: Taken) -> None:
    key, value = entry
    word = words.get(_plain(str(value)))
    if word is None:
        taken.left.append(f"{key} = {_short(value)}: not known. Known: {', '.join(sorted(words))}")
    else:
        taken.input[setting] = word
        taken.said.append(f"{key} = {_short(value)}: {setting} = {word}")


def _take_share(entry: tuple[str, Any], setting: str, taken: Taken) -> None:
    key, value = entry
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
        taken.decoder[setting] = float(value)
        taken.said.append(f"{key} = {_short(value)}: {setting}")
    else:
        taken.left.append(f"{key} = {_short(value)}: no number from 0 to 1")


def _plain(word: str) -> str:
    return re.sub(r"[^a-z0-9-]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", word.strip()).lower()).strip("_")


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."  # noqa: PLR2004 - a line of a terminal
