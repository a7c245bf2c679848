"""A taught bundle on disk: the backbone's file, what was taught, and a `model.toml`; the same bytes each time."""

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from inference_agent import linear_head
from inference_agent.anomaly.state import METHODS, State, packed
from inference_agent.bundle import MANIFEST, Input, load_bundle
from inference_agent.decoders.anomaly import LABELS
from inference_agent.linear_head import LinearHead
from okko.errors import ConfigError
from workshop.teaching.backbone import Backbone

MODEL = "model.tflite"
STATE = "state.npz"
HEAD = "head.npz"


def write_bundle(  # noqa: PLR0913 - all that a bundle holds, by name
    folder: Path,
    backbone: Backbone,
    state: State | LinearHead,
    threshold: float,
    *,
    name: str,
    version: str,
    card: str = "",
    beside: dict[str, bytes] | None = None,
) -> None:
    """Write the bundle: whole, or not at all; `beside` are more files, by name. The folder must not be there yet.

    Raises:
        ConfigError: if the folder is there, or what is to be written would be no bundle.
        OSError: if the disk does not take it; nothing is left of it then.
    """
    if folder.exists():
        raise ConfigError.one(folder, "", "is there already", "Give another folder, or another version")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as made:
        draft = Path(made) / "bundle"
        draft.mkdir()
        shutil.copyfile(backbone.folder / backbone.bundle.file, draft / MODEL)
        for notice in ("NOTICE", "LICENSE"):
            if (backbone.folder / notice).is_file():
                shutil.copyfile(backbone.folder / notice, draft / notice)
        if isinstance(state, LinearHead):
            (draft / HEAD).write_bytes(linear_head.packed(state))
        else:
            (draft / STATE).write_bytes(packed(state))
        (draft / MANIFEST).write_text(manifest(backbone, state, threshold, name, version), encoding="utf-8")
        if card:
            (draft / "CARD.md").write_text(card, encoding="utf-8")
        for file, content in (beside or {}).items():
            (draft / file).write_bytes(content)
        load_bundle(draft)
        _on_disk(draft)
        draft.rename(folder)


def manifest(backbone: Backbone, state: State | LinearHead, threshold: float, name: str, version: str) -> str:
    """The text of `model.toml`."""
    head = {
        "name": name,
        "version": version,
        "file": MODEL,
        "labels": LABELS,
        "threads": backbone.bundle.threads,
    }
    if isinstance(state, LinearHead):
        # Its threshold is a rule's: a classifier says how probable each label is.
        decoder: dict[str, Any] = {"kind": "classification", "head": HEAD}
    else:
        method = next(method for method, kind in METHODS.items() if isinstance(state, kind))
        decoder = {"kind": "anomaly", "method": method, "state": STATE, "threshold": round(threshold, 6)}
    return (
        f"# Taught by okko on {backbone.bundle.name} {backbone.bundle.version}.\n"
        f"{_lines(head)}\n[input]\n{_lines(_input(backbone.taken))}\n[decoder]\n{_lines(decoder)}"
    )


def _input(taken: Input) -> dict[str, Any]:
    return taken.model_dump(mode="json", exclude_none=True)


def _lines(table: dict[str, Any]) -> str:
    return "".join(f"{key} = {_toml(value)}\n" for key, value in table.items())


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + " }"
    # JSON's text, numbers and lists are TOML's as well.
    return json.dumps(value, ensure_ascii=False)


def _on_disk(folder: Path) -> None:
    """Wait until the disk has it: a bundle that is put in charge must be there after a power cut."""
    for path in (*folder.iterdir(), folder):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
