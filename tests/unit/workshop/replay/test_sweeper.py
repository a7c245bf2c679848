"""A threshold swept over labelled items, by the line's own engine."""

import pytest
from msgspec.structs import replace

from decision_agent.combine import Combine, MinOk
from decision_agent.rules import MaxAnomaly, Rule
from okko.contracts import Prediction
from replayed import item_of, policy_of, prediction_of, stored_of
from workshop.replay.evidence import Evidence, read_evidence
from workshop.replay.judge import judge
from workshop.replay.sweep_curve import Sweep
from workshop.replay.sweep_target import Target
from workshop.replay.sweeper import Sweeper
from workshop.replay.tally import Looked, outcome_of

MODELS = {"left": ("model",), "right": ("model",)}
BOTH = Target("expected_label/*.min_score", "min_score", (0, 1), 0.0)
RIGHT = Target("expected_label/right.min_score", "min_score", (1,), 0.0)


def looked(*predictions: Prediction, label: str | None, rules: tuple[Rule, ...] = ()) -> Looked:
    """An item of which the models say this."""
    evidence = read_evidence(stored_of(item_of(), label=label), MODELS)
    assert isinstance(evidence, Evidence)
    judgement = judge(evidence, predictions, policy_of(*rules))
    return Looked(evidence, {}, predictions, outcome_of(evidence, judgement))


def swept(target: Target, *items: Looked, combine: Combine | None = None, rules: tuple[Rule, ...] = ()) -> Sweep:
    """All of them."""
    sweeper = Sweeper(policy_of(*rules, combine=combine), target)
    for item in items:
        sweeper.add(item)
    return sweeper.sweep


@pytest.mark.parametrize(
    ("target", "combine", "last_ok"),
    [(BOTH, None, 0.6), (RIGHT, None, 0.8), (BOTH, MinOk(count=1), 0.8)],
)
def test_an_item_passes_up_to_the_score_that_decides(target: Target, combine: Combine | None, last_ok: float) -> None:
    """The worse of two cameras where all must be good, the better where one suffices, or the one that is swept."""
    item = looked(prediction_of("right", 0.8), prediction_of("left", 0.6), label="KO")
    sweep = swept(target, item, combine=combine)
    assert sweep.point(last_ok).escapes.count == 1
    assert sweep.point(last_ok + 1e-9).escapes.count == 0
    assert sweep.in_force == {0.5}


def test_what_nobody_labelled_does_not_count() -> None:
    """Nobody knows what it was."""
    sweep = swept(BOTH, looked(prediction_of("right"), prediction_of("left"), label=None))
    assert (sweep.point(0.5).escapes.of, sweep.point(0.5).false_rejects.of) == (0, 0)


@pytest.mark.parametrize(("max_score", "in_force"), [(None, 3.0), (5.0, 5.0)])
def test_an_anomaly_passes_from_its_score_on(max_score: float | None, in_force: float) -> None:
    """The bound in force is the rule's, or without one the model's own."""
    rules = tuple(MaxAnomaly(camera=camera, max_score=max_score) for camera in ("left", "right"))
    scored = [
        replace(prediction_of(camera), task="anomaly", anomaly_score=score, anomaly_threshold=3.0)
        for camera, score in (("right", 4.0), ("left", 1.0))
    ]
    target = Target("max_anomaly/*.max_score", "max_score", (0, 1))
    sweep = swept(target, looked(*scored, label="OK", rules=rules), rules=rules)
    assert sweep.point(4.0).false_rejects.count == 0
    assert sweep.point(3.999).false_rejects.count == 1
    assert sweep.in_force == {in_force}
    assert sweep.scores == (1.0, 4.0)
