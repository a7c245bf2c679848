"""The names of what a model tells apart: from a text file, or from the zip that converters append to a model file."""

import ast
import json
import zipfile
from pathlib import Path

_MAX_BYTES = 1_000_000


def from_text(path: Path) -> tuple[str, ...]:
    """One label a line; empty lines at the end do not count.

    Raises:
        ValueError: if the file can't be read, or is no text.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except OSError as error:
        message = f"cannot be read: {error.strerror or error}"
        raise ValueError(message) from error
    if len(data) > _MAX_BYTES:
        message = f"has more than {_MAX_BYTES} bytes, labels never do"
        raise ValueError(message)
    return _lines(data)


def from_model(path: Path) -> tuple[str, ...]:
    """The labels that the model file carries, or none: a text file of one label a line, or Ultralytics' metadata."""
    try:
        with zipfile.ZipFile(path) as archive:
            small = [info for info in archive.infolist() if 0 < info.file_size <= _MAX_BYTES]
            texts = [info for info in small if info.filename.endswith((".txt", ".json"))]
            texts.sort(key=lambda info: ("label" not in info.filename.lower(), info.filename))
            for info in texts:
                if labels := _labels(archive.read(info)):
                    return labels
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError):
        # No zip, or one that is damaged: a model file without labels, which whoever needs them reports.
        return ()
    return ()


def _labels(data: bytes) -> tuple[str, ...]:
    text = data.decode("utf-8", "replace").strip()
    return _names(text) if text.startswith("{") else _lines(data)


def _names(text: str) -> tuple[str, ...]:
    """The `names` of Ultralytics' metadata, which is JSON or the text of a Python dict."""
    try:
        found = json.loads(text)
    except ValueError:
        try:
            found = ast.literal_eval(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return ()
    names = found.get("names", {}) if isinstance(found, dict) else {}
    if not isinstance(names, dict):
        return ()
    by_number = {int(number): str(name) for number, name in names.items()}
    return tuple(by_number[number] for number in range(len(by_number)) if number in by_number)


def _lines(data: bytes) -> tuple[str, ...]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = "is no UTF-8 text"
        raise ValueError(message) from error
    # Only line feeds part lines: a label may hold any other character that Python would split at.
    return tuple(line.strip() for line in text.rstrip().split("\n")) if text.strip() else ()
