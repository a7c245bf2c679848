"""The decision agent: the line's controller. Carries out what the engine wants, in its order."""

import asyncio
from collections.abc import Sequence
from typing import Any

from msgspec import to_builtins
from msgspec.structs import replace

from decision_agent import outputs as o
from decision_agent.archive import Archive
from decision_agent.configuration import Configuration
from decision_agent.engine import Engine, Now
from decision_agent.freshness import Barrier
from decision_agent.from_station import info_of, needed_of, policy_of, shadow_rules_of
from decision_agent.golden import Round
from decision_agent.golden_args import VERB, begun_by
from decision_agent.keeper import Keeper
from decision_agent.models import Models
from decision_agent.policy import MS
from decision_agent.readiness import Agents
from decision_agent.shadow import compare
from okko import clock
from okko import contracts as c
from okko.agent import Incoming, Runtime
from okko.errors import ContractError
from okko.plc import PlcTrigger, captured_code, parse_trigger, unread_trigger, verdict_code
from okko.station import Station

SESSION_EXPIRY_S = 24 * 3600
LONGEST_TICK_S = 0.1
SHORTEST_TICK_S = 0.0005
READY_PERIOD_NS = 1_000_000_000
KEPT_PERIOD_NS = 200_000_000
"""How often at most `count` and `verdict/last` are told: the broker keeps the last of each for whoever comes later, and
at 100 parts a second nobody reads them one by one."""


async def main(station: Station) -> None:
    """Run the decision agent of a station until it is asked to stop."""
    await DecisionAgent(station).run()


class DecisionAgent:
    """The shell around the engine: broker, journal, clock."""

    def __init__(self, station: Station) -> None:
        self.station = station
        self.runtime = runtime = Runtime(station, "decision", session_expiry_s=SESSION_EXPIRY_S)
        runtime.claim()
        self.keeper = Keeper(station, runtime)
        self._new_boot = self.keeper.is_of_another_boot()
        self.engine = Engine(policy_of(station), self.keeper.memory())
        self.archive = Archive(station, runtime, self.keeper)
        self.barrier = Barrier(station.station.capture_window_ms * MS, station.station.deadline_ms * MS)
        self.agents = Agents()
        self.needed = needed_of(station)
        self.models = Models(runtime, station, self._is_served, self._take_over)
        self.configuration = Configuration(runtime, lambda: self.station, self.models.rebase)
        build = runtime.topics.build
        self._code = build("verdict_code")
        self._verdict = build("verdict")
        self._last = build("verdict_last")
        self._count = build("count")
        self._captured = build("captured")
        self._capture = build("capture")
        self._ready = build("ready")
        self._barrier = build("cmd", agent="decision", verb="barrier")
        self._own_seq = 0
        self._ready_due_ns = 0
        self._was_ready: bool | None = None
        self._kept_due_ns = 0
        self._told_count: c.Totals | None = None
        self._last_untold: c.Verdict | None = None
        self._told_golden: Round | None = None
        if station.trigger.kind == "mqtt":
            runtime.on("trigger", self._on_trigger, refused=self._on_refused_trigger)
        runtime.on("ask", self._on_ask, refused=self._on_refused_ask)
        runtime.on("captured_by", self._on_captured)
        runtime.on("prediction", self._on_prediction)
        runtime.on("shadow", self._on_shadow)
        runtime.on("agent", self._on_agent)
        runtime.on("stats", self._on_stats)
        runtime.command("barrier", self._on_barrier)
        runtime.command(VERB, self._on_golden)
        runtime.on_connect(self._on_connect)
        runtime.on_disconnect(self.barrier.disconnect)
        runtime.on_stop(self._on_stop)

    async def run(self) -> None:
        """Take up what was left, then work until asked to stop."""
        now = _now()
        self._do(now, self.keeper.restore(self.engine, now))
        await self.runtime.run(
            self._tick, self._fire, self.archive.run, self._keep, self.models.run, self.configuration.run
        )

    async def _keep(self) -> None:
        await self.keeper.run(lambda: self.engine.in_flight == 0)

    # -- what comes in -----------------------------------------------------------------------------------------------

    def _on_trigger(self, incoming: Incoming) -> None:
        now = _now()
        self.barrier.heard(now.mono_ns)
        age_ns, is_behind = self.barrier.look(now.mono_ns), self.barrier.is_behind(now.mono_ns)
        self._trigger(now, parse_trigger(incoming.payload), age_ns, incoming, is_behind=is_behind)

    def _on_refused_trigger(self, incoming: Incoming, error: ContractError) -> None:
        # A part is there all the same, and its PLC waits.
        self._trigger(_now(), unread_trigger(incoming.payload, error.why), 0, incoming)

    def _trigger(
        self,
        now: Now,
        trigger: PlcTrigger,
        age_ns: int | None,
        incoming: Incoming | None = None,
        *,
        is_behind: bool = False,
    ) -> None:
        self.runtime.stats.count("triggers")
        stands = None
        if self.engine.late_repeat(trigger, age_ns):
            stands = self.keeper.stood(trigger.trigger, self.engine.epoch, now)
        self._do(now, self.engine.trigger(now, trigger, age_ns=age_ns, is_behind=is_behind, stands=stands))
        if trigger.error is not None and incoming is not None:
            self.runtime.dead_letter(incoming.topic, incoming.payload, f"trigger: {trigger.error}")

    def _on_ask(self, incoming: Incoming) -> None:
        self._ask(parse_trigger(incoming.payload), incoming)

    def _on_refused_ask(self, incoming: Incoming, error: ContractError) -> None:
        self._ask(unread_trigger(incoming.payload, error.why), incoming)

    def _ask(self, asked: PlcTrigger, incoming: Incoming) -> None:
        now = _now()
        self.runtime.stats.count("asked")
        stands = None if asked.error is not None else self.keeper.stands(asked.trigger, self.engine.epoch, now)
        self._do(now, self.engine.ask(now, asked, stands))
        if asked.error is not None:
            self.runtime.dead_letter(incoming.topic, incoming.payload, f"ask: {asked.error}")

    def _on_captured(self, incoming: Incoming) -> None:
        message = c.decode(c.Captured, incoming.payload)
        _same("captured", "camera", message.camera, incoming.names["camera"])
        now = _now()
        self.barrier.heard(now.mono_ns)
        self._do(now, self.engine.captured(now, message))

    def _on_prediction(self, incoming: Incoming) -> None:
        message = c.decode(c.Prediction, incoming.payload)
        _same("prediction", "camera", message.camera, incoming.names["camera"])
        _same("prediction", "model", message.model.name, incoming.names["model"])
        now = _now()
        self.barrier.heard(now.mono_ns)
        if message.done_mono_ns:
            self.runtime.stats.stage("wire_prediction", (now.mono_ns - message.done_mono_ns) / 1e6)
        self._do(now, self.engine.prediction(now, message))

    def _on_shadow(self, incoming: Incoming) -> None:
        message = c.decode(c.Prediction, incoming.payload)
        _same("shadow", "camera", message.camera, incoming.names["camera"])
        _same("shadow", "model", message.model.name, incoming.names["model"])
        if not message.shadow:
            raise ContractError("shadow", "it does not say that it is a shadow's")
        self._do(_now(), self.engine.shadow(message))

    def _on_agent(self, incoming: Incoming) -> None:
        if not incoming.payload:
            return  # somebody cleared a retained state
        state = c.decode(c.AgentState, incoming.payload)
        _same("agent", "agent", state.agent, incoming.names["agent"])
        self.agents.state(state, clock.mono_ns(), kept=incoming.retain)
        self.archive.on_agent(state)
        self.configuration.on_agent(state)
        self._ready_due_ns = 0
        self.models.look()

    def _on_stats(self, incoming: Incoming) -> None:
        if not incoming.retain:
            self.agents.alive(incoming.names["agent"], clock.mono_ns())

    def _on_barrier(self, command: c.Command) -> None:
        token = self.barrier.echo(command.request_id, clock.mono_ns())
        if token is not None:
            self._send_barrier(token)

    def _on_golden(self, command: c.Command) -> dict[str, Any]:
        why = begun_by(command.args)
        if self.engine.policy.golden is None:
            raise ContractError(VERB, "the station has no golden parts: add a [golden] table to its file")
        if why is not None:
            now = _now()
            self._do(now, self.engine.begin_golden(now, why))
            self._tell_golden()
            self._tell_ready(now.mono_ns)
        state = self.engine.golden.state(self.engine.policy.golden)
        return {} if state is None else to_builtins(state)

    def _on_connect(self) -> None:
        self._send_barrier(self.barrier.connect(clock.mono_ns(), new_boot=self._new_boot))
        self._new_boot = False
        self._tell_station()
        self.runtime.serve("decision")
        self._told_count = None
        self._was_ready = None
        self._ready_due_ns = 0
        self._kept_due_ns = 0
        self._last_untold = self._last_untold or self.keeper.last_verdict()
        for verdict in self.keeper.unconfirmed():
            self._publish_verdict(c.again(verdict))

    async def _on_stop(self) -> None:
        self._kept_due_ns = 0
        self._tell_kept(clock.mono_ns())
        if self.runtime.connected:
            self.runtime.publish(self._ready, b"0")
        self.archive.flush()
        self.keeper.flush(self.engine.memory())

    # -- which models decide -----------------------------------------------------------------------------------------

    def _is_served(self, station: Station, what: str) -> bool:
        return self.agents.serves(what, needed_of(station).get(what, ()), clock.mono_ns())

    def _take_over(self, station: Station) -> None:
        """From the next item on; those in flight are judged by what they were begun with."""
        self.station = station
        self.engine.policy = policy_of(station)
        self.needed = needed_of(station)
        self._ready_due_ns = 0
        self._tell_station()

    # -- what goes out -----------------------------------------------------------------------------------------------

    def _do(self, now: Now, outputs: Sequence[o.Output]) -> None:
        """Carry out what the engine wants. The journal comes before what is published about it."""
        match outputs:
            case [*before, o.Admitted() as admitted, o.Decided() as decided, o.Finished() as finished]:
                # Refused: where too many triggers come there are many of these, and they must cost little.
                self._do(now, before)
                payload = self.archive.keep_refused(admitted, now.unix_ns, decided, finished.item())
                self._tell_verdict(decided.verdict)
                self.archive.tell(admitted.item_id, payload)
            case _:
                for output in outputs:
                    self._do_one(now, output)

    def _do_one(self, now: Now, output: o.Output) -> None:
        match output:
            case o.Admitted():
                self.keeper.admitted(output, now.unix_ns)
            case o.Photograph(capture):
                self.runtime.publish(self._capture, capture)
            case o.AllCaptured(seq, part_id):
                self.runtime.publish(self._captured, captured_code(seq, part_id))
            case o.Decided(verdict, nth):
                self.keeper.decided(verdict, nth)
                self._tell_verdict(verdict)
            case o.Repeated(verdict):
                self.runtime.stats.count("duplicates")
                self._publish_verdict(verdict)
            case o.Finished() as finished:
                self.archive.add(finished.item())
                self._compare(finished)
            case o.Told(severity, code, text, item_id):
                self.runtime.event(severity, code, text, item_id)
            case o.Ignored(reason):
                self.runtime.stats.count(f"ignored_{reason}")

    def _compare(self, finished: o.Finished) -> None:
        """Count whether what looked on would have judged as those that decide did: off the path, after the item."""
        part = finished.part
        for (camera, _), said in part.shadows.items():
            policy = part.policy or self.engine.policy
            own = shadow_rules_of(self.station, camera)
            deciding = {name: seen for (at, name), seen in part.predictions.items() if at == camera}
            compared = compare(policy.rules_of(camera), own, deciding, said)
            self.runtime.stats.count("shadow_not_comparable" if compared is None else f"shadow_{compared.word}")

    def _tell_verdict(self, verdict: c.Verdict) -> None:
        self._publish_verdict(verdict)
        self.runtime.flush()  # all that follows can wait, the PLC can't
        self.runtime.stats.stage("verdict", verdict.latency_ms)
        self.runtime.stats.count("verdict_golden" if verdict.golden else f"verdict_{verdict.verdict.lower()}")

    def _publish_verdict(self, verdict: c.Verdict) -> None:
        code = verdict_code(verdict.verdict, verdict.seq, verdict.reason, verdict.part_id)
        self.runtime.publish(self._code, code, self.keeper.confirming(verdict.item_id))
        self.runtime.publish(self._verdict, verdict)
        if not verdict.duplicate:
            self._last_untold = verdict

    def _send_barrier(self, token: str) -> None:
        self.runtime.publish(self._barrier, c.Command(request_id=token))

    # -- what time brings --------------------------------------------------------------------------------------------

    async def _tick(self) -> None:
        while True:
            now = _now()
            token = self.barrier.tick(now.mono_ns)
            if token is not None:
                self._send_barrier(token)
            self._do(now, self.engine.tick(now))
            self._tell_golden()
            self._tell_ready(now.mono_ns)
            self._tell_kept(now.mono_ns)
            self.keeper.tick(self.engine.memory())
            self.runtime.stats.gauge("barrier_stalls", self.barrier.stalls)
            self.runtime.stats.gauge("barrier_backlogs", self.barrier.backlogs)
            self.runtime.stats.gauge("items_in_flight", self.engine.in_flight)
            await asyncio.sleep(self._pause_s(now.mono_ns))

    def _pause_s(self, mono_ns: int) -> float:
        dues_ns = [self.barrier.wake_ns(mono_ns)] if self.barrier.connected else []
        if (due_ns := self.engine.next_due_mono_ns()) is not None:
            dues_ns.append(due_ns)
        # What comes while we sleep is due after a deadline at the soonest.
        longest_s = min(LONGEST_TICK_S, self.engine.policy.deadline_ns / 2e9)
        return min([longest_s, *(max(SHORTEST_TICK_S, (due_ns - mono_ns) / 1e9) for due_ns in dues_ns)])

    def _tell_ready(self, mono_ns: int) -> None:
        why_not = self._why_not_ready(mono_ns)
        ready = not why_not
        if ready == self._was_ready and mono_ns < self._ready_due_ns:
            return
        self._ready_due_ns = mono_ns + READY_PERIOD_NS
        self.runtime.stats.gauge("ready", ready)
        if ready != self._was_ready:
            if ready:
                self.runtime.clear("not ready")
            elif self._was_ready is not None:
                self.runtime.event("warning", "not_ready", "; ".join(why_not))
        if why_not:
            self.runtime.fault("not ready", "; ".join(why_not))
        self._was_ready = ready
        if self.runtime.connected:
            self.runtime.publish(self._ready, b"1" if ready else b"0")

    def _why_not_ready(self, mono_ns: int) -> list[str]:
        reasons = [] if self.station.models else [c.NO_MODEL]
        if (why := self.barrier.why_not(mono_ns)) is not None:
            reasons.append(why)
        reasons += self.agents.why_not(mono_ns, self.needed)
        # Last: what begins with this one lacks nothing else.
        if (why := self.engine.golden.why_not(self.engine.policy.golden)) is not None:
            reasons.append(why)
        return reasons

    def _tell_golden(self) -> None:
        """Keep and tell how far the golden parts are, where that has changed."""
        if self.engine.golden.round is self._told_golden:
            return
        self._told_golden = self.engine.golden.round
        if self.engine.policy.golden is not None:
            self.runtime.stats.gauge("golden_open", len(self.engine.golden.open_parts(self.engine.policy.golden)))
        # A round that has begun must stand before the first part of it comes.
        self.keeper.flush(self.engine.memory())
        if self.runtime.connected:
            self._tell_station()

    def _tell_station(self) -> None:
        info = replace(info_of(self.station), golden=self.engine.golden.state(self.engine.policy.golden))
        self.runtime.publish(self.runtime.topics.build("station"), info)

    def _tell_kept(self, mono_ns: int) -> None:
        """Tell what the broker keeps for those who come later, where it has changed."""
        if mono_ns < self._kept_due_ns or not self.runtime.connected:
            return
        totals, last = self.engine.totals, self._last_untold
        if totals is self._told_count and last is None:
            return
        self._kept_due_ns = mono_ns + KEPT_PERIOD_NS
        if last is not None:
            self._last_untold = None
            self.runtime.publish(self._last, last)
        if totals is not self._told_count:
            self._told_count = totals
            self.runtime.publish(self._count, totals)

    async def _fire(self) -> None:
        """Run the station's own trigger, where it is not the PLC's."""
        self._own_seq = self.engine.last_seq or 0

        def fire() -> None:
            self._own_seq = (self._own_seq + 1) % (c.MAX_SEQ + 1)
            trigger = c.Trigger(seq=self._own_seq)
            raw = {"seq": self._own_seq, "source": self.station.trigger.kind}
            self._trigger(_now(), PlcTrigger(trigger, raw), 0)

        await self.station.trigger.run(fire)
        await asyncio.Event().wait()


def _now() -> Now:
    return Now(clock.mono_ns(), clock.unix_ns())


def _same(kind: str, what: str, in_payload: str, in_topic: str) -> None:
    if in_payload != in_topic:
        raise ContractError(kind, f"its {what} is {in_payload!r}, its topic says {in_topic!r}")
