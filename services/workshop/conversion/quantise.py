"""A float `.tflite` into a quantised one, by ai-edge-quantizer."""

import contextlib
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from okko.errors import ModelError
from workshop.conversion.needs import needs

_Range = dict[str, Any]
_THREADS = 1  # the ranges that are learnt must not depend on the machine


def quantise(source: Path, target: Path, how: Literal["dynamic", "int8"], samples: Iterable[NDArray[Any]] = ()) -> None:
    """Write the model with weights in int8 and, for `int8`, activations, input and output too.

    `samples`: what the float model's input holds for each picture that teaches it the ranges of `int8`.

    Raises:
        ModelError: if it is quantised already, or cannot be.
    """
    with needs("ai_edge_quantizer", "quantise"):
        from ai_edge_quantizer import calibrator, quantizer, recipe, recipe_manager

    interpreter = Interpreter(str(source))
    _refuse_quantised(interpreter, source)
    tool = quantizer.Quantizer(str(source))
    try:
        # Its bars of progress belong to people, and stdout to what was asked for.
        with contextlib.redirect_stdout(sys.stderr), warnings.catch_warnings():
            # It looks at every tensor of a run, as it has to, and LiteRT warns that this takes memory.
            warnings.filterwarnings("ignore", ".*experimental_preserve_all_tensors")
            if how == "int8":
                tool.load_quantization_recipe(recipe.static_wi8_ai8())
                signature, entry = _signature(interpreter, source)
                rules = recipe_manager.RecipeManager()
                rules.load_quantization_recipe(recipe.static_wi8_ai8())
                teacher = calibrator.Calibrator(str(source), num_threads=_THREADS, qsv_update_func=_widest)
                teacher.calibrate({signature: [{entry: values} for values in samples]}, rules)
                made = tool.quantize(teacher.get_model_qsvs())
            else:
                tool.load_quantization_recipe(recipe.dynamic_wi8_afp32())
                made = tool.quantize()
    except (ValueError, RuntimeError, KeyError, NotImplementedError) as error:
        raise ModelError(
            source.name, f"cannot be quantised as {how}: {error}. Try another --quantize, or keep it as float"
        ) from error
    target.unlink(missing_ok=True)
    made.export_model(str(target))


def _widest(seen: _Range, new: _Range) -> _Range:
    """The range of both.

    The quantiser's own way is a moving average, which depends on the order of the pictures and cuts off what is rarer
    than usual: a score of 0.98 became 0.87.
    """
    return {"min": np.minimum(seen["min"], new["min"]), "max": np.maximum(seen["max"], new["max"])} if seen else new


def _refuse_quantised(interpreter: Interpreter, source: Path) -> None:
    for tensor in interpreter.get_tensor_details():
        if np.dtype(tensor["dtype"]).kind in "iu" and tensor["quantization"][0]:
            raise ModelError(
                source.name,
                f"is quantised already (tensor {tensor['name']!r} is {np.dtype(tensor['dtype']).name}). "
                "Give the float file that it was made from",
            )


def _signature(interpreter: Interpreter, source: Path) -> tuple[str, str]:
    """The names by which the quantiser runs the model: of the signature, and of its one input."""
    signatures = interpreter.get_signature_list()
    for name, signature in signatures.items():
        if len(signature["inputs"]) == 1:
            return name, signature["inputs"][0]
    raise ModelError(
        source.name,
        "has no signature with one input, by which int8 would be calibrated. "
        "Convert it again with a newer converter, or take --quantize dynamic",
    )
