"""Rules: what each says at, above and below its threshold, and what cannot be a rule at all."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from decision_agent.rules import ExpectedLabel, ImageRule, MaxCount, MinCount, Rule, UnexpectedLabel
from okko.contracts import Detection, ImageQuality, ModelRef, Prediction

BOX = (0.0, 0.0, 1.0, 1.0)
RULE: TypeAdapter[Rule] = TypeAdapter(Rule)


def _prediction(**fields: Any) -> Prediction:
    model = ModelRef(name="m", version="1", sha256="0" * 64)
    return Prediction(item_id="i", camera="top", frame_id="f", model=model, task="t", **fields)


def _classified(**scores: float) -> Prediction:
    best = max(scores, key=lambda label: scores[label], default=None)
    return _prediction(label=best, score=None if best is None else scores[best], scores=scores)


def _detected(*found: tuple[str, float]) -> Prediction:
    return _prediction(detections=tuple(Detection(label=label, score=score, box=BOX) for label, score in found))


def _rule(kind: str, **fields: Any) -> Any:
    label = {} if kind == "image" or "label" in fields or "labels" in fields else {"label": "A"}
    return RULE.validate_python({"kind": kind, "camera": "top", **label, **fields})


@pytest.mark.parametrize(
    ("rule", "prediction", "verdict", "text"),
    [
        (_rule("expected_label"), _classified(A=0.5, B=0.4), "OK", "A 0.500 >= 0.5"),
        (_rule("expected_label"), _classified(A=0.499, B=0.4), "KO", "A 0.499 < 0.5"),
        (_rule("expected_label"), _classified(A=0.6, B=0.9), "KO", "B 0.900 instead of A"),
        (_rule("expected_label"), _classified(), "KO", "no A"),
        (_rule("expected_label", min_score=0.0), _classified(), "KO", "no A"),
        (_rule("expected_label", labels=["A", "B"]), _classified(A=0.2, B=0.7), "OK", "B 0.700 >= 0.5"),
        (_rule("expected_label", labels=["A", "B"]), _classified(C=0.8), "KO", "C 0.800 instead of A or B"),
        (_rule("expected_label"), _detected(("B", 0.9), ("A", 0.5)), "OK", "A 0.500 >= 0.5"),
        (_rule("expected_label"), _detected(("B", 0.9)), "KO", "no A"),
        (_rule("expected_label", min_score=0.0), _detected(), "KO", "no A"),
        (_rule("unexpected_label"), _classified(A=0.5, B=0.5), "KO", "A 0.500 >= 0.5"),
        (_rule("unexpected_label"), _classified(A=0.5, B=0.9), "KO", "A 0.500 >= 0.5"),
        (_rule("unexpected_label"), _classified(A=0.499, B=0.9), "OK", "A 0.499 < 0.5"),
        (_rule("unexpected_label", min_score=0.0), _detected(("B", 1.0)), "OK", "no A"),
        (_rule("unexpected_label", labels=["A", "B"]), _detected(("A", 0.6), ("B", 0.7)), "KO", "B 0.700 >= 0.5"),
        (_rule("min_count", count=2), _detected(("A", 0.5), ("A", 0.5)), "OK", "2 x A, at least 2"),
        (_rule("min_count", count=2), _detected(("A", 0.5), ("A", 0.49), ("B", 1.0)), "KO", "1 x A, at least 2"),
        (_rule("min_count", count=1), _classified(A=0.5), "OK", "1 x A, at least 1"),
        (_rule("max_count", count=0), _detected(("A", 0.49)), "OK", "0 x A, at most 0"),
        (_rule("max_count", count=1), _detected(("A", 0.5), ("A", 0.5)), "KO", "2 x A, at most 1"),
        (
            _rule("max_count", count=1, labels=["A", "B"]),
            _detected(("A", 0.5), ("B", 0.5)),
            "KO",
            "2 x A or B, at most 1",
        ),
    ],
)
def test_what_rules_about_labels_say(rule: Any, prediction: Prediction, verdict: str, text: str) -> None:
    """At the threshold a label counts, below it does not, and the text shows both figures."""
    finding = rule.judge(prediction)
    assert (finding.verdict, finding.text, finding.rule, finding.camera) == (verdict, text, rule.kind, "top")
    assert finding.reason == "rules"


@pytest.mark.parametrize(
    "rule",
    [_rule("expected_label"), _rule("unexpected_label"), _rule("min_count", count=1), _rule("max_count", count=0)],
)
def test_a_prediction_that_speaks_of_no_labels_is_no_evidence(rule: Any) -> None:
    """A model of another task cannot make a part OK by its silence."""
    finding = rule.judge(_prediction(anomaly_score=0.1))
    assert (finding.verdict, finding.reason) == ("KO", "model_fault")


@pytest.mark.parametrize(
    ("min_score", "margin", "score", "borderline"),
    [
        (0.5, 0.0, 0.5, False),
        (0.5, 0.1, 0.5, True),
        (0.5, 0.1, 0.6, True),
        (0.5, 0.1, 0.4, True),
        (0.7, 0.1, 0.8, True),
        (0.7, 0.1, 0.6, True),
        (0.5, 0.1, 0.600001, False),
        (0.5, 0.1, 0.399999, False),
    ],
)
@pytest.mark.parametrize("kind", ["expected_label", "unexpected_label", "min_count", "max_count"])
def test_near_the_threshold_is_borderline(
    kind: str, min_score: float, margin: float, score: float, borderline: bool
) -> None:
    """Within the margin, both ends included, the verdict is as it is and the finding borderline."""
    fields = {"count": 1} if "count" in kind else {}
    rule = _rule(kind, min_score=min_score, review_margin=margin, **fields)
    plain = _rule(kind, min_score=min_score, **fields)
    for prediction in (_classified(A=score), _detected(("A", score))):
        assert rule.judge(prediction).borderline == borderline
        assert rule.judge(prediction).verdict == plain.judge(prediction).verdict


def test_two_rules_of_one_kind_have_their_own_thresholds() -> None:
    """A second rule of a kind is judged by its own settings."""
    prediction = _classified(A=0.6)
    low, high = _rule("expected_label", min_score=0.5), _rule("expected_label", min_score=0.7)
    assert [rule.judge(prediction).verdict for rule in (low, high, low)] == ["OK", "KO", "OK"]


@pytest.mark.parametrize(
    ("bounds", "verdict", "text"),
    [
        ({"min_brightness": 100}, "OK", "the picture is fit"),
        ({"min_brightness": 100.1}, "KO", "dark: brightness 100.0 < 100.1"),
        ({"max_brightness": 100}, "OK", "the picture is fit"),
        ({"max_brightness": 99}, "KO", "bright: brightness 100.0 > 99"),
        ({"max_saturated": 0.25}, "OK", "the picture is fit"),
        ({"max_saturated": 0.2}, "KO", "overexposed: 0.250 saturated > 0.2"),
        ({"min_sharpness": 50}, "OK", "the picture is fit"),
        ({"min_sharpness": 51}, "KO", "blurred: sharpness 50.0 < 51"),
        ({"min_brightness": 100, "max_brightness": 100}, "OK", "the picture is fit"),
    ],
)
def test_what_the_picture_must_be_like(bounds: dict[str, float], verdict: str, text: str) -> None:
    """A picture at a bound is fit, beyond it KO for reason `image`."""
    quality = ImageQuality(mean_brightness=100.0, saturated_share=0.25, sharpness=50.0)
    finding = _rule("image", **bounds).judge(_prediction(image=quality))
    assert (finding.verdict, finding.text, finding.reason) == (verdict, text, "image")


def test_a_picture_that_was_not_measured_is_not_fit() -> None:
    """Nothing is no evidence."""
    finding = ImageRule(camera="top", min_sharpness=1).judge(_prediction(label="OK", score=1.0))
    assert (finding.verdict, finding.text) == ("KO", "the picture was not measured")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"kind": "expected_label"}, "give either `label` or `labels`"),
        ({"kind": "expected_label", "label": "A", "labels": ["B"]}, "give either `label` or `labels`"),
        ({"kind": "expected_label", "labels": []}, "at least 1 item"),
        ({"kind": "expected_label", "label": ""}, "at least 1 character"),
        ({"kind": "expected_label", "label": "A", "min_scor": 0.5}, "Extra inputs"),
        ({"kind": "expected_label", "label": "A", "min_score": 1.01}, "less than or equal to 1"),
        ({"kind": "expected_label", "label": "A", "min_score": float("nan")}, "finite"),
        ({"kind": "expected_label", "label": "A", "review_margin": -0.1}, "greater than or equal to 0"),
        ({"kind": "expected_label", "label": "A", "model": "a/b"}, "match pattern"),
        ({"kind": "min_count", "label": "A"}, "Field required"),
        ({"kind": "min_count", "label": "A", "count": 0}, "greater than or equal to 1"),
        ({"kind": "max_count", "label": "A", "count": -1}, "greater than or equal to 0"),
        ({"kind": "max_count", "label": "A", "count": 1.5}, "valid integer"),
        ({"kind": "image"}, "give at least one of"),
        ({"kind": "image", "min_brightness": 200, "max_brightness": 100}, "no picture can be within"),
        ({"kind": "image", "max_brightness": 256}, "less than or equal to 255"),
        ({"kind": "expression"}, "does not match any of the expected tags"),
    ],
)
def test_what_can_be_no_rule(fields: dict[str, Any], message: str) -> None:
    """Wrong settings are refused before anything runs."""
    with pytest.raises(ValidationError, match=message):
        RULE.validate_python({"camera": "top", **fields})


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("expected_label", ExpectedLabel),
        ("unexpected_label", UnexpectedLabel),
        ("min_count", MinCount),
        ("max_count", MaxCount),
    ],
)
def test_the_kind_gives_the_rule(name: str, kind: type) -> None:
    """`kind` in the station file gives the rule of that name."""
    assert type(_rule(name, **({"count": 1} if "count" in name else {}))) is kind
