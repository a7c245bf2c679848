"""What `okko model inspect` prints for people."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from workshop.models.model_file import ModelFile, Tensor

_SHOWN_LABELS = 10
_INDENT = 12


def text(path: Path, found: ModelFile, labels: Sequence[str]) -> str:
    """All of it, a heading and its lines for each thing."""
    return "\n".join(_lines(path, found, labels))


def _lines(path: Path, found: ModelFile, labels: Sequence[str]) -> Iterator[str]:
    yield f"{path}: {found.size_bytes:,} bytes{f', {found.description}' if found.description else ''}"
    yield from _under("inputs", [_tensor(tensor) for tensor in found.inputs])
    yield from _under("outputs", [_tensor(tensor) for tensor in found.outputs])
    yield from _under("operators", _ops(found))
    yield from _under("weights", [", ".join(f"{size:,} bytes {kind}" for kind, size in found.weights_bytes.items())])
    yield from _under("metadata", [", ".join(f"{name} ({size} bytes)" for name, size in found.metadata.items())])
    yield from _under("labels", [_labels(labels)])


def _under(heading: str, lines: Sequence[str]) -> Iterator[str]:
    for number, line in enumerate(line for line in lines if line):
        yield f"  {'' if number else heading:<{_INDENT}}{line}"


def _tensor(tensor: Tensor) -> str:
    shape = ", ".join("?" if side < 0 else str(side) for side in tensor.shape)
    quantised = ""
    if tensor.scale is not None:
        quantised = f", value = {tensor.scale:.6g} * (q - {tensor.zero_point})".replace("- -", "+ ")
    if tensor.channel_scales:
        quantised = f", {tensor.channel_scales} scales, one a channel"
    return f"{tensor.name or '(no name)'}  {tensor.type} [{shape}]{quantised}"


def _ops(found: ModelFile) -> list[str]:
    line = ", ".join(f"{op.count} {op.name}" for op in found.ops if not op.custom)
    custom = ", ".join(f"{op.count} {op.name}" for op in found.ops if op.custom)
    return [line, f"custom: {custom}" if custom else ""]


def _labels(labels: Sequence[str]) -> str:
    if not labels:
        return "none in the file"
    shown = ", ".join(labels[:_SHOWN_LABELS])
    return f"{len(labels)} in the file: {shown}{', ...' if len(labels) > _SHOWN_LABELS else ''}"
