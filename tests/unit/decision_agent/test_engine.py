"""The engine's promises one by one, where a table tells more than chance."""

from collections.abc import Sequence
from typing import Any, TypeVar

import pytest

from decision_agent import outputs as o
from decision_agent.combine import All, Combine, MinOk
from decision_agent.engine import Engine, Memory, Now
from decision_agent.part import Part
from decision_agent.policy import MS, Policy
from decision_agent.rules import ExpectedLabel
from okko import contracts as c
from okko.plc import parse_trigger

BOOT = "this-boot"
TOTALS = c.Totals(total=0, ok=0, ko=0, missed=0, by_reason={}, since="2026-11-23T00:00:00.000Z")
Kind = TypeVar("Kind")


def _policy(*cameras: str, combine: Combine | None = None, **changes: Any) -> Policy:
    names = cameras or ("top",)
    fields: dict[str, Any] = {
        "station": "line-1",
        "recipe": "default",
        "cameras": names,
        "models": dict.fromkeys(names, ("m",)),
        "rules": tuple(ExpectedLabel(camera=name, label="OK") for name in names),
        "combine": combine or All(),
        "deadline_ns": 1000 * MS,
        "capture_window_ns": 200 * MS,
        "duplicate_window_ns": 10_000 * MS,
        "max_items_in_flight": 64,
        "boot_id": BOOT,
        "config_sha256": "0" * 64,
    }
    return Policy(**{**fields, **changes})


def _engine(*cameras: str, **changes: Any) -> Engine:
    return Engine(_policy(*cameras, **changes), Memory(TOTALS))


def _at(ms: float) -> Now:
    return Now(round((10_000 + ms) * MS), 1_795_400_000_000_000_000 + round(ms * MS))


def _of(kind: type[Kind], outputs: list[o.Output]) -> list[Kind]:
    return [output for output in outputs if isinstance(output, kind)]


def _captured(item: o.Admitted, camera: str = "top", **changes: Any) -> c.Captured:
    fields: dict[str, Any] = {
        "item_id": item.item_id,
        "camera": camera,
        "frame_id": f"{item.item_id}-{camera}",
        "captured_at": "2026-11-23T02:19:57.123Z",
        "captured_mono_ns": item.arrived_mono_ns + MS,
        "boot_id": BOOT,
    }
    return c.Captured(**{**fields, **changes})


def _prediction(item: o.Admitted, camera: str = "top", label: str = "OK", **changes: Any) -> c.Prediction:
    fields: dict[str, Any] = {
        "item_id": item.item_id,
        "camera": camera,
        "frame_id": f"{item.item_id}-{camera}",
        "model": c.ModelRef(name="m", version="1", sha256="0" * 64),
        "task": "classification",
        "label": label,
        "score": 0.9,
    }
    return c.Prediction(**{**fields, **changes})


def _trigger(engine: Engine, ms: float, payload: bytes) -> o.Admitted:
    [admitted] = _of(o.Admitted, engine.trigger(_at(ms), parse_trigger(payload)))
    return admitted


def _good(engine: Engine, ms: float, item: o.Admitted, camera: str = "top") -> list[o.Output]:
    out = engine.captured(_at(ms), _captured(item, camera))
    return out + engine.prediction(_at(ms), _prediction(item, camera))


def test_a_good_part() -> None:
    """Trigger, capture, exposed, prediction: OK at once, with all its story."""
    engine = _engine()
    out = engine.trigger(_at(0), parse_trigger(b"7 duck"))
    [admitted], [photograph] = _of(o.Admitted, out), _of(o.Photograph, out)
    assert photograph.capture.item_id == admitted.item_id
    assert photograph.capture.deadline_mono_ns == admitted.arrived_mono_ns + 1000 * MS
    assert _of(o.AllCaptured, engine.captured(_at(5), _captured(admitted))) == [o.AllCaptured(7, "duck")]
    out = engine.prediction(_at(20), _prediction(admitted))
    [decided], [finished] = _of(o.Decided, out), _of(o.Finished, out)
    verdict = decided.verdict
    assert (verdict.verdict, verdict.reason, verdict.finding) == ("OK", "rules", None)
    assert (verdict.seq, verdict.part_id, verdict.latency_ms, verdict.deadline_met) == (7, "duck", 20.0, True)
    assert (finished.item().record_seq, finished.item().trigger) == (1, "7 duck")
    assert finished.item().frame_ids == (f"{admitted.item_id}-top",)


def test_a_ko_does_not_wait_for_the_other_cameras() -> None:
    """With all cameras needed the first that is bad decides; the story waits for the rest."""
    engine = _engine("a", "b")
    item = _trigger(engine, 0, b"7 duck")
    engine.captured(_at(1), _captured(item, "a"))
    out = engine.prediction(_at(2), _prediction(item, "a", "KO"))
    [decided] = _of(o.Decided, out)
    assert (decided.verdict.verdict, decided.verdict.finding) == ("KO", "a: KO 0.900 instead of OK")
    assert not _of(o.Finished, out)
    assert _of(o.Finished, _good(engine, 3, item, "b"))


@pytest.mark.parametrize(
    ("come", "finding"),
    [
        ("", "camera a has not answered, camera b has not answered"),
        ("a", "no prediction of m for a, camera b has not answered"),
    ],
)
def test_the_deadline_names_what_is_missing(come: str, finding: str) -> None:
    """When the time is up the verdict is KO, late by not one tick, and says what has not come."""
    engine = _engine("a", "b")
    item = _trigger(engine, 0, b"7 duck")
    for camera in come:
        engine.captured(_at(1), _captured(item, camera))
    assert engine.tick(_at(999.9)) == []
    assert engine.next_due_mono_ns() == _at(1000).mono_ns
    out = engine.tick(_at(1000))
    [decided] = _of(o.Decided, out)
    assert (decided.verdict.reason, decided.verdict.finding) == ("deadline", finding)
    assert not decided.verdict.deadline_met
    assert [told.code for told in _of(o.Told, out)] == ["deadline_missed"]
    assert [i.reason for i in _of(o.Ignored, _good(engine, 1001, item, "a"))] == [
        "captured_of_no_item",
        "prediction_of_no_item",
    ]


@pytest.mark.parametrize(
    ("payload", "reason", "finding"),
    [
        (b'{"seq":7,"part_id":1}', "bad_trigger", "part_id: must be text"),
        (b'{"seq":7,"cameras":["top","left"]}', "bad_trigger", "cameras: there is no camera left"),
        (b'{"seq":7,"recipe":"blue"}', "recipe", "recipe 'blue' asked for, 'default' is set up"),
    ],
)
def test_what_cannot_be_inspected_is_ko_at_once(payload: bytes, reason: str, finding: str) -> None:
    """Nothing is photographed, and the PLC hears the reason under the seq that it awaits."""
    out = _engine().trigger(_at(0), parse_trigger(payload))
    [decided] = _of(o.Decided, out)
    assert (decided.verdict.seq, decided.verdict.reason) == (7, reason)
    assert finding in (decided.verdict.finding or "")
    assert not _of(o.Photograph, out)
    assert _of(o.Finished, out)


def test_a_trigger_of_unknown_age_is_late() -> None:
    """It may be about a part that is gone."""
    out = _engine().trigger(_at(0), parse_trigger(b"7 duck"), age_ns=None)
    assert [d.verdict.reason for d in _of(o.Decided, out)] == ["late"]
    assert not _of(o.Photograph, out)


@pytest.mark.parametrize("age_ns", [None, 150 * MS])
def test_a_trigger_that_is_old_because_too_many_come_is_overload(age_ns: int | None) -> None:
    """Known or unknown, its age is the station's doing: KO at once, and nothing is photographed."""
    out = _engine().trigger(_at(0), parse_trigger(b"7 duck"), age_ns=age_ns, is_behind=True)
    assert [d.verdict.reason for d in _of(o.Decided, out)] == ["overload"]
    assert not _of(o.Photograph, out)
    assert _of(o.Finished, out)


@pytest.mark.parametrize(("age_ms", "word"), [(0, "OK"), (150, "OK"), (199, "OK"), (200, "KO")])
def test_a_trigger_that_may_have_waited_leaves_less_of_the_capture_window(age_ms: int, word: str) -> None:
    """The frame of `_good` is exposed 1 ms after the trigger was read, the window is 200 ms from the part's coming."""
    engine = _engine()
    admitted = _of(o.Admitted, engine.trigger(_at(0), parse_trigger(b"7 duck"), age_ns=age_ms * MS))[0]
    [decided] = _of(o.Decided, _good(engine, 5, admitted))
    assert decided.verdict.verdict == word
    if word == "KO":
        assert decided.verdict.reason == "camera_fault"
        assert "which may have waited 200.0 ms" in (decided.verdict.finding or "")


def test_a_trigger_for_fewer_cameras_than_must_be_ok_is_refused() -> None:
    """It could never be OK; before it was photographed and then raised."""
    engine = _engine("a", "b", "c", combine=MinOk(count=2))
    [decided] = _of(o.Decided, engine.trigger(_at(0), parse_trigger(b'{"seq":1,"cameras":["a"]}')))
    assert (decided.verdict.reason, decided.verdict.finding) == (
        "bad_trigger",
        "cameras: 1 asked for, and 2 must be OK",
    )


@pytest.mark.parametrize("payload", [b"7 duck", b'{"seq":7,"part_id":1}', b"7 \xff", b'{"seq":7,"recipe":"blue"}'])
def test_a_repeat_is_the_same_item(payload: bytes) -> None:
    """Within the window the same seq and part, readable or not, is one item and hears one verdict."""
    engine = _engine()
    item = _trigger(engine, 0, payload)
    if engine.in_flight:
        assert engine.trigger(_at(1), parse_trigger(payload)) == [o.Ignored("duplicate")]
        _good(engine, 2, item)
    [repeated] = engine.trigger(_at(10_000), parse_trigger(payload))
    assert isinstance(repeated, o.Repeated)
    assert (repeated.verdict.item_id, repeated.verdict.duplicate) == (item.item_id, True)
    assert _trigger(engine, 10_001, payload).item_id != item.item_id
    assert engine.totals.missed == 0


def test_parts_without_a_seq_are_never_repeats() -> None:
    """Names come back on a belt."""
    engine = _engine()
    assert _trigger(engine, 0, b"duck").item_id != _trigger(engine, 0, b"duck").item_id


def test_a_bad_question_does_not_take_a_parts_place() -> None:
    """After a question that cannot be read the part's own verdict is still the one that is repeated."""
    engine = _engine()
    item = _trigger(engine, 0, b'{"seq":7}')
    assert engine.ask(_at(1), parse_trigger(b'{"seq":7,"part_id":1}'), None) == [o.Ignored("ask_in_flight")]
    _good(engine, 2, item)
    for payload in (b'{"seq":7,"part_id":1}', b'{"seq":7}'):
        [repeated] = engine.ask(_at(3), parse_trigger(payload), None)
        assert isinstance(repeated, o.Repeated)
        assert repeated.verdict.verdict == "OK"


@pytest.mark.parametrize(
    ("payload", "reason"), [(b"7 duck", "late"), (b"duck", "late"), (b'{"part_id":1}', "bad_trigger")]
)
def test_asking_for_what_nobody_knows_makes_a_ko(payload: bytes, reason: str) -> None:
    """The PLC gets an answer, and the same one when the trigger comes after all."""
    engine = _engine()
    out = engine.ask(_at(0), parse_trigger(payload), None)
    assert [d.verdict.reason for d in _of(o.Decided, out)] == [reason]
    assert len(_of(o.Finished, out)) == 1
    if b"7" in payload:
        assert len(_of(o.Repeated, engine.trigger(_at(5), parse_trigger(payload)))) == 1


def test_a_trigger_that_a_broker_brings_back_is_the_part_that_it_was() -> None:
    """Of unknown age, behind its successors, long after the duplicate window: told again, and the counter goes on."""
    engine = _engine()
    told = [_good(engine, seq, _trigger(engine, seq, f"{seq} duck-{seq}".encode())) for seq in (7, 8, 9)]
    [stands] = [decided.verdict for decided in _of(o.Decided, told[0])]
    old = parse_trigger(b"7 duck-7")
    assert engine.late_repeat(old, None)
    assert engine.trigger(_at(15_000), old, age_ns=None, stands=stands) == [o.Repeated(c.again(stands))]
    assert (engine.last_seq, engine.epoch) == (9, 0)


@pytest.mark.parametrize(
    ("payload", "age_ns"),
    [(b"7 duck-7", 0), (b"9 duck-9", None), (b"10 duck-7", None), (b"1 duck-7", None), (b"duck-7", None), (b"7", None)],
)
def test_what_may_be_a_new_part_is_no_late_repeat(payload: bytes, age_ns: int | None) -> None:
    """News, the number that is due, a counter that begins anew, no number or no name: nothing old is told of these."""
    engine = _engine()
    for seq in (7, 8, 9):
        _trigger(engine, seq, f"{seq} duck-{seq}".encode())
    assert not engine.late_repeat(parse_trigger(payload), age_ns)


def test_gaps_and_resets_of_the_counter_are_told() -> None:
    """A gap is counted and told, a step back is a new run of the counter, a bad trigger is no gap."""
    engine = _engine(duplicate_window_ns=1)
    told: list[tuple[str, int]] = []
    payloads = [b"5 a", b"6 a", b'{"seq":7,"part_id":1}', b"8 a", b"11 a", b"11 b", b"0 a", b"1 a", b"0 a"]
    for ms, payload in enumerate(payloads):
        out = engine.trigger(_at(ms), parse_trigger(payload))
        told += [(event.code, engine.totals.missed) for event in _of(o.Told, out)]
    assert told == [("trigger_missed", 2), ("seq_reset", 2), ("seq_reset", 2)]


def test_the_same_seq_after_a_reset_is_a_new_part() -> None:
    """A PLC that began again at 1 does not hear the verdicts of its first run."""
    engine = _engine()
    first = _trigger(engine, 0, b"1 duck")
    _good(engine, 1, first)
    _trigger(engine, 2, b"2 duck")
    _trigger(engine, 3, b"0 duck")
    assert _trigger(engine, 4, b"1 duck").item_id != first.item_id


def test_a_repeat_from_before_the_wrap_is_the_same_item() -> None:
    """What is sent again, or asked for, after the counter has wrapped hears its own verdict and is no gap."""
    engine = _engine()
    first, second = (_trigger(engine, 0, payload) for payload in (b"65534 duck", b"65535 duck"))
    _trigger(engine, 1, b"0 duck")
    assert engine.ask(_at(2), parse_trigger(b"65535 duck"), None) == [o.Ignored("ask_in_flight")]
    for item, payload in ((first, b"65534 duck"), (second, b"65535 duck")):
        assert engine.trigger(_at(2), parse_trigger(payload)) == [o.Ignored("duplicate")]
        _good(engine, 3, item)
        for again in (engine.trigger, lambda now, asked: engine.ask(now, asked, None)):
            [repeated] = again(_at(4), parse_trigger(payload))
            assert isinstance(repeated, o.Repeated)
            assert (repeated.verdict.item_id, repeated.verdict.verdict) == (item.item_id, "OK")
    assert _trigger(engine, 5, b"1 duck").epoch == 1
    assert engine.totals.missed == 0


def test_more_items_than_the_station_takes_are_refused() -> None:
    """What is admitted stays; what is too much hears `overload` at once."""
    engine = _engine(max_items_in_flight=2)
    reasons = [
        [d.verdict.reason for d in _of(o.Decided, engine.trigger(_at(seq), parse_trigger(b"%d x" % seq)))]
        for seq in range(4)
    ]
    assert reasons == [[], [], ["overload"], ["overload"]]


def _run(engine: Engine, latencies_ms: Sequence[int | None]) -> list[str]:
    """Trigger every 100 ms; each part takes its latency, or is never answered (None). Gives the reasons in order."""
    items: dict[int, o.Admitted] = {}
    reasons: list[str] = []
    for ms in range(0, len(latencies_ms) * 100 + 2000, 10):
        out = engine.tick(_at(ms))
        number, rest = divmod(ms, 100)
        if rest == 0 and number < len(latencies_ms):
            out += engine.trigger(_at(ms), parse_trigger(b"part"))
            items[number] = _of(o.Admitted, out)[-1]
        for done, item in items.items():
            latency = latencies_ms[done]
            if latency is not None and ms == done * 100 + latency:
                out += _good(engine, ms, item)
        reasons += [decided.verdict.reason for decided in _of(o.Decided, out)]
    return reasons


def test_full_speed_comes_back_after_a_stall() -> None:
    """When a model was gone for a minute, the items after it are not refused as if the station were slow.

    The minute without a verdict was taken for the pace; with one item always in flight it was never measured anew.
    """
    reasons = _run(_engine(), [150] * 50 + [None] * 600 + [150] * 100)
    assert reasons[:50] == ["rules"] * 50
    assert set(reasons[50:-90]) >= {"deadline"}
    assert reasons[-90:] == ["rules"] * 90


def test_a_burst_after_a_calm_time_is_taken() -> None:
    """At one part a time the pace of the verdicts is that of the triggers; a burst is not refused for that."""
    engine = _engine()
    for number in range(50):
        item = _trigger(engine, number * 100, b"part")
        _good(engine, number * 100 + 90, item)
    burst = [_of(o.Decided, engine.trigger(_at(5000 + n), parse_trigger(b"part"))) for n in range(30)]
    assert burst == [[]] * 30


def test_a_queue_that_cannot_be_done_in_time_is_refused() -> None:
    """Items that queue show the pace: at 100 ms an item, not more than ten are taken into a second."""
    engine = _engine()
    items = [_trigger(engine, n, b"part") for n in range(8)]
    for n, item in enumerate(items[:4]):
        _good(engine, 100 * (n + 1), item)
    more = [_of(o.Decided, engine.trigger(_at(401 + n), parse_trigger(b"part"))) for n in range(20)]
    taken = sum(not decided for decided in more)
    assert 4 <= taken <= 8
    assert {d.verdict.reason for decided in more[taken:] for d in decided} == {"overload"}


def test_an_item_of_a_process_before_is_ko_if_it_can_never_be_ok() -> None:
    """What the journal gives back may have been admitted under other settings: it ends, and does not raise."""
    engine = _engine("a", "b", combine=MinOk(count=2))
    item = _trigger(_engine("a", "b"), 0, b'{"seq":1,"cameras":["a"]}')
    part = Part(
        item_id=item.item_id,
        number=1,
        trigger=c.Trigger(seq=1),
        raw="",
        epoch=0,
        triggered_at=item.triggered_at,
        arrived_mono_ns=item.arrived_mono_ns,
        deadline_mono_ns=item.arrived_mono_ns + 1000 * MS,
        cameras=("a",),
    )
    engine.restore([part], [], [])
    [decided] = _of(o.Decided, _good(engine, 5, item, "a") + engine.tick(_at(1000)))
    assert decided.verdict.verdict == "KO"


def test_ids_are_in_the_order_of_their_parts_even_when_the_clock_is_set_back() -> None:
    """Ids never go backwards, and a restart goes on where it was."""
    engine = _engine()
    ids = [_trigger(engine, 0, b"a").item_id]
    back = Now(_at(1).mono_ns, 1_000_000_000_000_000_000)
    ids += [_of(o.Admitted, engine.trigger(back, parse_trigger(b"b")))[0].item_id]
    again = Engine(_policy(), engine.memory())
    ids += [_of(o.Admitted, again.trigger(back, parse_trigger(b"c")))[0].item_id]
    assert ids == sorted(ids)
    assert len({item[:21] for item in ids}) == 3


def test_a_verdict_is_never_longer_than_its_bound() -> None:
    """A label of control characters, which JSON writes in six bytes each, keeps the verdict below 4 kB."""
    engine = _engine()
    item = _trigger(engine, 0, b"7 " + "\U0001f986".encode() * 64)
    engine.captured(_at(1), _captured(item))
    [decided] = _of(o.Decided, engine.prediction(_at(2), _prediction(item, "top", "\x01" * 100_000)))
    assert len(c.encode(decided.verdict)) <= 4096


def test_a_camera_that_exposed_but_made_no_frame_is_ko_at_once() -> None:
    """An error after a good `captured` (the picture could not be packed) is not waited out until the deadline."""
    engine = _engine()
    item = _trigger(engine, 0, b"1 duck")
    engine.captured(_at(5), _captured(item))
    fault = c.Fault(kind="image", text="cannot be encoded")
    (decided,) = _of(o.Decided, engine.captured(_at(9), _captured(item, error=fault)))
    assert (decided.verdict.verdict, decided.verdict.reason) == ("KO", "image")
    assert engine.captured(_at(10), _captured(item, error=fault)) == [o.Ignored("captured_of_no_item")]


def test_an_error_cannot_undo_a_camera_that_is_judged() -> None:
    """What is settled stays settled: the error that comes after the prediction changes nothing."""
    engine = _engine("left", "right")
    item = _trigger(engine, 0, b"1 duck")
    _good(engine, 5, item, "left")
    fault = c.Fault(kind="camera", text="late complaint")
    assert engine.captured(_at(9), _captured(item, "left", error=fault)) == [o.Ignored("captured_twice")]
    (decided,) = _of(o.Decided, _good(engine, 12, item, "right"))
    assert decided.verdict.verdict == "OK"


def test_an_item_is_judged_by_what_was_in_force_when_it_came() -> None:
    """Another model takes over between two items: each waits for its own, and its record has its own hash."""
    engine = _engine()
    first = _trigger(engine, 0, b"a")
    engine.policy = _policy(models={"top": ("n",)}, config_sha256="1" * 64)
    second = _trigger(engine, 1, b"b")
    new = c.ModelRef(name="n", version="2", sha256="0" * 64)
    out: dict[str, list[o.Output]] = {}
    for item in (first, second):
        engine.captured(_at(5), _captured(item))
        wrong = _prediction(item, model=new) if item is first else _prediction(item)
        assert engine.prediction(_at(6), wrong) == [o.Ignored("prediction_of_other_model")]
        right = _prediction(item) if item is first else _prediction(item, model=new)
        out[item.item_id] = engine.prediction(_at(7), right)
    for item, sha256 in ((first, "0" * 64), (second, "1" * 64)):
        [decided], [finished] = _of(o.Decided, out[item.item_id]), _of(o.Finished, out[item.item_id])
        assert decided.verdict.verdict == "OK"
        assert finished.config_sha256 == sha256


def test_a_shadow_has_no_say_and_its_item_is_told_with_it() -> None:
    """The verdict does not wait; the record does, until the deadline at most."""
    engine = _engine(shadows={"top": ("m",)})
    first = _trigger(engine, 0, b"a")
    engine.captured(_at(5), _captured(first))
    bad = _prediction(first, label="KO", shadow=True)
    out = engine.prediction(_at(6), _prediction(first))
    assert [d.verdict.verdict for d in _of(o.Decided, out)] == ["OK"]
    assert _of(o.Finished, out) == []
    [finished] = _of(o.Finished, engine.shadow(bad))
    assert [(p.shadow, p.label) for p in finished.item().predictions] == [(False, "OK"), (True, "KO")]
    second = _trigger(engine, 10, b"b")
    engine.captured(_at(15), _captured(second))
    assert engine.shadow(_prediction(second, label="KO", shadow=True)) == []
    assert _of(o.Finished, engine.prediction(_at(16), _prediction(second)))
    third = _trigger(engine, 20, b"c")
    engine.captured(_at(25), _captured(third))
    assert _of(o.Finished, engine.prediction(_at(26), _prediction(third))) == []
    assert _of(o.Finished, engine.tick(_at(1100)))
    assert engine.shadow(_prediction(third, shadow=True)) == [o.Ignored("shadow_of_no_item")]
