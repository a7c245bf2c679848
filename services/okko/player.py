"""A PLC in software, behaving as the design tells PLCs to: triggers once, acts on the `seq` it awaits, then asks."""

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterable
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
REMEMBERED = 100_000
"""How many triggers are remembered: a run without end must not grow."""


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
        self._listener = Listener(station, "verdict", "verdict_last", on_message=self._received)
        build = self._listener.topics.build
        self._trigger, self._ask = build("trigger"), build("ask")
        self._awaited: OrderedDict[tuple[int, str], _Awaited] = OrderedDict()
        self._last_seq: int | None = None
        self._latencies: deque[float] = deque(maxlen=REMEMBERED)
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

    async def settled(self) -> None:
        """Wait until what the broker keeps has come: it is sent right after the subscription."""
        await asyncio.sleep(0.1)

    def next_seq(self) -> int:
        """The `seq` that continues the station's counter: after the last verdict's, else 1."""
        return 1 if self._last_seq is None else (self._last_seq + 1) % (c.MAX_SEQ + 1)

    async def play(self, triggers: Iterable[c.Trigger], rate: float, *, wait: bool) -> Outcome:
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
        self._awaited[_key(trigger)] = _Awaited(clock.mono_ns(), asyncio.get_running_loop().create_future())
        while len(self._awaited) > REMEMBERED:
            self._awaited.popitem(last=False)
        self.outcome.triggers += 1
        self._listener.publish(self._trigger, _payload(trigger))

    async def _await_verdict(self, trigger: c.Trigger) -> None:
        """Wait; after the PLC's own deadline ask, until answered or the time is up."""
        verdict = self._awaited[_key(trigger)].verdict
        loop = asyncio.get_running_loop()
        end = loop.time() + self._timeout_s
        pause_s = self._ask_after_s
        while loop.time() < end:
            await asyncio.wait((verdict,), timeout=min(pause_s, max(0.0, end - loop.time())))
            if verdict.done():
                return
            self._listener.publish(self._ask, _payload(trigger))
            pause_s = ASK_AGAIN_S
        self.outcome.missing.append(trigger.seq or 0)

    def _received(self, address: Address, received: Received) -> None:
        try:
            verdict = c.decode(c.Verdict, received.payload)
        except ContractError:
            return
        if address.spec.key == "verdict_last":
            self._last_seq = verdict.seq
            return
        awaited = self._awaited.get((verdict.seq or 0, verdict.part_id))
        if awaited is None:
            return  # another PLC's, or of another run
        if awaited.verdict.done():
            first = awaited.verdict.result()
            self.outcome.contradictions += (first.verdict, first.reason) != (verdict.verdict, verdict.reason)
            return
        self._latencies.append((clock.mono_ns() - awaited.sent_ns) / 1e6)
        if verdict.verdict == "OK":
            self.outcome.ok += 1
        else:
            self.outcome.ko += 1
            self.outcome.by_reason[verdict.reason] += 1
        awaited.verdict.set_result(verdict)
        if self._on_verdict is not None:
            self._on_verdict(verdict)


@dataclass(slots=True)
class _Awaited:
    """A trigger that was sent, and the verdict that is waited for."""

    sent_ns: int
    verdict: "asyncio.Future[c.Verdict]"


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
