"""What a model that only looks on would have said: a table."""

import pytest

from decision_agent.rules import ExpectedLabel, ImageRule, MaxAnomaly, Rule
from decision_agent.shadow import compare
from okko import contracts as c

OK_RULE = ExpectedLabel(camera="top", label="OK")


def said(label: str | None = "OK", name: str = "m", **fields: object) -> c.Prediction:
    """A prediction of a classifier, or what `fields` make of it."""
    given: dict[str, object] = {"label": label, "score": 0.9, "scores": {label: 0.9}, **fields}
    return c.Prediction(
        item_id="item-1",
        camera="top",
        frame_id="frame-1",
        model=c.ModelRef(name=name, version="2", sha256="0" * 64),
        task="classification",
        **given,  # type: ignore[arg-type]
    )


def odd(score: float, name: str = "m") -> c.Prediction:
    """What an anomaly model says."""
    return said(name=name, label=None, score=None, scores=None, anomaly_score=score, anomaly_threshold=1.0)


@pytest.mark.parametrize(
    ("decided", "shadow", "own", "expected"),
    [
        (said("OK"), said("OK"), (), ("OK", "OK", "agrees")),
        (said("OK"), said("KO"), (), ("OK", "KO", "differs")),
        (said("KO"), said("OK", name="other"), (), ("KO", "OK", "differs")),
        (said("OK"), odd(2.0), (), ("OK", "KO", "differs")),
        (said("OK"), odd(0.5, name="other"), (), ("OK", "OK", "agrees")),
        (said("OK"), odd(2.0), (MaxAnomaly(camera="top", max_score=3.0),), ("OK", "OK", "agrees")),
        (said("OK"), said(error=c.Fault(kind="model", text="failed")), (), None),
        (said(error=c.Fault(kind="model", text="failed")), said("OK"), (), None),
        (said("OK"), said(label=None, score=None, scores=None), (), None),
    ],
)
def test_both_are_judged_alike(
    decided: c.Prediction, shadow: c.Prediction, own: tuple[Rule, ...], expected: tuple[str, str, str] | None
) -> None:
    """By the rules of the model that it stands for, or by its own; what cannot be judged is no difference."""
    compared = compare([(OK_RULE, "m")], own, {"m": decided}, shadow)
    assert (None if compared is None else (compared.decided, compared.shadow, compared.word)) == expected


def test_a_rule_about_the_picture_counts_for_both() -> None:
    """A dark picture is KO whoever looks at it: no difference."""
    dark = ImageRule(camera="top", min_brightness=40.0)
    picture = c.ImageQuality(mean_brightness=10.0, saturated_share=0.0, sharpness=100.0)
    compared = compare([(OK_RULE, "m"), (dark, "m")], (), {"m": said(image=picture)}, said("KO"))
    assert compared is not None
    assert compared.word == "agrees"


def test_of_several_models_it_stands_for_the_one_of_its_name_or_for_none() -> None:
    """Without its name among them nobody can tell which rules it would have to pass."""
    deciding = {"a": said("OK", name="a"), "b": said("OK", name="b")}
    rules = [(OK_RULE, "a"), (OK_RULE, "b")]
    named = compare(rules, (), deciding, said("KO", name="b"))
    assert named is not None
    assert named.shadow == "KO"
    assert compare(rules, (), deciding, said("KO", name="c")) is None
