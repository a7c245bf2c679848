"""What can be seen to be wrong with a station without running it: its models are loaded, its folders looked into."""

from collections.abc import Iterator

from camera_agent.sources.folder import FolderSource
from decision_agent.rules.common import LabelRule
from inference_agent.bundle import missing_files
from okko.errors import OkkoError, Problem, SourceError
from okko.model_files import has_litert, load_model
from okko.station import Station, StationModel


def problems_of(station: Station) -> tuple[Problem, ...]:
    """All of it, model by model and camera by camera. Models are loaded only where LiteRT is installed."""
    return (*_of_models(station), *_of_sources(station))


def _of_models(station: Station) -> Iterator[Problem]:
    seeing = (*station.models, *station.shadows)
    for model in seeing:
        for problem in missing_files(model.bundle_path, model.bundle):
            yield Problem(f"{model.where}.bundle", str(problem))
    if not has_litert():
        return
    for model in seeing:
        if missing_files(model.bundle_path, model.bundle):
            continue
        try:
            highest = load_model(model).highest_score
        except OkkoError as error:
            yield Problem(f"{model.where}.bundle", f"{model.bundle_path}: {error}")
        else:
            if not model.shadow:
                yield from _out_of_reach(station, model, highest)


def _out_of_reach(station: Station, model: StationModel, highest: float) -> Iterator[Problem]:
    """Rules whose threshold no score of this model can reach: quantised outputs end below 1."""
    for index, rule in enumerate(station.rules):
        judges = (
            isinstance(rule, LabelRule) and rule.camera in model.cameras and rule.model in {None, model.bundle.name}
        )
        if isinstance(rule, LabelRule) and judges and rule.min_score > highest:
            what = f"{rule.min_score:g} is out of reach: model {model.bundle.name!r} gives at most {highest:g}"
            yield Problem(f"rule[{index}].min_score", what, "Lower it")


def _of_sources(station: Station) -> Iterator[Problem]:
    for index, camera in enumerate(station.cameras):
        if isinstance(camera.source, FolderSource):
            try:
                camera.source.open(station.folder).close()
            except SourceError as error:
                yield Problem(f"camera[{index}].source", str(error))
