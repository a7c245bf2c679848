"""What a taught bundle is called by default, and whether the rules of its camera go with it as they are."""

from decision_agent.rules import ImageRule, MaxAnomaly, Rule
from okko.station import Station


def default_name(station: Station, camera: str, *, by_threshold: bool) -> str:
    """STATION-CAMERA-taught, or the same with `-b` where a model of that name has rules that do not fit the new one.

    A rule cannot change together with a model of the same name: an item might be judged by either with either. The
    next one that is taught may have the first name again. `by_threshold`: it tells by an anomaly score and its own
    threshold; else its rule carries the threshold, and each teaching finds another.
    """
    name = f"{station.station.name}-{camera}-taught"
    if name not in station.models_of(camera):
        return name
    return name if by_threshold and goes_by_threshold(station, camera, name) else f"{name}-b"


def goes_by_threshold(station: Station, camera: str, model: str | None = None) -> bool:
    """Whether all that judges a camera's model is its own threshold: such rules fit any taught one, and may stay."""
    rules = [rule for rule in station.rules if rule.camera == camera and _about(rule, model)]
    return bool(rules) and all(isinstance(rule, MaxAnomaly) and rule.max_score is None for rule in rules)


def _about(rule: Rule, model: str | None) -> bool:
    return not isinstance(rule, ImageRule) and (model is None or getattr(rule, "model", None) in {None, model})
