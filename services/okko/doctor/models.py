"""The models: whether each loads, and whether it is fast enough for the station's deadline."""

import importlib
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from okko.doctor.finding import Finding, good, grave, note, warning
from okko.errors import OkkoError
from okko.model_files import has_litert, load_model
from okko.station import Station, StationModel

SUBJECT = "models"

MOST_RUNS = 20
RUNS_S = 0.5
_WIDTH_PX, _HEIGHT_PX = 640, 480


@dataclass(frozen=True, slots=True)
class ModelSeen:
    """One model. `cameras`: how many it sees, by inference agent.

    `run_p50_ms`: from a picture of 640 x 480 pixels to the answer; None: not run. `error`: why not.
    """

    name: str
    version: str
    cameras: Mapping[str, int]
    threads: int
    labels: int
    run_p50_ms: float | None = None
    error: str = ""


def look(station: Station) -> tuple[ModelSeen, ...] | None:
    """Each model of a station, loaded and run for a moment; None where LiteRT is not installed."""
    return tuple(_look(station, model) for model in station.models) if has_litert() else None


def judge(seen: tuple[ModelSeen, ...] | None, *, deadline_ms: int, cores: int, configured: int) -> Iterator[Finding]:
    """`configured`: how many the station file names."""
    if not configured:
        yield note(SUBJECT, "the station has none: images are recorded, every item is KO no_model, `ready` is 0")
        return
    if seen is None:
        yield note(
            SUBJECT,
            "LiteRT is not installed here, so they were not tried",
            "Where the inference agent runs: install okko[inference]",
        )
        return
    for model in seen:
        yield from _one(model, deadline_ms, cores)
    total_ms: dict[str, float] = defaultdict(float)
    for model in seen:
        for agent, cameras in model.cameras.items():
            total_ms[agent] += (model.run_p50_ms or 0.0) * cameras
    for agent, ms in total_ms.items():
        if ms > deadline_ms / 2:
            yield warning(
                SUBJECT,
                f"one item takes {ms:.0f} ms of inference in all in {agent}, of the {deadline_ms} ms that it has",
                "Raise `deadline_ms`, give the model more `threads`, take a smaller or quantised model, "
                "or spread the cameras over several `[[inference]]`",
            )


def _one(model: ModelSeen, deadline_ms: int, cores: int) -> Iterator[Finding]:
    about = f"{model.name} {model.version}"
    if model.error:
        yield grave(SUBJECT, f"{about}: {model.error}", "Mend the bundle; `okko check STATION` says where")
        return
    if model.run_p50_ms is None:
        yield note(SUBJECT, f"{about} loads; it was not run")
    elif model.run_p50_ms > deadline_ms:
        yield grave(
            SUBJECT,
            f"{about} takes {model.run_p50_ms:.0f} ms, longer than the deadline of {deadline_ms} ms",
            "Raise `deadline_ms`, give it more `threads`, or take a smaller or quantised model",
        )
    else:
        labels = f"{model.labels} labels" if model.labels else "no labels"
        yield good(SUBJECT, f"{about} loads and takes {model.run_p50_ms:.1f} ms p50 a picture; {labels}")
    if not model.labels:
        yield note(SUBJECT, f"{about} has no labels: its classes are numbers", "Give `labels` in its model.toml")
    if model.threads > cores:
        yield warning(
            SUBJECT,
            f"{about} wants {model.threads} threads, and there are {cores} cores: they wait for each other",
            f"Set `threads` in its model.toml to {cores} or less",
        )


def _look(station: Station, model: StationModel) -> ModelSeen:
    bundle = model.bundle
    seen = ModelSeen(bundle.name, bundle.version, cameras_by_agent(station, model), bundle.threads, len(bundle.labels))
    try:
        return replace(seen, run_p50_ms=_run_ms(load_model(model)))
    except OkkoError as error:
        return replace(seen, error=str(error))


def cameras_by_agent(station: Station, model: StationModel) -> dict[str, int]:
    """How many cameras of a model each inference agent serves."""
    return {
        agent: sum(len(its.cameras) for its in models if its.bundle_path == model.bundle_path)
        for agent, models in station.inference.items()
    }


def _run_ms(loaded: Any) -> float:
    numpy = importlib.import_module("numpy")
    images = importlib.import_module("inference_agent.images")
    image = numpy.zeros((_HEIGHT_PX, _WIDTH_PX, 3), numpy.uint8)
    durations: list[float] = []
    until_s = time.monotonic() + RUNS_S
    while len(durations) < MOST_RUNS and (not durations or time.monotonic() < until_s):
        picture = images.Picture(_WIDTH_PX, _HEIGHT_PX, lambda _: image, _decodes_scaled=False)
        began = time.perf_counter()
        loaded.look(picture)
        durations.append((time.perf_counter() - began) * 1e3)
    return sorted(durations)[len(durations) // 2]
