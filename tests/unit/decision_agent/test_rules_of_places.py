"""Rules about areas and anomaly scores: what each says at its bound, and that silence and nonsense are never OK."""

import math
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from decision_agent.rules import Rule
from okko import contracts as c

RULE: TypeAdapter[Rule] = TypeAdapter(Rule)


def _prediction(**fields: Any) -> c.Prediction:
    model = c.ModelRef(name="m", version="1", sha256="0" * 64)
    return c.Prediction(item_id="i", camera="top", frame_id="f", model=model, task="t", **fields)


def _rule(kind: str, **fields: Any) -> Any:
    label = {} if kind == "max_anomaly" or "labels" in fields else {"label": "rust"}
    return RULE.validate_python({"kind": kind, "camera": "top", **label, **fields})


@pytest.mark.parametrize(
    ("rule", "areas", "verdict", "text"),
    [
        (_rule("max_area", area=0.1), {"rust": 0.1}, "OK", "rust takes 0.1 <= 0.1"),
        (_rule("max_area", area=0.1), {"rust": 0.100001}, "KO", "rust takes 0.100001 > 0.1"),
        (_rule("max_area", area=0.1), {"steel": 1.0}, "OK", "rust takes 0 <= 0.1"),
        (_rule("max_area", area=0.0), {}, "OK", "rust takes 0 <= 0"),
        (_rule("max_area", area=0.0), {"rust": 0.000001}, "KO", "rust takes 1e-06 > 0"),
        (_rule("max_area", area=0.1, labels=["rust", "dent"]), {"rust": 0.06, "dent": 0.05}, "KO", None),
        (_rule("max_area", area=0.1, labels=["rust", "rust"]), {"rust": 0.06}, "OK", None),
        (_rule("min_area", area=0.2), {"rust": 0.2}, "OK", "rust takes 0.2 >= 0.2"),
        (_rule("min_area", area=0.2), {"rust": 0.19}, "KO", "rust takes 0.19 < 0.2"),
        (_rule("min_area", area=0.2), {}, "KO", "rust takes 0 < 0.2"),
        (
            _rule("min_area", area=1.0, labels=["a", "b", "c"]),
            {"a": 0.333333, "b": 0.333333, "c": 0.333334},
            "OK",
            None,
        ),
        (_rule("max_area", area=0.9, labels=["a", "b"]), {"a": 0.500001, "b": 0.5}, "KO", None),
    ],
)
def test_what_rules_about_areas_say(rule: Any, areas: dict[str, float], verdict: str, text: str | None) -> None:
    """At the bound a part is OK, beyond it KO; several labels count together, each once."""
    finding = rule.judge(_prediction(areas=areas))
    assert (finding.verdict, finding.reason, finding.rule, finding.camera) == (verdict, "rules", rule.kind, "top")
    assert text is None or finding.text == text


@pytest.mark.parametrize("kind", ["max_area", "min_area"])
@pytest.mark.parametrize(
    "areas", [None, {"rust": math.nan}, {"rust": math.inf}, {"rust": -0.1}, {"rust": 1.1}, {"rust": -math.inf}]
)
def test_an_area_that_is_none_is_no_evidence(kind: str, areas: dict[str, float] | None) -> None:
    """A model of another task, or one gone wild, never makes a part OK."""
    finding = _rule(kind, area=0.5).judge(_prediction(areas=areas))
    assert (finding.verdict, finding.reason) == ("KO", "model_fault")


@pytest.mark.parametrize(
    ("rule", "score", "threshold", "verdict", "text"),
    [
        (_rule("max_anomaly"), 0.5, 0.5, "OK", "anomaly 0.5 <= 0.5"),
        (_rule("max_anomaly"), 0.51, 0.5, "KO", "anomaly 0.51 > 0.5"),
        (_rule("max_anomaly", max_score=30), 29.9, 0.5, "OK", "anomaly 29.9 <= 30"),
        (_rule("max_anomaly", max_score=30), 31.0, None, "KO", "anomaly 31 > 30"),
        (_rule("max_anomaly", max_score=0), 0.0, 0.5, "OK", "anomaly 0 <= 0"),
        (_rule("max_anomaly", max_score=-2), -1.0, 0.5, "KO", "anomaly -1 > -2"),
    ],
)
def test_what_an_anomaly_score_says(rule: Any, score: float, threshold: float | None, verdict: str, text: str) -> None:
    """The rule's own bound counts, or else the one that the model was given."""
    finding = rule.judge(_prediction(anomaly_score=score, anomaly_threshold=threshold))
    assert (finding.verdict, finding.text, finding.reason) == (verdict, text, "rules")


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        (_rule("max_anomaly"), {"label": "OK", "score": 1.0}),
        (_rule("max_anomaly"), {"anomaly_score": 0.0}),
        (_rule("max_anomaly"), {"anomaly_score": math.nan, "anomaly_threshold": 1.0}),
        (_rule("max_anomaly"), {"anomaly_score": -math.inf, "anomaly_threshold": 1.0}),
        (_rule("max_anomaly"), {"anomaly_score": 0.0, "anomaly_threshold": math.nan}),
        (_rule("max_anomaly"), {"anomaly_score": 0.0, "anomaly_threshold": math.inf}),
        (_rule("max_anomaly", max_score=1), {"anomaly_score": math.nan}),
        (_rule("max_anomaly", max_score=1), {"anomaly_threshold": 1.0}),
    ],
)
def test_an_anomaly_score_that_is_none_is_no_evidence(rule: Any, fields: dict[str, Any]) -> None:
    """No score, no bound, or one that is no number is KO model_fault; so it is after a way over the broker."""
    prediction = _prediction(**fields)
    for received in (prediction, c.decode(c.Prediction, c.encode(prediction))):
        finding = rule.judge(received)
        assert (finding.verdict, finding.reason) == ("KO", "model_fault")


@pytest.mark.parametrize(
    ("rule", "fields", "borderline"),
    [
        (_rule("max_area", area=0.1), {"areas": {"rust": 0.1}}, False),
        (_rule("max_area", area=0.1, review_margin=0.02), {"areas": {"rust": 0.12}}, True),
        (_rule("max_area", area=0.1, review_margin=0.02), {"areas": {"rust": 0.08}}, True),
        (_rule("max_area", area=0.1, review_margin=0.02), {"areas": {"rust": 0.121}}, False),
        (_rule("max_area", area=0.1, review_margin=0.1), {"areas": {}}, True),
        (_rule("min_area", area=0.1, review_margin=0.02), {"areas": {"rust": 0.12}}, True),
        (_rule("min_area", area=0.1, review_margin=0.02), {"areas": {"rust": 0.079}}, False),
        (_rule("max_anomaly"), {"anomaly_score": 5.0, "anomaly_threshold": 5.0}, False),
        (_rule("max_anomaly", review_margin=0.1), {"anomaly_score": 5.5, "anomaly_threshold": 5.0}, True),
        (_rule("max_anomaly", review_margin=0.1), {"anomaly_score": 4.5, "anomaly_threshold": 5.0}, True),
        (_rule("max_anomaly", review_margin=0.1), {"anomaly_score": 5.51, "anomaly_threshold": 5.0}, False),
        (_rule("max_anomaly", review_margin=0.1, max_score=-5), {"anomaly_score": -5.5}, True),
    ],
)
def test_near_the_bound_is_borderline(rule: Any, fields: dict[str, Any], borderline: bool) -> None:
    """Within the margin, both ends included; of an anomaly score the margin is a share of the bound."""
    assert rule.judge(_prediction(**fields)).borderline == borderline


@pytest.mark.parametrize(
    ("kind", "fields", "message"),
    [
        ("max_area", {"label": "rust"}, "Field required"),
        ("max_area", {"area": 0.1}, "give either `label` or `labels`"),
        ("max_area", {"label": "rust", "area": 1}, "less than 1"),
        ("max_area", {"label": "rust", "area": math.nan}, "finite|less than"),
        ("min_area", {"label": "rust", "area": 0}, "greater than 0"),
        ("min_area", {"label": "rust", "area": 1.1}, "less than or equal to 1"),
        ("max_anomaly", {"max_score": math.inf}, "finite"),
        ("max_anomaly", {"label": "rust"}, "Extra inputs"),
        ("max_anomaly", {"review_margin": 2}, "less than or equal to 1"),
    ],
)
def test_what_can_be_no_rule(kind: str, fields: dict[str, Any], message: str) -> None:
    """A bound that every part keeps, or none, is refused before anything runs."""
    with pytest.raises(ValidationError, match=message):
        RULE.validate_python({"kind": kind, "camera": "top", **fields})
