"""What of a recorded item can be judged again, and what cannot."""

import msgspec
import pytest

from okko.contracts import Fault, Finding
from recorder.reader import StoredItem
from replayed import captured_of, item_of, prediction_of, stored_of
from workshop.replay.evidence import Evidence, LeftOut, read_evidence

MODELS = {"left": ("model",), "right": ("model",)}


def evidence_of(stored: StoredItem, **more: frozenset[tuple[str, str]]) -> Evidence:
    """It can be judged."""
    found = read_evidence(stored, MODELS, **more)
    assert isinstance(found, Evidence), found
    return found


def left_out(stored: StoredItem) -> LeftOut:
    """It cannot."""
    found = read_evidence(stored, MODELS)
    assert isinstance(found, LeftOut), found
    return found


def test_an_item_gives_its_frames_in_the_order_in_which_the_models_answered() -> None:
    """That order decides which bad camera is told."""
    found = evidence_of(stored_of(item_of(), label="KO"))
    assert set(found.frames) == {"left", "right"}
    assert found.seers == (("right", "model"), ("left", "model"))
    assert (found.truth, found.faults, found.failed) == ("KO", (), ())


@pytest.mark.parametrize("reason", ["deadline", "camera_fault", "overload", "late", "bad_trigger", "recipe"])
def test_what_was_decided_by_time_or_a_camera_is_left_out(reason: str) -> None:
    """No model and no rule made that verdict; it is counted by its reason."""
    found = left_out(stored_of(item_of(verdict="KO", reason=reason, finding="so it was")))
    assert (found.item_id, found.why, found.text) == ("item-1", reason, "so it was")


def test_a_model_that_failed_then_is_no_verdict_of_a_rule() -> None:
    """A model that could not be run is left out; one that a rule can make nothing of is judged again."""
    failed = Finding(rule="model", camera="left", verdict="KO", text="model model: broken", reason="model_fault")
    assert left_out(stored_of(item_of(verdict="KO", reason="model_fault", findings=(failed,)))).why == "model_fault"
    mute = msgspec.structs.replace(failed, rule="expected_label")
    evidence_of(stored_of(item_of(verdict="KO", reason="model_fault", findings=(mute,))))


def test_an_image_that_is_gone_leaves_the_item_out() -> None:
    """With the reason why it went; and one that never came, too."""
    found = left_out(stored_of(item_of(), gone={"left": "age"}))
    assert (found.why, found.text) == ("image_gone", "the image of camera left is gone (age)")
    stored = stored_of(item_of())
    assert left_out(StoredItem(stored.item, frames=stored.frames[:1])).why == "not_recorded"


def test_an_image_that_no_model_looks_at_may_be_gone() -> None:
    """Nothing is asked of it."""
    found = read_evidence(stored_of(item_of(), gone={"left": "age"}), {"left": (), "right": ("model",)})
    assert isinstance(found, Evidence)
    assert set(found.frames) == {"right"}


def test_only_the_cameras_that_the_trigger_asked_for_count() -> None:
    """As on the line."""
    item = item_of(trigger={"cameras": ["right"]}, captured=(captured_of("right"),))
    found = evidence_of(stored_of(item))
    assert (found.cameras, found.seers) == (("right",), (("right", "model"),))
    assert evidence_of(stored_of(item_of(trigger="7 duck"))).cameras is None


def test_a_fault_of_a_camera_stays_what_it_was() -> None:
    """A camera that could not, and one that showed another part: a model cannot change that."""
    window = Finding(rule="capture window", camera="left", verdict="KO", text="exposed too late", reason="camera_fault")
    item = item_of(captured=(captured_of("left"), captured_of("right", "unplugged")), findings=(window,))
    found = evidence_of(stored_of(item))
    assert (found.captured, dict(found.frames)) == ((), {})
    faults = {fault.camera: fault.error for fault in found.faults}
    assert faults == {
        "left": Fault(kind="late", text="exposed too late"),
        "right": Fault(kind="camera", text="unplugged"),
    }


def test_a_prediction_that_failed_in_its_time_fails_again_unless_the_model_is_another() -> None:
    """A deadline is no property of a model; of the new one nobody knows."""
    late = prediction_of("left", fault=Fault(kind="deadline", text="too late"))
    stored = stored_of(item_of(predictions=(prediction_of("right"), late)))
    found = evidence_of(stored)
    assert (found.failed, found.seers) == ((late,), (("right", "model"),))
    found = evidence_of(stored, replaced=frozenset({("left", "model")}))
    assert (found.failed, set(found.seers)) == ((), {("left", "model"), ("right", "model")})


def test_an_image_that_could_not_be_decoded_is_looked_at_again() -> None:
    """The bytes are the same: it is for the pipeline's code to say so again."""
    dark = prediction_of("left", fault=Fault(kind="image", text="cut off"))
    assert evidence_of(stored_of(item_of(predictions=(dark, prediction_of("right"))))).failed == ()


@pytest.mark.parametrize(
    ("text", "item_id"), [('{"item_id": "item-9"}', "item-9"), ("no JSON", "?"), ("[1]", "?"), ('"text"', "?")]
)
def test_an_item_that_cannot_be_read_is_left_out(text: str, item_id: str) -> None:
    """Written by another okko, or damaged: it does not end the pass."""
    found = left_out(StoredItem(text, frames=()))
    assert (found.item_id, found.why) == (item_id, "unreadable")
