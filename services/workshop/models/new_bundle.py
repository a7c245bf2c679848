"""A bundle begun: a folder with the model file, a `model.toml` and, where there are many, a file of labels."""

import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from inference_agent.bundle import MANIFEST

MODEL_FILE = "model.tflite"
LABELS_FILE = "labels.txt"
_LINE_LABELS = 20


@dataclass(frozen=True)
class Draft:
    """What is to stand in `model.toml`. `notes` stand above it as comments."""

    name: str
    version: str
    input: Mapping[str, Any]
    decoder: Mapping[str, Any]
    labels: Sequence[str] = ()
    notes: Sequence[str] = field(default=())

    @property
    def labels_file(self) -> bool:
        """Whether the labels have a file of their own."""
        return len(self.labels) > _LINE_LABELS or any("\n" in label for label in self.labels)

    def toml(self) -> str:
        """The text of `model.toml`."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        for note in self.notes:
            yield f"# {note}"
        if self.notes:
            yield ""
        yield f"name = {_value(self.name)}"
        yield f"version = {_value(self.version)}"
        yield f"file = {_value(MODEL_FILE)}"
        if self.labels:
            key, value = ("labels_file", LABELS_FILE) if self.labels_file else ("labels", list(self.labels))
            yield f"{key} = {_value(value)}"
        for table, entries in (("input", self.input), ("decoder", self.decoder)):
            yield ""
            yield f"[{table}]"
            yield from (f"{key} = {_value(value)}" for key, value in entries.items())


def name_of(path: Path) -> str:
    """A model's name, made of a file's."""
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", path.stem).strip("-_")[:64]
    return name or "model"


def write(folder: Path, model: Path, draft: Draft, *, force: bool) -> Path:
    """Write the bundle; gives the path of its `model.toml`.

    Raises:
        BadParameter: if something of that name is there already, and `force` was not said.
    """
    files = [MANIFEST, MODEL_FILE, *([LABELS_FILE] if draft.labels_file else [])]
    there = [name for name in files if (folder / name).exists()]
    if there and not force:
        message = f"{folder} has a {there[0]} already; name another folder, or say --force"
        raise click.BadParameter(message)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / MODEL_FILE
    if not (target.exists() and target.samefile(model)):
        # Under another name first: a station that runs with this folder never reads half a model.
        beside = folder / f".{MODEL_FILE}.new"
        shutil.copyfile(model, beside)
        beside.replace(target)
    if draft.labels_file:
        (folder / LABELS_FILE).write_text("".join(f"{_one_line(label)}\n" for label in draft.labels), encoding="utf-8")
    (folder / MANIFEST).write_text(draft.toml(), encoding="utf-8")
    return folder / MANIFEST


def _one_line(label: str) -> str:
    return " ".join(label.split())


def _value(value: Any) -> str:
    """As TOML writes it: its texts, numbers and booleans are those of JSON, a table within stands on one line."""
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{key} = {_value(inner)}' for key, inner in value.items())} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value, ensure_ascii=False)
