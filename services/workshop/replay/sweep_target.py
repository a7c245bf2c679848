"""Which threshold is swept: named by the rule's index, or by its kind and camera. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from decision_agent.policy import Policy
from decision_agent.rules import Rule
from decision_agent.rules.common import LabelRule
from inference_agent.decoders import Classification
from inference_agent.decoders.decoded import MAX_SCORES, NOTABLE_SCORE
from okko.contracts import Prediction
from okko.errors import ConfigError
from okko.station import Station

KEYS = ("min_score", "max_score")
ALL = "*"


@dataclass(frozen=True, slots=True)
class Target:
    """The threshold `key` of one rule, or of several at once. Below `floor` it means nothing: `why` says for whom."""

    name: str
    key: str
    indexes: tuple[int, ...]
    floor: float | None = None
    why: str = ""

    def at(self, policy: Policy, threshold: float) -> Policy:
        """The policy with this threshold."""
        rules = tuple(
            rule.model_copy(update={self.key: threshold}) if index in self.indexes else rule
            for index, rule in enumerate(policy.rules)
        )
        return replace(policy, rules=rules)

    def judged(self, policy: Policy, predictions: Iterable[Prediction]) -> Iterable[tuple[Rule, Prediction]]:
        """Each of its rules with the prediction that it judges, where there is one."""
        by_seer = {(p.camera, p.model.name): p for p in predictions}
        for camera in policy.cameras:
            for rule, model in policy.rules_of(camera):
                if any(rule is policy.rules[index] for index in self.indexes) and (camera, model) in by_seer:
                    yield rule, by_seer[camera, model]


def target_of(text: str, station: Station) -> Target:
    """The threshold that `text` names: `0.min_score`, `expected_label.min_score`, `expected_label/left.min_score`.

    A `*` in the camera's place means all rules of that kind, at one threshold.

    Raises:
        ConfigError: if it names none, or several; with the choices.
    """
    rules = station.rules
    named, _, key = text.rpartition(".")
    if key not in KEYS:
        raise _wrong(text, f"{key!r} cannot be swept, only {' and '.join(KEYS)}", rules)
    name = named.removeprefix("rule[").removesuffix("]")
    found = tuple(index for index, rule in enumerate(rules) if _is_meant(name, index, rule) and hasattr(rule, key))
    if not found:
        raise _wrong(text, f"there is no rule {named!r} with a {key}", rules)
    if len(found) > 1 and not name.endswith(f"/{ALL}"):
        raise _wrong(text, f"{named!r} may be any of {len(found)} rules", rules)
    floor, why = _floor(station, [rules[index] for index in found]) if key == "min_score" else (None, "")
    return Target(text, key, found, floor, why)


def _is_meant(name: str, index: int, rule: Rule) -> bool:
    kind, _, camera = name.partition("/")
    return name == str(index) or (kind == rule.kind and camera in {"", ALL, rule.camera})


def _wrong(text: str, what: str, rules: Sequence[Rule]) -> ConfigError:
    choices = [
        f"{index}.{key} ({rule.kind}/{rule.camera})"
        for index, rule in enumerate(rules)
        for key in KEYS
        if hasattr(rule, key)
    ]
    several = {f"{rule.kind}/{ALL}" for rule in rules if sum(other.kind == rule.kind for other in rules) > 1}
    keys = {name: next((k for k in KEYS if hasattr(_first(rules, name), k)), None) for name in sorted(several)}
    choices += [f"{name}.{key} (all of them at one threshold)" for name, key in keys.items() if key is not None]
    return ConfigError.one("--sweep", text, what, f"Choices: {', '.join(choices) or 'none of the rules has one'}")


def _first(rules: Sequence[Rule], name: str) -> Rule:
    return next(rule for rule in rules if rule.kind == name.partition("/")[0])


def _floor(station: Station, rules: Sequence[Rule]) -> tuple[float, str]:
    """Below which score none of the models' scores are reported, and by which of them."""
    floors = [(0.0, "")]
    for rule in rules:
        for model in station.models:
            meant = isinstance(rule, LabelRule) and rule.model in {None, model.bundle.name}
            if not meant or rule.camera not in model.cameras:
                continue
            decoder = model.bundle.decoder
            least = getattr(decoder, "min_score", 0.0)
            floors.append((least, f"model {model.bundle.name} reports no score below it ([decoder] min_score)"))
            if isinstance(decoder, Classification) and len(model.bundle.labels) > MAX_SCORES:
                floors.append((NOTABLE_SCORE, f"of so many labels model {model.bundle.name} reports none below it"))
    return max(floors, key=lambda found: found[0])
