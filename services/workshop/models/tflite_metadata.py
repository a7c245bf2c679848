"""What a model's author wrote into it: TFLite's metadata, a FlatBuffer in the file, and Ultralytics', in its zip."""

import ast
import json
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from flatbuffers import number_types
from flatbuffers.table import Table

from workshop.models.model_file import blob

NAME = "TFLITE_METADATA"
_IDENTIFIER = b"M001"
_NORMALIZATION, _IMAGE = 1, 2
_GREY = 2
_MAX_ENTRIES = 1000
_MAX_BYTES = 1_000_000
_UNREADABLE = (struct.error, IndexError, ValueError, TypeError, OverflowError, AttributeError)


@dataclass(frozen=True)
class Metadata:
    """`mean` and `std` are of the first input, as value = (pixel - mean) / std; `files` are zipped into the model."""

    name: str = ""
    description: str = ""
    version: str = ""
    author: str = ""
    licence: str = ""
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    grey: bool = False
    outputs: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


def read(content: bytes) -> Metadata:
    """What stands in a model file; empty where nothing does, or nothing that can be read."""
    files, ultralytics = _zipped(content)
    found = Metadata(files=files)
    if (data := blob(content, NAME)) is not None and data[4:8] == _IDENTIFIER:
        try:
            found = _read(data, files)
        except _UNREADABLE:
            found = Metadata(files=files)
    if ultralytics:
        found = Metadata(
            **{
                **vars(found),
                "description": found.description or str(ultralytics.get("description", "")),
                "version": found.version or str(ultralytics.get("version", "")),
                "author": found.author or str(ultralytics.get("author", "")),
                "licence": found.licence or str(ultralytics.get("license", "")),
            }
        )
    return found


def _read(data: bytes, files: tuple[str, ...]) -> Metadata:
    (root,) = struct.unpack_from("<I", data)
    model = _Reader(data, root)
    graph = next(model.tables(3), None)
    inputs = list(graph.tables(2)) if graph is not None else []
    outputs = list(graph.tables(3)) if graph is not None else []
    mean, std = _normalisation(inputs[0]) if inputs else ((), ())
    return Metadata(
        name=model.text(0),
        description=model.text(1),
        version=model.text(2),
        author=model.text(4),
        licence=model.text(5),
        mean=mean,
        std=std,
        grey=bool(inputs) and _is_grey(inputs[0]),
        outputs=tuple(output.text(0) for output in outputs),
        files=files,
    )


def _normalisation(tensor: "_Reader") -> tuple[tuple[float, ...], tuple[float, ...]]:
    for unit in tensor.tables(4):
        if unit.byte(0) == _NORMALIZATION and (options := unit.table(1)) is not None:
            return tuple(options.floats(0)), tuple(options.floats(1))
    return (), ()


def _is_grey(tensor: "_Reader") -> bool:
    content = tensor.table(3)
    if content is None or content.byte(0) != _IMAGE:
        return False
    image = content.table(1)
    return image is not None and image.byte(0) == _GREY


class _Reader:
    """A FlatBuffer's table, by the numbers of its fields in the schema."""

    def __init__(self, data: bytes, at: int) -> None:
        self._table: Any = Table(data, at)

    def _offset(self, field: int) -> int:
        offset: int = self._table.Offset(4 + 2 * field)
        return offset

    def text(self, field: int) -> str:
        if not (offset := self._offset(field)):
            return ""
        raw: bytes = self._table.String(offset + self._table.Pos)
        return raw.decode("utf-8", "replace")

    def byte(self, field: int) -> int:
        offset = self._offset(field)
        return int(self._table.Get(number_types.Uint8Flags, offset + self._table.Pos)) if offset else 0

    def table(self, field: int) -> "_Reader | None":
        offset = self._offset(field)
        return _Reader(self._table.Bytes, self._table.Indirect(offset + self._table.Pos)) if offset else None

    def tables(self, field: int) -> Iterator["_Reader"]:
        if offset := self._offset(field):
            start = self._table.Vector(offset)
            for index in range(min(self._table.VectorLen(offset), _MAX_ENTRIES)):
                yield _Reader(self._table.Bytes, self._table.Indirect(start + 4 * index))

    def floats(self, field: int) -> Iterator[float]:
        if offset := self._offset(field):
            start = self._table.Vector(offset)
            for index in range(min(self._table.VectorLen(offset), _MAX_ENTRIES)):
                yield round(float(self._table.Get(number_types.Float32Flags, start + 4 * index)), 6)


def _zipped(content: bytes) -> tuple[tuple[str, ...], dict[str, Any]]:
    """The names of the files in the zip that is appended, and Ultralytics' metadata among them."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            names = tuple(archive.namelist())
            for info in archive.infolist():
                if info.file_size <= _MAX_BYTES and (found := _dictionary(archive.read(info))):
                    return names, found
            return names, {}
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError):
        return (), {}


def _dictionary(data: bytes) -> dict[str, Any]:
    text = data.decode("utf-8", "replace").strip()
    if not text.startswith("{"):
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        try:
            found = ast.literal_eval(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return {}
    return found if isinstance(found, dict) and "names" in found else {}
