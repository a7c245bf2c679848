"""An item judged again gets what the line's engine would say."""

from decision_agent.combine import MinOk
from decision_agent.rules import ExpectedLabel
from okko.contracts import Fault, Item, Prediction
from replayed import captured_of, item_of, policy_of, prediction_of, stored_of
from workshop.replay.evidence import Evidence, read_evidence
from workshop.replay.judge import Judgement, judge

MODELS = {"left": ("model",), "right": ("model",)}


def judged(item: Item, *predictions: Prediction, **policy: object) -> Judgement:
    """An item of which the models say this now."""
    evidence = read_evidence(stored_of(item), MODELS)
    assert isinstance(evidence, Evidence)
    return judge(evidence, predictions, policy_of(**policy))  # type: ignore[arg-type]


def told(judgement: Judgement) -> tuple[str, str, str | None]:
    """The verdict in short."""
    return judgement.verdict.verdict, judgement.verdict.reason, judgement.verdict.finding


def test_what_all_cameras_call_good_is_ok() -> None:
    """With the findings of each rule."""
    found = judged(item_of(), prediction_of("right", 0.8), prediction_of("left", 0.7))
    assert told(found) == ("OK", "rules", None)
    assert [(f.camera, f.verdict) for f in found.findings] == [("right", "OK"), ("left", "OK")]


def test_the_first_bad_camera_is_told() -> None:
    """In the order in which the predictions come; what comes later is found all the same."""
    found = judged(item_of(), prediction_of("right", 0.2), prediction_of("left", 0.1))
    assert told(found) == ("KO", "rules", "right: KO 0.800 instead of OK")
    assert len(found.findings) == 2


def test_rules_other_than_the_recorded_ones_decide() -> None:
    """A threshold that was not there then."""
    rules = tuple(ExpectedLabel(camera=c, label="OK", min_score=0.95) for c in ("left", "right"))
    evidence = read_evidence(stored_of(item_of()), MODELS)
    assert isinstance(evidence, Evidence)
    found = judge(evidence, [prediction_of("right"), prediction_of("left")], policy_of(*rules))
    assert told(found) == ("KO", "rules", "right: OK 0.900 < 0.95")


def test_where_some_cameras_suffice_a_fault_of_another_does_not_decide() -> None:
    """The fault is what it was, the rest is judged anew."""
    item = item_of(captured=(captured_of("left"), captured_of("right", "unplugged")))
    one = MinOk(count=1)
    assert told(judged(item, prediction_of("left"), combine=one)) == ("OK", "rules", None)
    found = judged(item, prediction_of("left", 0.1), combine=one)
    assert told(found)[:2] == ("KO", "rules")
    assert [f.reason for f in found.findings] == ["rules", "camera_fault"]


def test_a_prediction_that_failed_in_its_time_decides_last() -> None:
    """It would have decided then, had it come first: so what is bad by a rule is told before it."""
    late = prediction_of("left", fault=Fault(kind="deadline", text="too late"))
    item = item_of(predictions=(prediction_of("right"), late))
    assert told(judged(item, prediction_of("right", 0.1)))[:2] == ("KO", "rules")
    assert told(judged(item, prediction_of("right", 0.9)))[:2] == ("KO", "deadline")


def test_what_never_came_is_decided_by_the_deadline() -> None:
    """A camera of the station that the item knows nothing of."""
    item = item_of(captured=(captured_of("left"),))
    assert told(judged(item, prediction_of("left"))) == ("KO", "deadline", "camera right has not answered")


def test_a_trigger_that_asks_for_an_unknown_camera_is_refused() -> None:
    """As on the line."""
    item = item_of(trigger={"cameras": ["top"]})
    assert told(judged(item))[:2] == ("KO", "bad_trigger")
