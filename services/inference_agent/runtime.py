"""A LiteRT model in this process: loaded with checks that say what is wrong, run by the one thread that loaded it."""

import hashlib
import re
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import NDArray

from inference_agent.bundle import Input
from inference_agent.decoders.decoded import Output, OutputSpec
from inference_agent.delegate import Delegate, why_unresolved
from inference_agent.tensor import DTYPES, TensorSpec
from okko.errors import ModelError

MAX_FILE_BYTES = 1 << 30
_IDENTIFIER = slice(4, 8)
_IMAGE_RANK = 4
_NARROW_PX = 16
_LONG = 4
"""An input that is narrower, and longer than so many times that, is a spectrogram: 49 x 10 of keyword spotting."""


class Network:
    """A loaded model. All its methods are for the thread that made it: LiteRT's interpreter is not thread-safe.

    Raises:
        ModelError: if the file can't be read, is no usable model or takes something else than one picture.
    """

    def __init__(self, path: Path, settings: Input, *, threads: int = 1, delegate: Delegate | None = None) -> None:
        self.path = path
        self._delegate = delegate or Delegate()
        content = _read(path)
        self.sha256 = hashlib.sha256(content).hexdigest()
        # From memory and not from the file: LiteRT would map it, and who overwrites a mapped file kills the process.
        self._interpreter = _interpreter(path, content, threads, self._delegate)
        try:
            self.input = self._prepare_input(settings)
        except ModelError:
            self._allocate()  # a model that could not run at all is told so first
            raise
        self._allocate()
        self._outputs = [_OutputReader(detail) for detail in self._interpreter.get_output_details()]
        index = self._interpreter.get_input_details()[0]["index"]
        self._view = self._interpreter.tensor(index)
        # Shapes are taken from what came out: of a model without a fixed size LiteRT knows them only after a run.
        self.outputs = tuple(
            OutputSpec(output.name, output.values.shape, reader.highest)
            for output, reader in zip(self._warm_up(), self._outputs, strict=True)
        )

    def input_view(self) -> NDArray[Any]:
        """The model's own input buffer. Let go of it before `invoke`: LiteRT refuses to run while it is held."""
        view: NDArray[Any] = self._view()
        return view

    def taken(self) -> Output:
        """What stands in the input as real numbers, a copy: for models that are to give it back."""
        values = np.array(self._view(), np.float32)
        if self.input.scale:
            values = (values - np.float32(self.input.zero_point)) * np.float32(self.input.scale)
        return Output(self.input.name, values)

    def invoke(self) -> tuple[Output, ...]:
        """Run the model on what stands in the input; the outputs as real numbers, copies.

        Raises:
            ModelError: if LiteRT says that it failed.
        """
        try:
            self._interpreter.invoke()
            return tuple(reader.read(self._interpreter) for reader in self._outputs)
        except (RuntimeError, ValueError) as error:
            raise ModelError(self.path.name, f"LiteRT failed to run it: {_short(error)}") from error

    def _prepare_input(self, settings: Input) -> TensorSpec:
        inputs = self._interpreter.get_input_details()
        if len(inputs) != 1:
            shapes = ", ".join(f"{d['name']} {d['shape'].tolist()}" for d in inputs)
            raise ModelError(
                self.path.name, f"it takes {len(inputs)} inputs ({shapes}); okko gives a model one picture"
            )
        detail = inputs[0]
        try:
            spec = input_spec(detail, settings)
        except ValueError as error:
            raise ModelError(self.path.name, str(error)) from error
        if tuple(detail["shape"].tolist()) != spec.shape:
            try:
                self._interpreter.resize_tensor_input(detail["index"], spec.shape)
            except (RuntimeError, ValueError) as error:
                raise ModelError(self.path.name, f"its input can't be made {spec.shape}: {_short(error)}") from error
        return spec

    def _allocate(self) -> None:
        try:
            self._interpreter.allocate_tensors()
        except (RuntimeError, ValueError) as error:
            raise ModelError(self.path.name, _why_not_allocated(str(error), self._delegate)) from error

    def _warm_up(self) -> tuple[Output, ...]:
        # The first run allocates and is many times slower: no part should wait for it. It also shows models that load
        # and cannot run.
        self.input_view()[...] = 0
        return self.invoke()


class _OutputReader:
    """Reads one output and turns quantised values into real ones."""

    def __init__(self, detail: dict[str, Any]) -> None:
        self._index: int = detail["index"]
        self._name: str = detail["name"]
        scale, zero_point = detail["quantization"]
        quantised = np.dtype(detail["dtype"]).kind in "iu" and scale
        self._scale = np.float32(scale) if quantised else None
        self._zero_point = np.float32(zero_point)
        self.highest = float((np.iinfo(detail["dtype"]).max - zero_point) * scale) if quantised else None

    def read(self, interpreter: Interpreter) -> Output:
        raw = interpreter.get_tensor(self._index)
        values = raw.astype(np.float32, copy=False)
        if self._scale is not None:
            values -= self._zero_point
            values *= self._scale
        return Output(self._name, values)


def input_spec(detail: dict[str, Any], settings: Input) -> TensorSpec:
    """The input tensor, if a picture can be put into it.

    Raises:
        ValueError: if it can't, with the reason.
    """
    signature = [int(n) for n in detail.get("shape_signature", detail["shape"])]
    shape = [n if n > 0 else int(m) for n, m in zip(signature, detail["shape"], strict=True)]
    dtype = np.dtype(detail["dtype"])
    if dtype.name not in DTYPES:
        message = f"its input holds {dtype.name}, a picture can be given as {', '.join(DTYPES)}"
        raise ValueError(message)
    if len(shape) != _IMAGE_RANK or shape[0] != 1:
        message = (
            f"its input is {signature}, a picture needs [1, height, width, channels] or [1, channels, height, width]"
        )
        raise ValueError(message)
    first = shape[3] not in (1, 3) and shape[1] in (1, 3)
    if not first and shape[3] not in (1, 3):
        message = f"its input {signature} has neither 1 nor 3 channels, so it takes no picture"
        raise ValueError(message)
    channels, sides = (shape[1], (2, 3)) if first else (shape[3], (1, 2))
    height, width = (_side(signature[axis], settings, which) for axis, which in zip(sides, (1, 0), strict=True))
    if channels == 1 and min(width, height) < _NARROW_PX and max(width, height) > _LONG * min(width, height):
        message = f"its input is {width} x {height} values with one channel: so is sound, or a table, and no picture"
        raise ValueError(message)
    wanted = 1 if settings.color == "gray" else 3
    if channels != wanted:
        message = (
            f'its input has {channels} channels, color = "{settings.color}" gives {wanted}: mend `color` in model.toml'
        )
        raise ValueError(message)
    scale, zero_point = detail["quantization"]
    return TensorSpec(detail["name"], width, height, channels, first, dtype, float(scale), int(zero_point))


def _side(fixed_px: int, settings: Input, which: int) -> int:
    wanted_px = settings.size_px[which] if settings.size_px else None
    if fixed_px <= 0:
        if wanted_px is None:
            message = "its input has no fixed size; give `size_px = [width, height]` under [input] in model.toml"
            raise ValueError(message)
        return wanted_px
    if wanted_px not in (None, fixed_px):
        message = f"its input has a side of {fixed_px} pixels and `size_px` asks for {wanted_px}"
        raise ValueError(message)
    return fixed_px


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ModelError(path.name, f"{path} cannot be read: {error.strerror or error}") from error
    if len(content) > MAX_FILE_BYTES:
        raise ModelError(path.name, f"{path} is larger than {MAX_FILE_BYTES >> 20} MiB")
    if content[_IDENTIFIER] != b"TFL3":
        what = "is empty" if not content else f"begins with {content[:8]!r}, without the identifier TFL3"
        raise ModelError(path.name, f"{path} is no LiteRT model: it {what}")
    return content


def _interpreter(path: Path, content: bytes, threads: int, delegate: Delegate) -> Interpreter:
    try:
        opened = [] if delegate.library is None else [delegate.open()]
    except ValueError as error:
        raise ModelError(path.name, str(error)) from error
    resolver = OpResolverType.AUTO if delegate.xnnpack else OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    try:
        return Interpreter(
            model_content=content,
            num_threads=threads,
            experimental_delegates=opened,
            experimental_op_resolver_type=resolver,
        )
    except (RuntimeError, ValueError) as error:
        why = _why_not_loaded(str(error), len(content), delegate)
        raise ModelError(path.name, why) from error


def _why_not_loaded(text: str, size_bytes: int, delegate: Delegate) -> str:
    if "not a valid Flatbuffer" in text or "schema version" in text:
        return f"the file is truncated or damaged ({size_bytes} bytes): it is no valid FlatBuffer. Copy it again"
    if "quantized_dimension" in text:
        found = re.search(r"Tensor (\d+)", text)
        where = f" of tensor {found[1]}" if found else ""
        wanted = re.search(r"quantized_dimension [^.]*\. Was \d+", text)  # LiteRT says it again for each such tensor
        said = _short(text) if wanted is None else wanted[0]
        return f"the quantisation axis{where} is wrong ({said}). Convert the model again with a newer converter"
    if delegate.library is not None:  # it prepares the model for the delegate as it loads it
        return _why_not_allocated(text, delegate)
    return f"LiteRT cannot load it: {_short(text)}"


def _why_not_allocated(text: str, delegate: Delegate) -> str:
    if found := re.search(r"unresolved custom op: ([^\s.]+)", text):
        return why_unresolved(found[1], delegate)
    where = "" if delegate.library is None else f" for the delegate {delegate.library}"
    return f"LiteRT cannot prepare it{where}: {_short(text)}"


def _short(error: object) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= 300 else text[:297] + "..."  # noqa: PLR2004 - one or two lines of a terminal
