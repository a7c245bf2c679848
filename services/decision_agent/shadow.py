"""What would have been said if a model that only looks on had decided. Pure: predictions and rules in, words out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from decision_agent.rules import ImageRule, MaxAnomaly, Rule
from okko.contracts import Finding, Prediction, VerdictWord


@dataclass(frozen=True, slots=True)
class Compared:
    """What the rules said of a camera, and would have said of it by the other model. `text`: why, where it is KO."""

    decided: VerdictWord
    shadow: VerdictWord
    text: str

    @property
    def word(self) -> Literal["agrees", "differs"]:
        """Whether they are the same."""
        return "agrees" if self.decided == self.shadow else "differs"


def compare(
    rules: Sequence[tuple[Rule, str]], own: Sequence[Rule], deciding: Mapping[str, Prediction], shadow: Prediction
) -> Compared | None:
    """Both verdicts about one camera of an item, or None where they cannot be told.

    `rules`: those about the camera, each with the name of the model whose prediction it judges. The shadow stands for
    the model of its name, or for the only one; `own` are rules of its own, in the place of those. `deciding` gives the
    predictions that decided, by model.
    """
    if shadow.error is not None or any(model not in deciding or deciding[model].error for _, model in rules):
        return None
    stands_for = _stands_for(deciding, shadow)
    present = [rule.judge(deciding[model]) for rule, model in rules]
    kept = [(rule, model) for rule, model in rules if isinstance(rule, ImageRule) or model != stands_for]
    replaced = [rule for rule, model in rules if not isinstance(rule, ImageRule) and model == stands_for]
    judging = tuple(own) or _of_anomaly(shadow, replaced) or tuple(replaced)
    if not present or not judging:
        return None
    other = [rule.judge(deciding[model]) for rule, model in kept] + [rule.judge(shadow) for rule in judging]
    if any(finding.reason == "model_fault" for finding in (*present, *other)):
        return None  # a rule that cannot judge such a prediction says nothing about the model
    return Compared(_word(present), _word(other), next((f.text for f in other if f.verdict == "KO"), ""))


def _stands_for(deciding: Mapping[str, Prediction], shadow: Prediction) -> str | None:
    if shadow.model.name in deciding:
        return shadow.model.name
    return next(iter(deciding)) if len(deciding) == 1 else None


def _of_anomaly(shadow: Prediction, replaced: Sequence[Rule]) -> tuple[Rule, ...]:
    """A model that tells how odd a part is has its own threshold, where the rules are about something else."""
    if shadow.anomaly_score is None or any(isinstance(rule, MaxAnomaly) for rule in replaced):
        return ()
    return (MaxAnomaly(camera=shadow.camera),)


def _word(findings: Sequence[Finding]) -> VerdictWord:
    return "KO" if any(finding.verdict == "KO" for finding in findings) else "OK"
