"""The engine: triggers, evidence and time in, one verdict for each item out. Pure: no broker, no disk, no clock.

Every method takes the present instant and gives what is to be done, in order. The one invariant, whatever comes in
whichever order, twice, late or never: an item is decided once, by its deadline, and OK only on complete and fresh
evidence.
"""

import secrets
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from msgspec.structs import replace

from decision_agent import outputs as o
from decision_agent.golden import Golden, Inspected, Round, When
from decision_agent.pace import Pace
from decision_agent.part import Part, told
from decision_agent.policy import Policy
from decision_agent.sequence import step
from okko import clock
from okko import contracts as c
from okko.plc import PlcTrigger

FINDING_CHARACTERS = 500
REMEMBERED_ITEMS = 10_000
"""How many items are remembered for duplicates, and to tell a late message from a wrong one."""


@dataclass(frozen=True, slots=True)
class Now:
    """The present: monotonic for decisions, Unix time for people. Both in nanoseconds."""

    mono_ns: int
    unix_ns: int


@dataclass(frozen=True, slots=True)
class Key:
    """What tells a repeat of a trigger: the PLC's counter and part within one run of the counter."""

    epoch: int
    seq: int
    part_id: str


@dataclass(slots=True)
class Known:
    """An item that duplicates and questions refer to; `verdict` is None while it is in flight."""

    item_id: str
    arrived_mono_ns: int
    verdict: c.Verdict | None


@dataclass(frozen=True, slots=True)
class Memory:
    """What the journal remembers of the time before this process: counts, the PLC's counter, the last ids.

    `golden_since` are verdicts about golden parts that are newer than `golden`.
    """

    totals: c.Totals
    last_seq: int | None = None
    epoch: int = 0
    number: int = 0
    record_seq: int = 0
    last_item_us: int = 0
    golden: Round | None = None
    golden_since: tuple[Inspected, ...] = ()


class Engine:
    """The items in flight, and what must be remembered of those before."""

    def __init__(self, policy: Policy, memory: Memory) -> None:
        self.policy = policy
        self.totals = memory.totals
        self.last_seq = memory.last_seq
        self.epoch = memory.epoch
        self._number = memory.number
        self._record_seq = memory.record_seq
        self._last_item_us = memory.last_item_us
        self._run = secrets.token_hex(2)
        self._in_flight: OrderedDict[str, Part] = OrderedDict()
        self._unfinished: OrderedDict[str, Part] = OrderedDict()
        self._by_key: OrderedDict[Key, Known] = OrderedDict()
        self._pace = Pace()
        self.golden = Golden(memory.golden)
        if memory.golden is not None:
            for one in memory.golden_since:
                self.golden.inspected(policy, one, one.arrived)

    def memory(self) -> Memory:
        """What a later process must know."""
        return Memory(
            self.totals,
            self.last_seq,
            self.epoch,
            self._number,
            self._record_seq,
            self._last_item_us,
            self.golden.round,
        )

    @property
    def in_flight(self) -> int:
        """How many items wait for their verdict."""
        return len(self._in_flight)

    def next_due_mono_ns(self) -> int | None:
        """When `tick` is needed next, or None while nothing is under way."""
        dues = [next(iter(parts.values())).deadline_mono_ns for parts in (self._in_flight, self._unfinished) if parts]
        return min(dues) if dues else None

    def trigger(
        self,
        now: Now,
        incoming: PlcTrigger,
        *,
        age_ns: int | None = 0,
        is_behind: bool = False,
        stands: c.Verdict | None = None,
    ) -> list[o.Output]:
        """A part has arrived. `age_ns`: how old the trigger may be; None: so old, perhaps, that its part is gone.

        `is_behind`: it is as old as that because triggers come faster than they are read. `stands`: where it may be a
        `late_repeat`, what the journal knows of that part.
        """
        trigger = incoming.trigger
        out: list[o.Output] = []
        # A seq that can be read counts, whatever else is wrong: its repeat is the same item, its successor no gap.
        if trigger.seq is not None:
            if (known := self._recent(trigger.seq, trigger.part_id, now)) is not None:
                return [o.Repeated(c.again(known.verdict))] if known.verdict is not None else [o.Ignored("duplicate")]
            if stands is not None and self.late_repeat(incoming, age_ns):
                return [o.Repeated(c.again(stands))]
            out += self._follow(trigger.seq)
        part = self._admit(now, incoming, age_ns or 0)
        out.append(self._admitted(part))
        refusal = self._refusal(part, incoming, of_unknown_age=age_ns is None, is_behind=is_behind)
        if refusal is not None:
            return out + self._decide(part, now, "KO", refusal[0], refusal[1])
        self._in_flight[part.item_id] = part
        capture = c.Capture(
            item_id=part.item_id,
            number=part.number,
            cameras=part.cameras,
            arrived_mono_ns=part.arrived_mono_ns,
            deadline_mono_ns=part.deadline_mono_ns,
            boot_id=self.policy.boot_id,
        )
        out.append(o.Photograph(capture))
        return out

    def late_repeat(self, incoming: PlcTrigger, age_ns: int | None) -> bool:
        """Whether a trigger may be one that was read before, however long ago: worth a question to the journal.

        A broker that was killed brings back what it had saved, and a PLC's library sends again, once it is connected,
        what was never confirmed. Such a one is of unknown age, and the counter has passed it. A counter that begins
        anew is told by 0 or 1.
        """
        seq = incoming.trigger.seq
        if age_ns is not None or incoming.error is not None or seq is None or not incoming.trigger.part_id:
            return False
        return self.last_seq is not None and 1 < seq < self.last_seq

    def ask(self, now: Now, incoming: PlcTrigger, stands: c.Verdict | None) -> list[o.Output]:
        """Which verdict stands for a part; `stands` is what the journal knows. An unknown part is KO late."""
        trigger = incoming.trigger
        if trigger.seq is not None:
            known = self._by_key.get(Key(self.epoch, trigger.seq, trigger.part_id))
            if known is not None and known.verdict is None:
                return [o.Ignored("ask_in_flight")]
            if stands is None and (recent := self._recent(trigger.seq, trigger.part_id, now)) is not None:
                # The journal could not be asked, or not for a question as unclear as this one.
                if recent.verdict is None:
                    return [o.Ignored("ask_in_flight")]
                stands = recent.verdict
        elif incoming.error is None and any(p.trigger.part_id == trigger.part_id for p in self._in_flight.values()):
            return [o.Ignored("ask_in_flight")]
        if stands is not None:
            return [o.Repeated(c.again(stands))]
        part = self._admit(now, incoming)
        if incoming.error is not None:
            return [self._admitted(part), *self._decide(part, now, "KO", "bad_trigger", incoming.error)]
        text = "asked for, but no trigger of this part has come"
        return [self._admitted(part), *self._decide(part, now, "KO", "late", text)]

    def captured(self, now: Now, message: c.Captured) -> list[o.Output]:
        """A camera has exposed, or could not."""
        part = self._part(message.item_id)
        if part is None or message.camera not in part.cameras:
            return [o.Ignored("captured_of_no_item" if part is None else "captured_of_other_camera")]
        if (before := part.captured.get(message.camera)) is not None:
            if message.error is None or before.error is not None or message.camera in part.settled:
                return [o.Ignored("captured_twice")]
            # Exposed, but no frame came of it (it could not be packed): no prediction will come either.
            part.captured[message.camera] = message
            return self._progress(part, message.camera, now)
        part.captured[message.camera] = message
        part.captured_mono_ns[message.camera] = now.mono_ns
        part.drop_other_frames(message)
        out: list[o.Output] = []
        if len(part.captured) == len(part.cameras) and all(m.error is None for m in part.captured.values()):
            out.append(o.AllCaptured(part.trigger.seq, part.trigger.part_id))
        return out + self._progress(part, message.camera, now)

    def prediction(self, now: Now, message: c.Prediction) -> list[o.Output]:
        """A model has spoken of a frame, or could not."""
        part = self._part(message.item_id)
        if part is None or message.camera not in part.cameras:
            return [o.Ignored("prediction_of_no_item" if part is None else "prediction_of_other_camera")]
        if message.model.name not in self._policy_of(part).models.get(message.camera, ()):
            return [o.Ignored("prediction_of_other_model")]
        captured = part.captured.get(message.camera)
        if captured is not None and captured.frame_id != message.frame_id:
            return [o.Ignored("prediction_of_other_frame")]
        if (message.camera, message.model.name) in part.predictions:
            return [o.Ignored("prediction_twice")]
        part.predictions[message.camera, message.model.name] = message
        part.predicted_mono_ns = now.mono_ns
        return self._progress(part, message.camera, now)

    def shadow(self, message: c.Prediction) -> list[o.Output]:
        """A model that only looks on has spoken: it goes to the record, where the item is not told yet."""
        part = self._part(message.item_id)
        if part is None or message.model.name not in self._policy_of(part).shadows.get(message.camera, ()):
            return [o.Ignored("shadow_of_no_item" if part is None else "shadow_of_other_model")]
        captured = part.captured.get(message.camera)
        if captured is not None and captured.frame_id != message.frame_id:
            return [o.Ignored("shadow_of_other_frame")]
        part.shadows[message.camera, message.model.name] = message
        if part.verdict is not None and part.is_complete(self._policy_of(part)):
            return self._finish(part)
        return []

    def tick(self, now: Now) -> list[o.Output]:
        """Time has passed: what is due is decided, what is complete enough is told."""
        out = self.golden.tick(self.policy, self._when(now))
        while self._in_flight:
            part = next(iter(self._in_flight.values()))
            if part.deadline_mono_ns > now.mono_ns:
                break
            out += self._decide(part, now, "KO", "deadline", part.missing(self._policy_of(part)) or "the time was up")
        while self._unfinished:
            part = next(iter(self._unfinished.values()))
            if part.deadline_mono_ns > now.mono_ns:
                break
            out += self._finish(part)
        return out

    def begin_golden(self, now: Now, why: str) -> list[o.Output]:
        """Begin a round of golden parts; nothing, where the station has none."""
        return self.golden.begin(self.policy, self._when(now), why)

    def restore(
        self, parts: Iterable[Part], decided: Iterable[tuple[Key, Known]], unfinished: Iterable[Part]
    ) -> list[o.Output]:
        """Take up what the journal holds of the process before: items without a verdict, untold ones."""
        for key, known in decided:
            self._remember(key, known)
        for part in sorted(parts, key=lambda p: p.deadline_mono_ns):
            part.expected = self.policy.expected_of(part.trigger.part_id)
            part.policy = self.policy
            self._in_flight[part.item_id] = part
            if part.trigger.seq is not None:
                key = Key(part.epoch, part.trigger.seq, part.trigger.part_id)
                self._remember(key, Known(part.item_id, part.arrived_mono_ns, None))
        return [output for part in unfinished for output in self._finish(part)]

    # -- how an item begins ------------------------------------------------------------------------------------------

    def _admit(self, now: Now, incoming: PlcTrigger, age_ns: int = 0) -> Part:
        self._number += 1
        # Never backwards: the ids keep their order when the wall clock is set back.
        self._last_item_us = max(self._last_item_us + 1, now.unix_ns // 1000)
        item_id = item_id_of(self._last_item_us, self._run)
        trigger = incoming.trigger
        part = Part(
            item_id=item_id,
            number=self._number,
            trigger=trigger,
            raw=incoming.raw,
            epoch=self.epoch,
            triggered_at=trigger.triggered_at or clock.utc_text(now.unix_ns),
            arrived_mono_ns=now.mono_ns,
            deadline_mono_ns=now.mono_ns + self.policy.deadline_ns,
            cameras=trigger.cameras or self.policy.cameras,
            age_ns=age_ns,
            expected=self.policy.expected_of(trigger.part_id),
            policy=self.policy,
        )
        if trigger.seq is not None:
            key = Key(self.epoch, trigger.seq, trigger.part_id)
            self._remember(key, Known(item_id, now.mono_ns, None))
        return part

    def _admitted(self, part: Part) -> o.Admitted:
        return o.Admitted(
            part.item_id,
            part.number,
            part.trigger.seq,
            part.trigger.part_id,
            part.epoch,
            self.last_seq,
            part.arrived_mono_ns,
            part.triggered_at,
            part.cameras,
            part.raw,
            part.age_ns,
        )

    def _refusal(
        self, part: Part, incoming: PlcTrigger, *, of_unknown_age: bool, is_behind: bool
    ) -> tuple[c.Reason, str] | None:
        """Why a trigger cannot be worked on at all, or None."""
        if incoming.error is not None:
            return "bad_trigger", incoming.error
        if is_behind:
            return "overload", "triggers come faster than they can be read: this one had waited when it was"
        if of_unknown_age:
            return "late", "the trigger had waited for an unknown time when it was read"
        unknown = [camera for camera in part.cameras if camera not in self.policy.cameras]
        if unknown:
            return "bad_trigger", f"cameras: there is no camera {', '.join(unknown)}"
        needed = self.policy.combine.needed(len(part.cameras))
        if needed > len(part.cameras):
            return "bad_trigger", f"cameras: {len(part.cameras)} asked for, and {needed} must be OK"
        if part.trigger.recipe not in (None, self.policy.recipe):
            return "recipe", f"recipe {part.trigger.recipe!r} asked for, {self.policy.recipe!r} is set up"
        if self.in_flight >= self.policy.max_items_in_flight:
            return "overload", f"{self.in_flight} items wait for their verdict, the most this station takes"
        wait_ns = self._pace.expected_wait_ns(self.in_flight)
        if wait_ns > self.policy.deadline_ns:
            return "overload", f"{self.in_flight} items wait, this one would take {wait_ns / 1e6:.0f} ms"
        return None

    def _follow(self, seq: int) -> list[o.Output]:
        """Keep up with the PLC's counter."""
        taken = step(self.last_seq, seq)
        last, self.last_seq = self.last_seq, seq
        if taken.kind == "missed":
            self.totals = replace(self.totals, missed=self.totals.missed + taken.missed)
            text = f"{taken.missed} triggers between seq {last} and {seq} have not come"
            return [o.Told("warning", "trigger_missed", text)]
        if taken.kind == "reset":
            self.epoch += 1
            return [o.Told("info", "seq_reset", f"seq went from {last} to {seq}: the counter began again")]
        return []

    def _policy_of(self, part: Part) -> Policy:
        """What an item is judged by: what was in force when it came, whatever is now."""
        return part.policy or self.policy

    # -- how it goes on ----------------------------------------------------------------------------------------------

    def _part(self, item_id: str) -> Part | None:
        return self._in_flight.get(item_id) or self._unfinished.get(item_id)

    def _progress(self, part: Part, camera: str, now: Now) -> list[o.Output]:
        if part.verdict is None and part.deadline_mono_ns <= now.mono_ns:
            # The answer is here, but the part is not any more: the tick that is due says so for all alike.
            return self.tick(now)
        part.settle(camera, self._policy_of(part))
        if part.verdict is not None:
            return self._finish(part) if part.is_complete(self._policy_of(part)) else []
        word = part.outcome(self._policy_of(part))
        if word is None:
            return []
        if word == "KO":
            bad = next((finding for finding in part.settled.values() if finding is not None), None)
            if bad is None:  # an item of a process before this one, which needed fewer cameras
                return self._decide(part, now, "KO", "bad_trigger", "more cameras must be OK than were asked for")
            return self._decide(part, now, "KO", bad.reason, told(bad))
        if not part.findings:
            return self._decide(part, now, "KO", "rules", "no rule looks at these cameras")
        return self._decide(part, now, "OK", "rules", None)

    def _decide(
        self, part: Part, now: Now, word: c.VerdictWord, reason: c.Reason, finding: str | None
    ) -> list[o.Output]:
        in_flight = self._in_flight.pop(part.item_id, None) is not None
        verdict = c.Verdict(
            item_id=part.item_id,
            part_id=part.trigger.part_id,
            seq=part.trigger.seq,
            verdict=word,
            reason=reason,
            finding=None if finding is None else finding[:FINDING_CHARACTERS],
            borderline=any(f.borderline for f in part.findings),
            triggered_at=part.triggered_at,
            decided_at=clock.utc_text(now.unix_ns),
            latency_ms=round((now.mono_ns - part.arrived_mono_ns) / 1e6, 3),
            deadline_met=now.mono_ns <= part.deadline_mono_ns and reason not in ("deadline", "late"),
            duplicate=False,
            recipe=self.policy.recipe,
            station=self.policy.station,
            golden=part.expected is not None,
            expected=part.expected,
        )
        part.verdict = verdict
        self._count(verdict)
        if part.trigger.seq is not None:
            known = self._by_key.get(Key(part.epoch, part.trigger.seq, part.trigger.part_id))
            if known is not None and known.item_id == part.item_id:
                known.verdict = verdict
        out: list[o.Output] = [o.Decided(verdict, self.totals.total + self.totals.golden)]
        if verdict.golden:
            arrived = Now(part.arrived_mono_ns, now.unix_ns - (now.mono_ns - part.arrived_mono_ns))
            one = Inspected(verdict, part.cameras, self._when(arrived))
            out += self.golden.inspected(self.policy, one, self._when(now))
        if reason == "deadline":
            out.append(o.Told("warning", "deadline_missed", verdict.finding or "", part.item_id))
        if not in_flight:
            return [*out, *self._finish(part)]
        if reason == "deadline":
            self._pace.interrupted()
        else:
            self._pace.done(now.mono_ns, self.in_flight)
        if part.is_complete(self._policy_of(part)) or reason == "deadline":
            return [*out, *self._finish(part)]
        self._unfinished[part.item_id] = part
        return out

    def _finish(self, part: Part) -> list[o.Output]:
        self._unfinished.pop(part.item_id, None)
        verdict = part.verdict
        if verdict is None:  # pragma: no cover - only decided items are finished
            return []
        self._record_seq += 1
        return [o.Finished(part, verdict, self._policy_of(part).config_sha256, self._record_seq)]

    def _when(self, now: Now) -> When:
        return When(self.policy.boot_id, now.mono_ns, now.unix_ns)

    # -- what is remembered ------------------------------------------------------------------------------------------

    def _recent(self, seq: int, part_id: str, now: Now) -> Known | None:
        known = self._by_key.get(Key(self.epoch, seq, part_id))
        if known is None and self.last_seq is not None and seq > self.last_seq + 1:
            # The counter has not come so far since it began again: a repeat from before (65535, 0, 65535) is the same
            # item. Where it has come so far, the same number is another part.
            known = self._by_key.get(Key(self.epoch - 1, seq, part_id))
        if known is None or now.mono_ns - known.arrived_mono_ns > self.policy.duplicate_window_ns:
            return None
        return known

    def _remember(self, key: Key, known: Known) -> None:
        self._by_key[key] = known
        self._by_key.move_to_end(key)
        while len(self._by_key) > REMEMBERED_ITEMS:
            self._by_key.popitem(last=False)

    def _count(self, verdict: c.Verdict) -> None:
        totals = self.totals
        if verdict.golden:
            self.totals = replace(totals, golden=totals.golden + 1)
            return
        by_reason = {**totals.by_reason, verdict.reason: totals.by_reason.get(verdict.reason, 0) + 1}
        ok = verdict.verdict == "OK"
        self.totals = replace(
            totals, total=totals.total + 1, ok=totals.ok + ok, ko=totals.ko + (not ok), by_reason=by_reason
        )


def item_id_of(unix_us: int, run: str) -> str:
    """An item's id: readable, sortable by time, safe in paths: `20261123T021957123456-3f9a`."""
    seconds, micros = divmod(unix_us, 1_000_000)
    stamp = clock.utc_text(seconds * 1_000_000_000)[:19].replace("-", "").replace(":", "")
    return f"{stamp}{micros:06d}-{run}"
