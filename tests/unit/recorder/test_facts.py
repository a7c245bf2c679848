"""What can be searched for in an item, from the item alone."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from okko import contracts as c
from recorder.facts import MAX_TEXT, NO_FACTS, facts_of, score_of

ItemMaker = Callable[..., c.Item]

MODEL = c.ModelRef(name="duck", version="1", sha256="0" * 64)


def prediction(**changes: Any) -> c.Prediction:
    """A prediction of camera `top`."""
    fields = {"item_id": "i", "camera": "top", "frame_id": "f", "model": MODEL, "task": "classification", **changes}
    return c.Prediction(**fields)


def found(score: float) -> c.Detection:
    """Something that was found."""
    return c.Detection(label="crack", score=score, box=(0.0, 0.0, 1.0, 1.0))


@pytest.mark.parametrize(
    ("one", "score"),
    [
        (prediction(label="OK", score=0.75), 0.75),
        (prediction(detections=(found(0.25), found(0.5))), 0.5),
        (prediction(detections=()), None),
        (prediction(anomaly_score=3.5, score=0.5), 3.5),
    ],
)
def test_a_prediction_has_one_score(one: c.Prediction, score: float | None) -> None:
    """How odd, how sure of the label, or the surest of what was found."""
    assert score_of(one) == score


def test_scores_are_kept_by_model_and_camera(make_item: ItemMaker) -> None:
    """And their least and greatest; a prediction that failed has none."""
    failed = prediction(error=c.Fault(kind="image", text="no JPEG"))
    facts = facts_of(make_item(predictions=(prediction(score=0.5), prediction(camera="side", score=0.75), failed)))
    assert (facts.low, facts.high) == (0.5, 0.75)
    assert msgspec.json.decode(facts.scores) == [["duck", "top", 0.5], ["duck", "side", 0.75]]


def test_nearness_is_told_by_the_models_threshold(make_item: ItemMaker) -> None:
    """As a share of it, of the nearest; what only looks on has no say."""
    near = prediction(anomaly_score=9.0, anomaly_threshold=10.0)
    far = prediction(anomaly_score=20.0, anomaly_threshold=10.0)
    shadow = prediction(anomaly_score=10.0, anomaly_threshold=10.0, shadow=True)
    assert facts_of(make_item(predictions=(far, near, shadow))).margin == pytest.approx(0.1)
    assert facts_of(make_item(predictions=(prediction(score=0.5),))).margin is None


def test_nearness_of_a_classifier_is_the_lead_of_its_best_label(make_item: ItemMaker) -> None:
    """Over the second; one label alone tells nothing."""
    doubtful = prediction(label="OK", score=0.5, scores={"OK": 0.5, "KO": 0.375, "dent": 0.125})
    assert facts_of(make_item(predictions=(doubtful,))).margin == pytest.approx(0.125)
    assert facts_of(make_item(predictions=(prediction(scores={"OK": 1.0}),))).margin is None


def test_findings_are_those_that_people_look_for(make_item: ItemMaker) -> None:
    """KO and borderline ones, and why a part is KO that no rule judged."""
    findings = (
        c.Finding(rule="min_count", camera="top", verdict="KO", text="0 Wheels"),
        c.Finding(rule="max_count", camera=None, verdict="OK", text="2 holes", borderline=True),
        c.Finding(rule="image", camera="top", verdict="OK", text="bright"),
    )
    facts = facts_of(make_item(findings=findings, finding="top: 0 Wheels"))
    assert facts.findings == "\nmin_count|top|0 wheels\nmax_count||2 holes"
    assert facts_of(make_item(finding="top: No Picture")).findings == "\n||top: no picture"


def test_what_the_trigger_carried_is_found_by_its_keys(make_item: ItemMaker) -> None:
    """The part's name, and each key that is not okko's own, folded."""
    trigger = {"part_id": "Duck-7", "seq": 7, "Mould": 17, "operator": "ZOÉ  M", "at": {"x_mm": 1.5}}
    facts = facts_of(make_item(part_id="Duck-7", trigger=trigger))
    assert facts.carried == '\nduck-7\nmould=17\noperator=zoé m\nat={"x_mm": 1.5}'


def test_a_huge_trigger_makes_no_huge_row(make_item: ItemMaker) -> None:
    """A search reads these rows by the million."""
    facts = facts_of(make_item(trigger={f"key{number}": "x" * 50 for number in range(1000)}))
    assert len(facts.carried) == MAX_TEXT


def test_an_item_of_which_nothing_is_known_has_no_facts(make_item: ItemMaker) -> None:
    """But its part's name."""
    facts = facts_of(make_item(trigger="7 duck-1"))
    assert facts == replace(NO_FACTS, carried="\nduck-1")
