"""A PLC in software, behaving as the design tells PLCs to: triggers once, acts on the `seq` it awaits, then asks."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from okko import clock
from okko import contracts as c
from okko.errors import ContractError
from okko.listener import Listener
from okko.session import Received
from okko.station import Station
from okko.stats import percentiles
from okko.topics import Address

ASK_AGAIN_S = 2.0


@dataclass
class Outcome:
    """What came of a run: verdicts counted, and the `seq` of those that never came."""

    triggers: int = 0
    ok: int = 0
    ko: int = 0
    by_reason: Counter[str] = field(default_factory=Counter)
    missing: list[int] = field(default_factory=list)
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    contradictions: int = 0
    """How many verdicts came a second time and said something else; must be 0."""


class Player:
    """Triggers and awaits verdicts; an async context manager.

    `timeout_s` is how long a verdict is waited for in all, with `ask` after the station's deadline and a second.
    """

    def __init__(
        self, station: Station, *, on_verdict: Callable[[c.Verdict], None] | None = None, timeout_s: float | None = None
    ) -> None:
        deadline_s = station.station.deadline_ms / 1000
        self._ask_after_s = deadline_s + 1.0
        self._timeout_s = timeout_s if timeout_s is not None else deadline_s + 10.0
        self._on_verdict = on_verdict
        self._listener = Listener(station, "verdict", on_message=self._received, no_retained=True)
        build = self._listener.topics.build
        self._trigger, self._ask = build("trigger"), build("ask")
        self._sent_ns: dict[tuple[int, str], int] = {}
        self._awaited: dict[tuple[int, str], asyncio.Future[c.Verdict]] = {}
        self._verdicts: dict[tuple[int, str], c.Verdict] = {}
        self._latencies: list[float] = []
        self.outcome = Outcome()

    async def __aenter__(self) -> Self:
        await self._listener.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._listener.__aexit__(kind, error, trace)

    async def connected(self, timeout_s: float) -> None:
        """Wait for the connection; raises BrokerUnavailable where there is none within the time."""
        await self._listener.connected(timeout_s)

    async def play(self, triggers: Sequence[c.Trigger], rate: float, *, wait: bool) -> Outcome:
        """Publish triggers at an even rate (1/s); with `wait`, give what came of each."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        async with asyncio.TaskGroup() as group:
            for index, trigger in enumerate(triggers):
                await asyncio.sleep(max(0.0, start + index / rate - loop.time()))
                self._send(trigger)
                if wait:
                    group.create_task(self._await_verdict(trigger), name=f"await-{trigger.seq}")
        if self._latencies:
            ranks = percentiles(self._latencies)
            self.outcome.p50_ms, self.outcome.p99_ms = ranks.p50_ms, ranks.p99_ms
        return self.outcome

    def _send(self, trigger: c.Trigger) -> None:
        key = _key(trigger)
        self._awaited[key] = asyncio.get_running_loop().create_future()
        self._sent_ns[key] = clock.mono_ns()
        self.outcome.triggers += 1
        self._listener.publish(self._trigger, _payload(trigger))

    async def _await_verdict(self, trigger: c.Trigger) -> None:
        """Wait; after the PLC's own deadline ask, until answered or the time is up."""
        awaited = self._awaited[_key(trigger)]
        loop = asyncio.get_running_loop()
        end = loop.time() + self._timeout_s
        pause_s = self._ask_after_s
        while loop.time() < end:
            await asyncio.wait((awaited,), timeout=min(pause_s, max(0.0, end - loop.time())))
            if awaited.done():
                return
            self._listener.publish(self._ask, _payload(trigger))
            pause_s = ASK_AGAIN_S
        self.outcome.missing.append(trigger.seq or 0)

    def _received(self, _address: Address, received: Received) -> None:
        try:
            verdict = c.decode(c.Verdict, received.payload)
        except ContractError:
            return
        key = (verdict.seq or 0, verdict.part_id)
        awaited = self._awaited.get(key)
        if awaited is None:
            return  # another PLC's, or of another run
        if awaited.done():
            first = self._verdicts[key]
            self.outcome.contradictions += first.verdict != verdict.verdict
            return
        self._verdicts[key] = verdict
        self._latencies.append((clock.mono_ns() - self._sent_ns[key]) / 1e6)
        self.outcome.ok += verdict.verdict == "OK"
        self.outcome.ko += verdict.verdict == "KO"
        self.outcome.by_reason[verdict.reason] += verdict.verdict == "KO"
        awaited.set_result(verdict)
        if self._on_verdict is not None:
            self._on_verdict(verdict)


def _key(trigger: c.Trigger) -> tuple[int, str]:
    return trigger.seq or 0, trigger.part_id


def _payload(trigger: c.Trigger) -> bytes:
    return c.encode(TriggerJson.of(trigger))


class TriggerJson(c.Message, frozen=True, kw_only=True, omit_defaults=True):
    """A trigger as a PLC writes it: without our own `extras` key."""

    part_id: str = ""
    seq: int | None = None
    triggered_at: str | None = None
    cameras: tuple[str, ...] | None = None
    recipe: str | None = None

    @classmethod
    def of(cls, trigger: c.Trigger) -> "TriggerJson":
        """The same trigger."""
        return cls(**{name: getattr(trigger, name) for name in cls.__struct_fields__})
