"""What has come from a station so far: messages and the time in, values to draw out."""

from collections import OrderedDict, deque
from dataclasses import dataclass, field

from okko import contracts as c
from okko.errors import ContractError
from okko.session import Received
from okko.topics import Address
from okko.watch.stages import StageBook
from okko.watch.tally import Tally

KEYS = ("ready", "count", "agent", "stats", "verdict", "verdict_last", "item", "event", "receipt")
"""What is listened to, beside `frame` where pictures are shown."""

AT_QOS_0 = ("frame", "item", "stats")
"""What a slow watcher may miss: the broker drops it rather than to keep it for us."""

VERDICTS_KEPT = 64
EVENTS_KEPT = 16
AGENTS_KEPT = 64
FRAMES_WAITING = 8
"""For each camera: frames whose item has no verdict yet."""

READY_LASTS_NS = 3_000_000_000
SILENT_NS = 3_500_000_000
"""An agent tells its stats each second."""

MINUTE_NS = 60_000_000_000


@dataclass(frozen=True, slots=True)
class Now:
    """The present on both clocks."""

    mono_ns: int
    unix_ns: int


@dataclass(frozen=True, slots=True)
class Shot:
    """The last frame of a camera whose item has its verdict, and what was found in this very picture."""

    frame: c.Frame
    word: c.VerdictWord
    finding: str
    part_id: str
    predictions: tuple[c.Prediction, ...] = ()


def shot_of(frame: c.Frame, item: c.Item) -> Shot:
    """A frame with what its item's findings and predictions say of it."""
    found = [finding for finding in item.findings if finding.camera == frame.camera]
    bad = next((finding for finding in found if finding.verdict == "KO"), None)
    word: c.VerdictWord = "KO" if bad is not None else "OK" if found else item.verdict
    seen = tuple(one for one in item.predictions if one.frame_id == frame.frame_id)
    return Shot(frame, word, bad.text if bad is not None else "", item.part_id, seen)


@dataclass
class Seen:
    """All of it, in bounded memory; `cameras` are those that the station has."""

    cameras: tuple[str, ...]
    began: Now
    ready: str = ""
    ready_ns: int = -READY_LASTS_NS
    totals: c.Totals | None = None
    states: dict[str, c.AgentState] = field(default_factory=dict)
    stats: dict[str, c.Stats] = field(default_factory=dict)
    rates: dict[str, float] = field(default_factory=dict)
    """What an agent does each second, by its own counters."""
    heard_ns: dict[str, int] = field(default_factory=dict)
    verdicts: deque[c.Verdict] = field(default_factory=lambda: deque(maxlen=VERDICTS_KEPT))
    events: deque[c.Event] = field(default_factory=lambda: deque(maxlen=EVENTS_KEPT))
    shots: dict[str, Shot] = field(default_factory=dict)
    stages: StageBook = field(default_factory=StageBook)
    tally: Tally = field(default_factory=Tally)
    unread: int = 0
    """Messages that could not be read: what they were is the agents' business to tell."""
    _arrivals_ns: deque[int] = field(default_factory=lambda: deque(maxlen=20_000))
    _waiting: dict[str, OrderedDict[str, c.Frame]] = field(default_factory=dict)
    _judged: OrderedDict[str, c.Item] = field(default_factory=OrderedDict)
    """The last items: frames come over a way of their own, and may come after what was found in them."""

    def take(self, address: Address, received: Received, now: Now) -> c.Verdict | None:
        """Take in one message; gives the verdict that it is, where it is one for the first time."""
        if len(received.payload) > address.spec.max_bytes:
            self.unread += 1
            return None
        try:
            return self._take(address, received, now)
        except ContractError:
            self.unread += 1
            return None

    def is_ready(self, now: Now) -> bool:
        """Whether the station says 1, lately, and who says so is still there."""
        decision = self.states.get("decision")
        return self.ready == "1" and self.has_ready(now) and (decision is None or decision.state != "offline")

    def has_ready(self, now: Now) -> bool:
        """Whether the station says anything about its readiness."""
        return now.mono_ns - self.ready_ns < READY_LASTS_NS

    def is_silent(self, agent: str, now: Now) -> bool:
        """Whether an agent should tell its stats and does not."""
        return now.mono_ns - self.heard_ns.get(agent, now.mono_ns) > SILENT_NS

    def items_per_minute(self, now: Now) -> float | None:
        """Over the last minute, or for as long as we look; None in the first two seconds."""
        looked_ns = min(MINUTE_NS, now.mono_ns - self.began.mono_ns)
        if looked_ns < MINUTE_NS // 30:
            return None
        came = sum(now.mono_ns - arrival_ns <= MINUTE_NS for arrival_ns in self._arrivals_ns)
        return came * MINUTE_NS / looked_ns

    def _take(self, address: Address, received: Received, now: Now) -> c.Verdict | None:
        payload = received.payload
        match address.spec.key:
            case "ready":
                self.ready, self.ready_ns = payload[:8].decode("utf-8", "replace"), now.mono_ns
            case "count":
                self.totals = c.decode(c.Totals, payload)
            case "agent":
                self._agent(address.names["agent"], payload, now)
            case "stats":
                self._stats(address.names["agent"], payload, now)
            case _:
                return self._take_news(address, payload, now)
        return None

    def _take_news(self, address: Address, payload: bytes, now: Now) -> c.Verdict | None:
        match address.spec.key:
            case "verdict":
                return self._verdict(c.decode(c.Verdict, payload), now)
            case "verdict_last" if not self.verdicts:
                self.verdicts.append(c.decode(c.Verdict, payload))
            case "event":
                self.events.append(c.decode(c.Event, payload))
            case "receipt" if address.names["agent"] == "decision":
                self.tally.receipt(c.decode(c.Receipt, payload).ids)
            case "item":
                self._item(c.decode(c.Item, payload))
            case "frame" if address.names["camera"] in self.cameras:
                self._frame(address.names["camera"], c.decode(c.Frame, payload))
        return None

    def _agent(self, name: str, payload: bytes, now: Now) -> None:
        if not payload:  # somebody cleared what the broker kept
            self.states.pop(name, None)
            return
        if name in self.states or len(self.states) < AGENTS_KEPT:
            self.states[name] = c.decode(c.AgentState, payload)
            self.heard_ns.setdefault(name, now.mono_ns)

    def _stats(self, name: str, payload: bytes, now: Now) -> None:
        if not payload or (name not in self.stats and len(self.stats) >= AGENTS_KEPT):
            return
        stats, before = c.decode(c.Stats, payload), self.stats.get(name)
        self.stats[name] = stats
        self.heard_ns[name] = now.mono_ns
        if before is None or before.instance_id != stats.instance_id or stats.uptime_s <= before.uptime_s:
            self.rates.pop(name, None)
            return
        done = _work(stats) - _work(before)
        rate = max(0, done) / (stats.uptime_s - before.uptime_s)
        # Over some seconds: at one part a second every other second would have none, or two.
        self.rates[name] = rate if name not in self.rates else 0.7 * self.rates[name] + 0.3 * rate

    def _verdict(self, verdict: c.Verdict, now: Now) -> c.Verdict | None:
        if self.verdicts and self.verdicts[-1].item_id == verdict.item_id and not verdict.duplicate:
            self.verdicts.pop()  # it came as the last that the broker kept
        self.verdicts.append(verdict)
        if verdict.duplicate or not self.tally.add(verdict):
            return None
        self._arrivals_ns.append(now.mono_ns)
        return verdict

    def _frame(self, camera: str, frame: c.Frame) -> None:
        if (item := self._judged.get(frame.item_id)) is not None:
            self.shots[camera] = shot_of(frame, item)
            return
        waiting = self._waiting.setdefault(camera, OrderedDict())
        waiting[frame.item_id] = frame
        while len(waiting) > FRAMES_WAITING:
            waiting.popitem(last=False)

    def _item(self, item: c.Item) -> None:
        self.stages.add(item)
        self._judged[item.item_id] = item
        while len(self._judged) > FRAMES_WAITING:
            self._judged.popitem(last=False)
        for camera, waiting in self._waiting.items():
            if (frame := waiting.pop(item.item_id, None)) is not None:
                self.shots[camera] = shot_of(frame, item)


def _work(stats: c.Stats) -> int:
    """The counter that says best how much an agent has done."""
    for name in ("triggers", "predictions", "items", "frames"):
        if name in stats.counters:
            return stats.counters[name]
    return 0
