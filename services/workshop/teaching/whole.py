"""A bundle's folder that is there whole, or not at all."""

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from inference_agent.bundle import load_bundle
from okko.errors import ConfigError


def write_whole(
    folder: Path, fill: Callable[[Path], None], card: str = "", beside: dict[str, bytes] | None = None
) -> None:
    """Make the folder: `fill` writes the bundle into a draft; a card and more files, by name, go beside it.

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
        fill(draft)
        if card:
            (draft / "CARD.md").write_text(card, encoding="utf-8")
        for file, content in (beside or {}).items():
            (draft / file).write_bytes(content)
        load_bundle(draft)
        _on_disk(draft)
        draft.rename(folder)


def lines(table: dict[str, Any]) -> str:
    """The keys of a table of TOML, a line each."""
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
