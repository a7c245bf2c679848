"""The engine against everything that may come, in any order: an independent witness writes down and compares."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace as with_

from decision_agent import outputs as o
from decision_agent.combine import All, Combine, MinOk, MinRatio
from decision_agent.engine import Engine, Key, Known, Memory, Now
from decision_agent.part import Part
from decision_agent.policy import MS, Policy
from decision_agent.rules import ExpectedLabel
from okko import contracts as c
from okko.plc import PlcTrigger, parse_trigger

BOOT = "this-boot"
CAMERAS = ("a", "b", "c")
MODELS = ("m", "n")
UNIX_NS = 1_795_400_000_000_000_000
NOTHING = c.Totals(total=0, ok=0, ko=0, missed=0, by_reason={}, since="2026-11-23T00:00:00.000Z")


@dataclass
class Witnessed:
    """What the witness knows of one item: what was admitted, what came for it and what was said of it."""

    admitted: o.Admitted
    deadline_ns: int
    asked: bool
    captured: dict[str, c.Captured] = field(default_factory=dict)
    predictions: list[c.Prediction] = field(default_factory=list)
    verdict: c.Verdict | None = None
    item: c.Item | None = None

    def is_good(self, camera: str, policy: Policy) -> bool:
        """Whether what came speaks for this camera: a fresh frame and, of that very frame, all models' consent."""
        captured = self.captured.get(camera)
        if captured is None or captured.error is not None or captured.boot_id != BOOT:
            return False
        # The part may have come as long before the trigger was read as the trigger may be old.
        after_ns = captured.captured_mono_ns - self.admitted.arrived_mono_ns
        if not 0 <= after_ns <= policy.capture_window_ns - self.admitted.age_ns:
            return False
        return all(
            any(
                p.camera == camera and p.model.name == model and p.frame_id == captured.frame_id and says_ok(p, policy)
                for p in self.predictions
            )
            for model in policy.models[camera]
        )


def says_ok(prediction: c.Prediction, policy: Policy) -> bool:
    """Whether a prediction has no error and every rule about it would hold, written out anew."""
    if prediction.error is not None:
        return False
    asked = [r for r in policy.rules if (r.camera, getattr(r, "model", None)) == (prediction.camera, _name(prediction))]
    return all(prediction.label == "OK" and (prediction.score or 0) >= getattr(r, "min_score", 0) for r in asked)


def _name(prediction: c.Prediction) -> str:
    return prediction.model.name


combines: st.SearchStrategy[Combine] = (
    st.just(All())
    | st.integers(1, 3).map(lambda count: MinOk(count=count))
    | st.sampled_from([0.01, 0.5, 0.67, 1.0]).map(lambda ratio: MinRatio(ratio=ratio))
)


@st.composite
def policies(draw: st.DrawFn, *, whole: bool = False) -> Policy:
    """Stations of one to three cameras; each camera has none to two models, each model a rule or none.

    `whole` ones have a model for each camera and a rule for each model, as `okko check` asks for.
    """
    cameras = CAMERAS[: draw(st.integers(1, 3))]
    counts = st.sampled_from([1, 2] if whole else [1, 1, 1, 2, 0])
    models = {camera: MODELS[: draw(counts)] for camera in cameras}
    rules = tuple(
        ExpectedLabel(camera=camera, model=model, label="OK", min_score=0.5)
        for camera in cameras
        for model in models[camera]
        if whole or draw(st.integers(0, 7))
    )
    return Policy(
        station="line-1",
        recipe="default",
        cameras=cameras,
        models=models,
        rules=rules,
        combine=draw(combines),
        deadline_ns=100 * MS,
        capture_window_ns=20 * MS,
        duplicate_window_ns=draw(st.sampled_from([30, 1000])) * MS,
        max_items_in_flight=draw(st.sampled_from([2, 64])),
        boot_id=BOOT,
        config_sha256="0" * 64,
    )


parts = st.sampled_from(["", "duck", "duck-2"])
seqs = st.integers(0, 6)
often = st.sampled_from([True, True, True, True, False])
ages_ns: st.SearchStrategy[int | None] = st.sampled_from([0, 0, 5 * MS, 20 * MS, None])
payloads = (
    st.builds(lambda seq, part: f"{seq} {part}".encode(), seqs, parts.filter(bool))
    | parts.map(str.encode)
    | st.builds(lambda seq: b'{"seq":%d}' % seq, seqs)
    | st.builds(
        lambda seq, camera: b'{"seq":%d,"cameras":["%s"]}' % (seq, camera.encode()), seqs, st.sampled_from("abz")
    )
    | st.builds(lambda seq: b'{"seq":%d,"recipe":"other"}' % seq, seqs)
    | st.builds(lambda seq: b'{"seq":%d,"part_id":7}' % seq, seqs)
    | st.builds(lambda seq: b"%d \xff" % seq, seqs)
    | st.sampled_from([b"{", b"\xff", b'{"seq":-1,"part_id":"duck"}'])
)


KINDS_OF_FAULT = ("camera", "exhausted", "late", "busy", "image", "model", "deadline", "overload")
faults = [{"error": c.Fault(kind=kind, text="it broke")} for kind in KINDS_OF_FAULT]  # type: ignore[arg-type] # of these
CAPTURED_FLAWS: list[dict[str, Any]] = [
    {},
    {"after_ms": 0},
    {"after_ms": 20},
    {"after_ms": 21},
    {"after_ms": -1},
    {"boot_id": "other-boot"},
    {"frame": 1},
    {"frame_id": None},
    {"item_id": "nobody"},
    *faults,
]
PREDICTION_FLAWS: list[dict[str, Any]] = [
    {},
    {"label": "KO"},
    {"score": 0.499},
    {"label": None, "score": None},
    {"frame": 1},
    {"item_id": "nobody"},
    *faults,
]


def captured_of(item: o.Admitted, camera: str, *, after_ms: int = 5, frame: int = 0, **changes: Any) -> c.Captured:
    """A camera's message about an item, right but for what is changed."""
    fields: dict[str, Any] = {
        "item_id": item.item_id,
        "camera": camera,
        "frame_id": f"{item.item_id}-{camera}-{frame}",
        "captured_at": "2026-11-23T02:19:57.123Z",
        "captured_mono_ns": item.arrived_mono_ns + after_ms * MS,
        "boot_id": BOOT,
    }
    return c.Captured(**{**fields, **changes})


def prediction_of(item: o.Admitted, camera: str, model: str, *, frame: int = 0, **changes: Any) -> c.Prediction:
    """A model's message about an item, right but for what is changed."""
    fields: dict[str, Any] = {
        "item_id": item.item_id,
        "camera": camera,
        "frame_id": f"{item.item_id}-{camera}-{frame}",
        "model": c.ModelRef(name=model, version="1", sha256="0" * 64),
        "task": "classification",
        "label": "OK",
        "score": 0.5,
        "timings_ms": {"invoke": 1.5},
    }
    return c.Prediction(**{**fields, **changes})


class EngineMachine(RuleBasedStateMachine):
    """Every event that the agent may hand to its engine, in every order, with restarts between."""

    @initialize(policy=policies())
    def begin(self, policy: Policy) -> None:
        """A station that has never run."""
        self.policy = policy
        self.engine = Engine(policy, Memory(NOTHING))
        self.now_ns = 1_000 * MS
        self.items: dict[str, Witnessed] = {}
        self.record_seqs: list[int] = []

    # -- what happens ------------------------------------------------------------------------------------------------

    @rule(payload=payloads, age_ns=ages_ns, is_behind=st.sampled_from([False, False, False, True]))
    def trigger(self, payload: bytes, age_ns: int | None, is_behind: bool = False) -> None:
        """A PLC's trigger, good or bad, new or again: one item, or the one that it repeats."""
        incoming = parse_trigger(payload)
        known = self.repeated(incoming)
        out = self.take(self.engine.trigger(self.now, incoming, age_ns=age_ns, is_behind=is_behind), asked=False)
        admitted = [output for output in out if isinstance(output, o.Admitted)]
        assert len(admitted) == (known is None)
        self.check_repeats(out, incoming)
        if known is not None and known.verdict is not None:
            assert [r.verdict.item_id for r in out if isinstance(r, o.Repeated)] == [known.admitted.item_id]
        for output in out:
            if isinstance(output, o.Photograph):
                assert age_ns is not None
                assert not is_behind
                assert incoming.error is None

    @rule(payload=payloads, journal_works=often)
    def ask(self, payload: bytes, journal_works: bool) -> None:
        """A PLC asks: what stands is repeated, what nobody knows is KO, and nothing is photographed."""
        incoming = parse_trigger(payload)
        stands = self.stands(incoming) if journal_works and incoming.error is None else None
        out = self.take(self.engine.ask(self.now, incoming, stands), asked=True)
        self.check_repeats(out, incoming)
        assert not any(isinstance(output, o.Photograph | o.AllCaptured) for output in out)
        assert all(output.verdict.verdict == "KO" for output in out if isinstance(output, o.Decided))
        if stands is not None:
            assert not any(isinstance(output, o.Admitted) for output in out)

    @precondition(lambda self: self.items)
    @rule(back=st.integers(0, 4), camera=st.sampled_from(CAMERAS), flaw=st.sampled_from(CAPTURED_FLAWS))
    def captured(self, back: int, camera: str, flaw: dict[str, Any]) -> None:
        """A camera says that it has exposed, for any item and in any way that it may be wrong."""
        item = self.item(back)
        message = captured_of(item.admitted, camera, **flaw)
        if message.item_id == item.admitted.item_id and camera in item.admitted.cameras:
            item.captured.setdefault(camera, message)
        self.take(self.engine.captured(self.now, message))

    @precondition(lambda self: self.items)
    @rule(
        back=st.integers(0, 4),
        camera=st.sampled_from(CAMERAS),
        model=st.sampled_from([*MODELS, "m", "stranger"]),
        flaw=st.sampled_from(PREDICTION_FLAWS),
    )
    def prediction(self, back: int, camera: str, model: str, flaw: dict[str, Any]) -> None:
        """A model speaks, of any item and in any way that it may be wrong."""
        item = self.item(back)
        message = prediction_of(item.admitted, camera, model, **flaw)
        if message.item_id == item.admitted.item_id:
            item.predictions.append(message)
        self.take(self.engine.prediction(self.now, message))

    @precondition(lambda self: self.items)
    @rule(
        back=st.integers(0, 2),
        order=st.randoms(use_true_random=False),
        captured_flaw=st.just({}) | st.sampled_from(CAPTURED_FLAWS),
        prediction_flaw=st.just({}) | st.sampled_from(PREDICTION_FLAWS),
    )
    def nearly_all_goes_well(
        self, back: int, order: Random, captured_flaw: dict[str, Any], prediction_flaw: dict[str, Any]
    ) -> None:
        """Everything that one item waits for comes, in any order, each kind of message with at most one flaw."""
        cameras = [camera for camera in self.item(back).admitted.cameras if camera in self.policy.models]
        steps = [(camera, model) for camera in cameras for model in ("", *self.policy.models[camera])]
        order.shuffle(steps)
        flaws = {True: captured_flaw, False: prediction_flaw}
        for camera, model in steps:
            if model:
                self.prediction(back, camera, model, flaws.pop(False, {}))
            else:
                self.captured(back, camera, flaws.pop(True, {}))

    @rule(
        cameras=st.sampled_from(["", "", ',"cameras":["a"]', ',"cameras":["b","a"]']),
        order=st.randoms(use_true_random=False),
        captured_flaw=st.just({}) | st.sampled_from(CAPTURED_FLAWS),
        prediction_flaw=st.just({}) | st.just({}) | st.sampled_from(PREDICTION_FLAWS),
    )
    def a_part_goes_through(
        self, cameras: str, order: Random, captured_flaw: dict[str, Any], prediction_flaw: dict[str, Any]
    ) -> None:
        """The next part, inspected as it is meant to be, or nearly."""
        self.trigger(f'{{"seq":{(self.engine.last_seq or 0) + 1}{cameras}}}'.encode(), age_ns=0)
        self.nearly_all_goes_well(0, order, captured_flaw, prediction_flaw)

    @rule(ms=st.sampled_from([0, 1, 5, 20, 50, 99, 100, 101, 300]))
    def time_passes(self, ms: int) -> None:
        """The clocks go on."""
        self.now_ns += ms * MS

    @rule()
    def tick(self) -> None:
        """Whatever is due is decided, and what is due next lies ahead."""
        self.take(self.engine.tick(self.now))
        late = [i for i in self.items.values() if i.verdict is None and i.deadline_ns <= self.now_ns]
        assert not late
        due = self.engine.next_due_mono_ns()
        assert due is None or due > self.now_ns

    @rule()
    def killed_and_started_again(self) -> None:
        """The process dies; the next one knows what the journal holds."""
        memory = self.engine.memory()
        assert memory.totals.total == sum(i.verdict is not None for i in self.items.values())
        self.engine = Engine(self.policy, memory)
        window = self.now_ns - self.policy.duplicate_window_ns
        recent = [
            (
                Key(i.admitted.epoch, i.admitted.seq, i.admitted.part_id),
                Known(key, i.admitted.arrived_mono_ns, i.verdict),
            )
            for key, i in self.items.items()
            if i.verdict is not None and i.admitted.seq is not None and i.admitted.arrived_mono_ns >= window
        ]
        open_parts = [_part(i) for i in self.items.values() if i.verdict is None]
        untold = [_part(i) for i in self.items.values() if i.verdict is not None and i.item is None]
        for item in self.items.values():
            if item.verdict is None:  # what cameras and models had said of it died with the process
                item.captured.clear()
                item.predictions.clear()
        self.take(self.engine.restore(open_parts, recent, untold))

    # -- what is written down ----------------------------------------------------------------------------------------

    @property
    def now(self) -> Now:
        """The present instant."""
        return Now(self.now_ns, UNIX_NS + self.now_ns)

    def item(self, back: int) -> Witnessed:
        """One of the last items."""
        return list(self.items.values())[-1 - min(back, len(self.items) - 1)]

    def take(self, outputs: Iterable[o.Output], *, asked: bool = False) -> list[o.Output]:
        """Write down what the engine wants done, and check each against what was before."""
        out = list(outputs)
        for output in out:
            match output:
                case o.Admitted():
                    assert output.item_id not in self.items
                    assert output.item_id > max(self.items, default="")
                    deadline_ns = output.arrived_mono_ns + self.policy.deadline_ns
                    self.items[output.item_id] = Witnessed(output, deadline_ns, asked)
                case o.Decided(verdict):
                    self.decided(verdict)
                case o.Finished():
                    self.finished(output.item())
                case o.Repeated(verdict):
                    stands = self.items[verdict.item_id].verdict
                    assert stands is not None
                    assert verdict == with_(stands, duplicate=True)
                case _:
                    pass
        return out

    def decided(self, verdict: c.Verdict) -> None:
        """A verdict: the first one of its item, in time, and OK only on good evidence."""
        item = self.items[verdict.item_id]
        assert item.verdict is None
        item.verdict = verdict
        assert (verdict.seq, verdict.part_id) == (item.admitted.seq, item.admitted.part_id)
        assert not verdict.duplicate
        assert len(c.encode(verdict)) <= 4096
        assert verdict.deadline_met <= (self.now_ns <= item.deadline_ns)
        if verdict.verdict == "OK":
            assert not item.asked
            assert self.now_ns < item.deadline_ns
            good = [camera for camera in item.admitted.cameras if item.is_good(camera, self.policy)]
            assert len(good) >= self.policy.combine.needed(len(item.admitted.cameras))
            assert verdict.reason == "rules"
        else:
            assert verdict.finding

    def finished(self, item: c.Item) -> None:
        """A whole story: told once, after the verdict, and in its words."""
        witnessed = self.items[item.item_id]
        assert witnessed.item is None
        assert witnessed.verdict is not None
        assert all(getattr(item, name) == getattr(witnessed.verdict, name) for name in c.Verdict.__struct_fields__)
        witnessed.item = item
        self.record_seqs.append(item.record_seq)
        c.encode(item)

    def repeated(self, incoming: PlcTrigger) -> Witnessed | None:
        """The item that a trigger repeats: the last of the same seq and part, if it is recent enough.

        Of this run of the counter; of the one before, if this one has not come so far.
        """
        seq, part_id, last_seq = incoming.trigger.seq, incoming.trigger.part_id, self.engine.last_seq
        if seq is None:
            return None
        same = [i for i in self.of(seq, part_id) if i.admitted.epoch == self.engine.epoch]
        if not same and last_seq is not None and seq > last_seq + 1:
            same = [i for i in self.of(seq, part_id) if i.admitted.epoch == self.engine.epoch - 1]
        if not same or self.now_ns - same[-1].admitted.arrived_mono_ns > self.policy.duplicate_window_ns:
            return None
        return same[-1]

    def of(self, seq: int | None, part_id: str) -> list[Witnessed]:
        """All items of a seq and a part, oldest first."""
        return [i for i in self.items.values() if (i.admitted.seq, i.admitted.part_id) == (seq, part_id)]

    def stands(self, incoming: PlcTrigger) -> c.Verdict | None:
        """What the journal would say of a part."""
        same = self.of(incoming.trigger.seq, incoming.trigger.part_id)
        known = [i.verdict for i in same if i.verdict is not None and i.admitted.epoch == self.engine.epoch]
        return known[-1] if known else None

    def check_repeats(self, out: list[o.Output], incoming: PlcTrigger) -> None:
        """Only the verdict of the very part that was named is given again."""
        for output in out:
            if isinstance(output, o.Repeated):
                wanted = (incoming.trigger.seq, incoming.trigger.part_id)
                assert (output.verdict.seq, output.verdict.part_id) == wanted

    # -- what always holds -------------------------------------------------------------------------------------------

    @invariant()
    def the_totals_add_up(self) -> None:
        """The counts are those of the verdicts, and the record has no gap."""
        if not hasattr(self, "engine"):
            return
        totals = self.engine.totals
        verdicts = [i.verdict for i in self.items.values() if i.verdict is not None]
        assert totals.total == len(verdicts) == totals.ok + totals.ko == sum(totals.by_reason.values())
        assert totals.ok == sum(v.verdict == "OK" for v in verdicts)
        for reason, count in totals.by_reason.items():
            assert count == sum(v.reason == reason for v in verdicts)
        assert self.engine.in_flight == len(self.items) - len(verdicts)
        assert self.engine.in_flight <= self.policy.max_items_in_flight
        assert self.record_seqs == list(range(1, len(self.record_seqs) + 1))

    def teardown(self) -> None:
        """In the end each item has one verdict and is told once, and nothing is held any more."""
        if not hasattr(self, "engine"):
            return
        self.now_ns += self.policy.deadline_ns
        self.tick()
        assert all(i.verdict is not None and i.item is not None for i in self.items.values())
        assert len(self.record_seqs) == len(self.items)
        assert self.engine.in_flight == 0
        assert self.engine.next_due_mono_ns() is None


def _part(item: Witnessed) -> Part:
    a = item.admitted
    return Part(
        item_id=a.item_id,
        number=a.number,
        trigger=c.Trigger(seq=a.seq, part_id=a.part_id),
        raw=a.raw,
        epoch=a.epoch,
        triggered_at=a.triggered_at,
        arrived_mono_ns=a.arrived_mono_ns,
        deadline_mono_ns=item.deadline_ns,
        cameras=a.cameras,
        age_ns=a.age_ns,
        verdict=item.verdict,
    )


@given(policies(whole=True), st.data())
def test_ok_is_said_if_and_only_if_enough_cameras_are_good(policy: Policy, data: st.DataObject) -> None:
    """Whatever is wrong with whichever message, in every order: OK is said just where the evidence suffices."""
    engine = Engine(policy, Memory(NOTHING))
    start = Now(1_000 * MS, UNIX_NS)
    out = engine.trigger(start, parse_trigger(b"1 duck"), age_ns=data.draw(st.sampled_from([0, 5 * MS, 20 * MS])))
    admitted = next(output for output in out if isinstance(output, o.Admitted))
    item = Witnessed(admitted, admitted.arrived_mono_ns + policy.deadline_ns, asked=False)
    messages: list[c.Captured | c.Prediction] = []
    for camera in policy.cameras:
        captured = captured_of(admitted, camera, **data.draw(st.just({}) | st.sampled_from(CAPTURED_FLAWS)))
        messages.append(captured)
        if captured.item_id == admitted.item_id:
            item.captured[camera] = captured
        for model in policy.models[camera]:
            flaw: dict[str, Any] = data.draw(st.just({}) | st.just({}) | st.sampled_from(PREDICTION_FLAWS))
            messages.append(prediction := prediction_of(admitted, camera, model, **flaw))
            if prediction.item_id == admitted.item_id:
                item.predictions.append(prediction)
    for message in data.draw(st.permutations(messages)):
        now = Now(start.mono_ns + 30 * MS, UNIX_NS)
        out += engine.captured(now, message) if isinstance(message, c.Captured) else engine.prediction(now, message)
    out += engine.tick(Now(item.deadline_ns, UNIX_NS))
    [verdict] = [output.verdict for output in out if isinstance(output, o.Decided)]
    good = sum(item.is_good(camera, policy) for camera in policy.cameras)
    assert (verdict.verdict == "OK") == (good >= policy.combine.needed(len(policy.cameras)))
    assert len([output for output in out if isinstance(output, o.Finished)]) == 1


TestEngineMachine = EngineMachine.TestCase
TestEngineMachine.settings = settings(
    max_examples=200, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
