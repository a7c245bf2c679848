"""What `okko model inspect` prints for people."""

from collections.abc import Iterator, Sequence

from workshop.models.findings import Findings
from workshop.models.model_file import ModelFile, Tensor
from workshop.models.running import Speed
from workshop.models.tflite_metadata import Metadata

_SHOWN_LABELS = 10
_INDENT = 12


def text(found: Findings) -> str:
    """All of it, a heading and its lines for each thing."""
    return "\n".join(_lines(found))


def _lines(found: Findings) -> Iterator[str]:
    file = found.file
    yield f"{found.path}: {file.size_bytes:,} bytes{f', {file.description}' if file.description else ''}"
    yield from _under("inputs", [_tensor(tensor) for tensor in file.inputs])
    yield from _under("outputs", list(_outputs(found)))
    yield from _under("operators", _ops(file))
    yield from _under("weights", [", ".join(f"{size:,} bytes {kind}" for kind, size in file.weights_bytes.items())])
    yield from _under("needs", found.needs)
    yield from _under("author", _author(found.metadata))
    yield from _under("metadata", [", ".join(f"{name} ({size} bytes)" for name, size in file.metadata.items())])
    yield from _under("labels", [_labels(found.labels)])
    yield from _under("invoke", [_speed(speed) for speed in found.speeds])
    if found.guess is not None:
        yield from _under("looks like", [f"{found.guess.kind}: {found.guess.why}"])
    if found.litert is not None:
        yield from _under("LiteRT", [found.litert])
    if found.refused is not None:
        yield from _under("refused", [found.refused])
    if (draft := found.draft) is not None:
        yield from ("", "model.toml to begin with:", "")
        yield draft.toml()


def _under(heading: str, lines: Sequence[str]) -> Iterator[str]:
    for number, line in enumerate(line for line in lines if line):
        yield f"  {'' if number else heading:<{_INDENT}}{line}"


def _outputs(found: Findings) -> Iterator[str]:
    for number, tensor in enumerate(found.file.outputs):
        shape = found.shapes[number] if number < len(found.shapes) else tensor.shape
        # Of some outputs only a run shows the shape; a batch that is not fixed is no news.
        yield _tensor(tensor) + (f", {list(shape)} after a run" if shape[1:] != tensor.shape[1:] else "")


def _tensor(tensor: Tensor) -> str:
    shape = ", ".join("?" if side < 0 else str(side) for side in tensor.shape)
    quantised = ""
    if tensor.scale is not None:
        quantised = f", value = {tensor.scale:.6g} * (q - {tensor.zero_point})".replace("- -", "+ ")
    if tensor.channel_scales:
        quantised = f", {tensor.channel_scales} scales, one a channel"
    return f"{tensor.name or '(no name)'}  {tensor.type} [{shape}]{quantised}"


def _ops(file: ModelFile) -> list[str]:
    line = ", ".join(f"{op.count} {op.name}" for op in file.ops if not op.custom)
    custom = ", ".join(f"{op.count} {op.name}" for op in file.ops if op.custom)
    return [line, f"custom: {custom}" if custom else ""]


def _author(metadata: Metadata) -> list[str]:
    named = (("", metadata.name), ("version ", metadata.version), ("by ", metadata.author))
    first = ", ".join(f"{before}{' '.join(what.split())}" for before, what in named if what)
    rest = [f"licence: {' '.join(metadata.licence.split())}"] if metadata.licence else []
    about = [" ".join(metadata.description.split())] if metadata.description else []
    files = [f"files inside: {', '.join(metadata.files)}"] if metadata.files else []
    return [first, *about, *rest, *files]


def _speed(speed: Speed) -> str:
    threads = f"{speed.threads} thread{'s' if speed.threads > 1 else ''}"
    return f"{threads}: p50 {speed.p50_ms:.2f} ms, p99 {speed.p99_ms:.2f} ms of {speed.runs} runs"


def _labels(labels: Sequence[str]) -> str:
    if not labels:
        return "none in the file"
    shown = "; ".join(labels[:_SHOWN_LABELS])
    return f"{len(labels)} in the file: {shown}{'; ...' if len(labels) > _SHOWN_LABELS else ''}"
