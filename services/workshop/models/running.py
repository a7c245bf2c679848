"""A model run as it is, by LiteRT alone: what comes out of it, and how long that takes."""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

MOST_RUNS = 200
LEAST_RUNS = 3
RUNS_S = 0.6
FREE_SIDE_PX = 224
"""What stands in for a side of the input that is not fixed."""


@dataclass(frozen=True)
class Ran:
    """`values` are of the outputs, as they are held. `why`: it does not load or run, and LiteRT's reason."""

    shapes: tuple[tuple[int, ...], ...] = ()
    values: tuple[NDArray[Any], ...] = ()
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Speed:
    """How long `invoke` takes."""

    threads: int
    p50_ms: float
    p99_ms: float
    runs: int


def run(content: bytes) -> Ran:
    """What comes out of zeros."""
    try:
        interpreter = _prepared(content, 1)
        interpreter.invoke()
        values = tuple(interpreter.get_tensor(detail["index"]) for detail in interpreter.get_output_details())
    except (RuntimeError, ValueError, MemoryError) as error:
        return Ran(why=" ".join(str(error).split())[:400] or type(error).__name__)
    return Ran(tuple(value.shape for value in values), values)


def speed(content: bytes, threads: int) -> Speed:
    """Measured for a moment; the first run, which allocates, does not count."""
    interpreter = _prepared(content, threads)
    interpreter.invoke()
    taken: list[float] = []
    until_s = time.monotonic() + RUNS_S
    while len(taken) < MOST_RUNS and (len(taken) < LEAST_RUNS or time.monotonic() < until_s):
        began = time.perf_counter()
        interpreter.invoke()
        taken.append((time.perf_counter() - began) * 1e3)
    taken.sort()
    return Speed(
        threads,
        round(taken[len(taken) // 2], 3),
        round(taken[min(len(taken) - 1, len(taken) * 99 // 100)], 3),
        len(taken),
    )


def _prepared(content: bytes, threads: int) -> Any:
    interpreter = Interpreter(model_content=content, num_threads=threads)
    for detail in interpreter.get_input_details():
        signature = [int(side) for side in detail.get("shape_signature", detail["shape"])]
        if any(side < 0 for side in signature[1:]):
            shape = [1, *(FREE_SIDE_PX if side < 0 else side for side in signature[1:])]
            interpreter.resize_tensor_input(detail["index"], shape)
    interpreter.allocate_tensors()
    for detail in interpreter.get_input_details():
        interpreter.set_tensor(detail["index"], np.zeros(detail["shape"], detail["dtype"]))
    return interpreter
