"""A threshold swept over the labelled items: each was looked at once, and is judged as often as it takes. Pure."""

from collections.abc import Iterable

from decision_agent.policy import Policy
from decision_agent.rules import Rule
from decision_agent.rules.common import LabelRule
from okko.contracts import Prediction, VerdictWord
from workshop.replay.judge import judge
from workshop.replay.sweep_curve import Sweep
from workshop.replay.sweep_step import step_of
from workshop.replay.sweep_target import Target
from workshop.replay.tally import Looked


class Sweeper:
    """Takes items as they come, and keeps of each the one threshold at which its verdict changes."""

    def __init__(self, policy: Policy, target: Target) -> None:
        self._policy = policy
        self.sweep = Sweep(target)

    def add(self, looked: Looked) -> None:
        """An item that was looked at; without a label it says nothing."""
        truth = looked.evidence.truth
        if truth is None:
            return
        target = self.sweep.target
        judged = list(target.judged(self._policy, looked.predictions))
        scores = [score for rule, prediction in judged for score in _scores(rule, prediction)]

        def verdict(threshold: float) -> VerdictWord:
            policy = target.at(self._policy, threshold)
            return judge(looked.evidence, looked.predictions, policy).verdict.verdict

        in_force = (_in_force(rule, target.key, prediction) for rule, prediction in judged)
        self.sweep.add(truth, step_of(scores, verdict), scores, (value for value in in_force if value is not None))


def _scores(rule: Rule, prediction: Prediction) -> Iterable[float]:
    """What the rule's threshold is compared with."""
    if isinstance(rule, LabelRule):
        return [score for _, score in rule.scores_of(prediction)]
    return [] if prediction.anomaly_score is None else [prediction.anomaly_score]


def _in_force(rule: Rule, key: str, prediction: Prediction) -> float | None:
    value: float | None = getattr(rule, key)
    return value if value is not None else prediction.anomaly_threshold
