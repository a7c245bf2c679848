"""A PyTorch model: found, run once to see what it takes, written as a float `.tflite`."""

import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference_agent.decoders.decoded import Output
from okko.errors import ConfigError
from training.convert.options import Options
from workshop.conversion.needs import needs
from workshop.conversion.to_float import short, write_float

_PICTURE_RANK = 4


@dataclass(frozen=True, slots=True)
class TorchModel:
    """A module in the state in which it judges. `shape`: its input, in the order of its own layout."""

    name: str
    module: Any
    shape: tuple[int, ...]
    channels_last: bool

    def run(self, values: NDArray[Any]) -> tuple[Output, ...]:
        """Its outputs for one picture, (1, height, width, channels)."""
        import torch

        given = torch.from_numpy(np.ascontiguousarray(values if self.channels_last else values.transpose(0, 3, 1, 2)))
        with torch.no_grad():
            answer = self.module(given)
        outputs = answer if isinstance(answer, (list, tuple)) else (answer,)
        return tuple(Output(f"output {number}", output.float().numpy()) for number, output in enumerate(outputs))


def load_torch(options: Options, colours: int) -> TorchModel:
    """The module that `options.model` names, run once on a black picture.

    Raises:
        ConfigError: if it cannot be found or loaded, or does not take a picture of that size.
    """
    with needs("torch", "train"):
        import torch
    source = str(options.model)
    path, parted, function = source.rpartition(":")
    if source.endswith(".pt2"):
        module, known = _exported(Path(source))
    elif parted and path.endswith(".py"):
        module, known = _made_by(Path(path), function), None
    else:
        raise ConfigError.one(
            source, "", "is neither a .pt2 nor FILE.py:FUNCTION", "Export it with torch.export, or name the function"
        )
    channels_last = options.layout == "nhwc"
    shape = _shape(options, known, colours, channels_last=channels_last)
    try:
        with torch.no_grad():
            module(torch.zeros(shape))
    except (RuntimeError, ValueError, TypeError, AssertionError) as error:
        raise ConfigError.one(
            source, "", f"does not take one picture of {list(shape)}: {short(error)}", "Correct --size or --layout"
        ) from error
    return TorchModel(Path(path or source).name, module, shape, channels_last)


def export_float(model: TorchModel, target: Path) -> None:
    """Write the model with the channels last.

    Raises:
        ModelError: if something in it has no counterpart, with what and where.
    """
    order = model.shape if model.channels_last else tuple(model.shape[axis] for axis in (0, 2, 3, 1))
    write_float(model.module, order, target, name=model.name, channels_last=model.channels_last)


def _exported(path: Path) -> tuple[Any, tuple[int, ...] | None]:
    import torch

    if not path.is_file():
        raise ConfigError.one(path, "", "there is no such file")
    try:
        program = torch.export.load(path)
    except Exception as error:
        # What a damaged file raises is anything, from zip, pickle and JSON; whatever it is, the file cannot be read.
        raise ConfigError.one(
            path, "", f"is not what torch.export.save writes: {short(error)}", "Export it again with this torch"
        ) from error
    given: tuple[Any, ...] = program.example_inputs[0] if program.example_inputs else ()
    return program.module(), tuple(given[0].shape) if len(given) == 1 else None


def _made_by(path: Path, function: str) -> Any:
    import torch

    spec = importlib.util.spec_from_file_location(path.stem, path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise ConfigError.one(path, "", "there is no such file")
    loaded = importlib.util.module_from_spec(spec)
    # The file may import what lies beside it, as it may when it is run.
    sys.path.insert(0, str(path.resolve().parent))
    spec.loader.exec_module(loaded)
    make = getattr(loaded, function, None)
    if not callable(make):
        names = sorted(name for name, value in vars(loaded).items() if callable(value) and not name.startswith("_"))
        raise ConfigError.one(path, function, "is no function in it", f"There is: {', '.join(names) or 'none'}")
    module = make()
    if not isinstance(module, torch.nn.Module):
        raise ConfigError.one(path, function, f"gave {type(module).__name__} and must give a torch.nn.Module")
    return module.eval()


def _shape(options: Options, known: tuple[int, ...] | None, colours: int, *, channels_last: bool) -> tuple[int, ...]:
    """One picture in the model's own layout, as it was exported for or as `--size` says."""
    source = str(options.model)
    shape = known
    if options.size is not None:
        width, height = options.size
        shape = (1, height, width, colours) if channels_last else (1, colours, height, width)
    if shape is None:
        raise ConfigError.one(source, "--size", "is not given", "Say what it takes, such as --size 224x224")
    if known not in (None, shape):
        raise ConfigError.one(
            source, "--size", f"asks for {list(shape)}, it was exported for {list(known or ())}", "Export it anew"
        )
    if len(shape) != _PICTURE_RANK or shape[0] != 1:
        raise ConfigError.one(source, "", f"takes {list(shape)} and not one picture", "Export it for a batch of one")
    if shape[3 if channels_last else 1] != colours:
        raise ConfigError.one(
            source,
            "--layout",
            f"{options.layout} with {colours} channels is asked for, it was exported for {list(shape)}",
            "Correct --layout, or --color: gray is one channel",
        )
    return shape
