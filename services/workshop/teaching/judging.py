"""The rule that goes with a taught bundle, for the one camera that it was taught for. Pure."""

import json
from collections.abc import Sequence

from decision_agent.rules import MaxAnomaly, Rule, UnexpectedLabel
from inference_agent.decoders.anomaly import LABELS
from okko.station import Station
from workshop.teaching.naming import goes_by_threshold

LABEL_METHODS = frozenset({"linear", "cnn"})
"""Methods whose bundle says how probable each label is: its threshold is a rule's."""


def judging(  # noqa: PLR0913, PLR0917 - what a bundle's figures say of it
    station: Station, camera: str, name: str, method: str, threshold: float, labels: Sequence[str] = LABELS
) -> Rule | None:
    """The rule by which such a bundle is to be judged; None: the rules that there are go with it as they are.

    `labels` are those of the bundle: all but the first, OK, are of bad parts.
    """
    present = station.models_of(camera)
    others = [model for model in present if model != name]
    model = name if len(others) > 1 else None
    if method in LABEL_METHODS:
        # A part is KO above the threshold, and by this rule from min_score on.
        least = min(1.0, round(threshold + 1e-6, 6))
        bad = tuple(labels[1:])
        if len(bad) == 1:
            return UnexpectedLabel(camera=camera, model=model, label=bad[0], min_score=least)
        return UnexpectedLabel(camera=camera, model=model, labels=bad, min_score=least)
    if goes_by_threshold(station, camera, name if name in present else None):
        return None
    return MaxAnomaly(camera=camera, model=model)


def as_option(rule: Rule) -> str:
    """The rule as `--rule` of `okko model set` takes it, which knows the camera."""
    table = rule.model_dump(mode="json", exclude_defaults=True, exclude={"camera"})
    # A semicolon ends a line there; in a label it is written otherwise.
    told = {key: json.dumps(value).replace(";", "\\u003b") for key, value in {"kind": rule.kind, **table}.items()}
    return "; ".join(f"{key} = {value}" for key, value in told.items())
