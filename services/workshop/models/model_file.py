"""What a .tflite says of itself, read from its bytes: nothing is loaded or run, so a broken one tells too."""

import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from okko.errors import ModelError

MAX_FILE_BYTES = 1 << 30
MAX_PARTS = 200_000
"""More tensors or operators than any model has: a damaged count must not keep anyone waiting."""

_IDENTIFIER = b"TFL3"
_UNREADABLE = (struct.error, IndexError, ValueError, TypeError, OverflowError, AttributeError, MemoryError)
"""What FlatBuffers' Python code raises where it is led out of the file, or into the midst of something else."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input or output. A side that is not fixed is -1; `channel_scales`: how many, where each channel has one."""

    name: str
    shape: tuple[int, ...]
    type: str
    scale: float | None = None
    zero_point: int | None = None
    channel_scales: int = 0


@dataclass(frozen=True, slots=True)
class Op:
    """One kind of operator and how often it occurs; `custom`: LiteRT, or a delegate, must know it by its name."""

    name: str
    count: int
    custom: bool = False


@dataclass
class ModelFile:
    """`last_op` makes the first output. `weights_bytes` are by type. `damage` says where reading had to end."""

    size_bytes: int
    version: int | None = None
    description: str = ""
    subgraphs: int = 0
    signatures: tuple[str, ...] = ()
    inputs: tuple[Tensor, ...] = ()
    outputs: tuple[Tensor, ...] = ()
    ops: tuple[Op, ...] = ()
    first_ops: tuple[str, ...] = ()
    last_op: str | None = None
    weights_bytes: dict[str, int] = field(default_factory=dict)
    metadata: dict[str, int] = field(default_factory=dict)
    damage: str | None = None


def read_bytes(path: Path) -> bytes:
    """The content of a model file.

    Raises:
        ModelError: if it can't be read, or is larger than any model that runs here.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ModelError(path.name, f"{path} cannot be read: {error.strerror or error}") from error
    if len(content) > MAX_FILE_BYTES:
        raise ModelError(path.name, f"{path} is larger than {MAX_FILE_BYTES >> 20} MiB")
    return content


def read(content: bytes) -> ModelFile:
    """What stands in the file, as far as it can be read."""
    found = ModelFile(len(content))
    if content[4:8] != _IDENTIFIER:
        what = "it is empty" if not content else f"it begins with {content[:8]!r}, without the identifier TFL3"
        found.damage = f"no LiteRT model: {what}"
        return found
    (root,) = struct.unpack_from("<I", content)
    if root + 4 > len(content):
        found.damage = (
            f"cut off: its root should stand at byte {root:,} and the file ends after {len(content):,}. Copy it again"
        )
        return found
    try:
        _read(content, found)
    except _UNREADABLE as error:
        found.damage = f"cut off or damaged: {_short(error)}. Copy it again"
    return found


def blob(content: bytes, name: str) -> bytes | None:
    """The metadata of that name as it stands in the file, or None."""
    try:
        model = _model(content)
        for index in range(_at_most(model.MetadataLength())):
            entry = model.Metadata(index)
            if _text(entry.Name()) == name:
                data = model.Buffers(entry.Buffer()).DataAsNumpy()
                return bytes(data) if hasattr(data, "tobytes") else None
    except _UNREADABLE:
        return None
    return None


def _read(content: bytes, found: ModelFile) -> None:
    model = _model(content)
    found.version = model.Version()
    found.description = _text(model.Description())
    found.subgraphs = model.SubgraphsLength()
    graph = model.Subgraphs(0)
    found.inputs = tuple(_tensor(graph.Tensors(graph.Inputs(i))) for i in range(_at_most(graph.InputsLength())))
    found.outputs = tuple(_tensor(graph.Tensors(graph.Outputs(i))) for i in range(_at_most(graph.OutputsLength())))
    codes = [_code(model.OperatorCodes(i)) for i in range(_at_most(model.OperatorCodesLength()))]
    _read_ops(model, codes, found)
    found.weights_bytes = _weights(model)
    found.signatures = tuple(
        _text(model.SignatureDefs(i).SignatureKey()) for i in range(_at_most(model.SignatureDefsLength()))
    )
    for index in range(_at_most(model.MetadataLength())):
        entry = model.Metadata(index)
        found.metadata[_text(entry.Name())] = _buffer_bytes(model, entry.Buffer())


def _model(content: bytes) -> Any:
    from ai_edge_litert import schema_py_generated as schema  # half a megabyte of Python: only when it is needed

    return schema.Model.GetRootAsModel(content, 0)


def _read_ops(model: Any, codes: list[tuple[str, bool]], found: ModelFile) -> None:
    counts = Counter(codes[op.OpcodeIndex()] for graph in _graphs(model) for op in _operators(graph))
    found.ops = tuple(Op(name, count, custom) for (name, custom), count in counts.most_common())
    graph = model.Subgraphs(0)
    makers: dict[int, Any] = {
        output: op for op in _operators(graph) for output in _indices(op.OutputsLength(), op.Outputs)
    }
    if graph.InputsLength():
        found.first_ops = tuple(_from(graph, codes, graph.Inputs(0)))
    if graph.OutputsLength():
        found.last_op = _maker(makers, codes, graph.Outputs(0))


_PASSING = {"QUANTIZE", "DEQUANTIZE", "RESHAPE", "SQUEEZE", "CAST", "TRANSPOSE"}
"""Operators that change how values are held, and not what they are."""


def _from(graph: Any, codes: list[tuple[str, bool]], tensor: int) -> Iterator[str]:
    """What is done with a tensor first, through operators that only pass it on: names in order, up to three."""
    for _ in range(3):
        user = next((op for op in _operators(graph) if tensor in _indices(op.InputsLength(), op.Inputs)), None)
        if user is None:
            return
        name, _custom = codes[user.OpcodeIndex()]
        if name not in _PASSING:
            yield name
        tensor = user.Outputs(0)


def _maker(makers: dict[int, Any], codes: list[tuple[str, bool]], tensor: int) -> str | None:
    """What makes a tensor, behind operators that only pass it on."""
    for _ in range(10):
        op = makers.get(tensor)
        if op is None:
            return None
        name: str = codes[op.OpcodeIndex()][0]
        if name not in _PASSING:
            return name
        tensor = op.Inputs(0)
    return None


def _weights(model: Any) -> dict[str, int]:
    sizes: Counter[str] = Counter()
    for graph in _graphs(model):
        for index in range(_at_most(graph.TensorsLength())):
            tensor = graph.Tensors(index)
            if size := _buffer_bytes(model, tensor.Buffer()):
                sizes[_type(tensor.Type())] += size
    return dict(sizes.most_common())


def _buffer_bytes(model: Any, number: int) -> int:
    if number >= model.BuffersLength():
        return 0
    buffer = model.Buffers(number)
    # Large models have their weights behind the FlatBuffer: an offset of 0 or 1 stands for "not so".
    size: int = buffer.Size() if buffer.Offset() > 1 else buffer.DataLength()
    return size


def _graphs(model: Any) -> Iterator[Any]:
    return (model.Subgraphs(index) for index in range(_at_most(model.SubgraphsLength())))


def _operators(graph: Any) -> Iterator[Any]:
    return (graph.Operators(index) for index in range(_at_most(graph.OperatorsLength())))


def _indices(length: int, at: Any) -> list[int]:
    return [at(index) for index in range(_at_most(length))]


def _tensor(tensor: Any) -> Tensor:
    shape = _indices(tensor.ShapeSignatureLength(), tensor.ShapeSignature) or _indices(
        tensor.ShapeLength(), tensor.Shape
    )
    quantised = tensor.Quantization()
    scales = quantised.ScaleLength() if quantised is not None else 0
    name, kind = _text(tensor.Name()), _type(tensor.Type())
    # A scale of 0 stands for none: converters write it for float tensors.
    if not scales or not quantised.Scale(0):
        return Tensor(name, tuple(shape), kind)
    zero_point = quantised.ZeroPoint(0) if quantised.ZeroPointLength() else 0
    return Tensor(name, tuple(shape), kind, quantised.Scale(0), zero_point, scales if scales > 1 else 0)


def _type(number: int) -> str:
    from ai_edge_litert import schema_py_generated as schema

    return _name_in(schema.TensorType, number).lower()


def _code(code: Any) -> tuple[str, bool]:
    from ai_edge_litert import schema_py_generated as schema

    # Old files have the number in a byte that ends at 127, new ones beside it.
    number = max(code.DeprecatedBuiltinCode(), code.BuiltinCode())
    if number == schema.BuiltinOperator.CUSTOM:
        return _text(code.CustomCode()) or "a custom operator without a name", True
    return _name_in(schema.BuiltinOperator, number), False


def _name_in(names: type, number: int) -> str:
    return next((name for name, value in vars(names).items() if value == number and name.isupper()), str(number))


def _text(raw: bytes | None) -> str:
    return "" if raw is None else raw.decode("utf-8", "replace").strip("\0")


def _at_most(length: int) -> int:
    if length > MAX_PARTS:
        message = f"a list of {length:,} entries"
        raise ValueError(message)
    return length


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
