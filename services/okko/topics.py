"""The topics of a station: built here and nowhere else, with all that is particular to each in one table."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from okko import contracts as c
from okko.errors import ContractError

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """One row of the table: what travels on a topic and how.

    `expiry_s` counts from the publication; `expiry_after_deadline_s` from the station's deadline. `payload` is the
    message type, or None where the payload is plain text. `max_bytes` is what a reader accepts at most.
    """

    key: str
    path: str
    payload: type[c.Message] | None
    publishers: tuple[str, ...]
    readers: tuple[str, ...]
    about: str
    qos: int = 1
    retain: bool = False
    expiry_s: int | None = None
    expiry_after_deadline_s: int | None = None
    max_bytes: int = 64 * KIB

    @property
    def content_type(self) -> str:
        """The MQTT 5 content type."""
        if self.payload is None:
            return "text/plain"
        return "application/msgpack" if self.payload is c.Frame else "application/json"

    def expiry_with(self, deadline_ms: int) -> int | None:
        """The message expiry (whole s) at a station with this deadline; None: it does not expire."""
        if self.expiry_after_deadline_s is not None:
            return max(1, -(-deadline_ms // 1000)) + self.expiry_after_deadline_s
        return self.expiry_s


_ANY = ("anyone",)
AGENTS = ("camera", "inference", "decision", "recorder")

TABLE: tuple[TopicSpec, ...] = (
    TopicSpec("trigger", "trigger", None, ("plc",), ("decision",), "a part has arrived", max_bytes=16 * KIB),
    TopicSpec("ask", "ask", None, ("plc",), ("decision",), "which verdict stands for a part", max_bytes=16 * KIB),
    TopicSpec(
        "capture",
        "capture",
        c.Capture,
        ("decision",),
        ("camera",),
        "cameras, expose now; perishable",
        expiry_after_deadline_s=0,
    ),
    TopicSpec(
        "captured_by",
        "captured/{camera}",
        c.Captured,
        ("camera",),
        ("decision",),
        "one camera has exposed, or its error",
    ),
    TopicSpec("captured", "captured", None, ("decision",), ("plc",), "all cameras have: the part may move"),
    TopicSpec(
        "frame",
        "frame/{camera}",
        c.Frame,
        ("camera",),
        ("inference", "recorder"),
        "one picture",
        expiry_after_deadline_s=1,
        max_bytes=64 * MIB,
    ),
    TopicSpec(
        "preview",
        "preview/{camera}",
        c.Preview,
        ("camera",),
        _ANY,
        "what a camera sees, a few times a second while it is set up; asked for by `cmd/camera-{camera}/preview`",
        qos=0,
        max_bytes=256 * KIB,
    ),
    TopicSpec(
        "prediction",
        "prediction/{camera}/{model}",
        c.Prediction,
        ("inference",),
        ("decision", *_ANY),
        "what a model says of a frame, or its error",
        max_bytes=1 * MIB,
    ),
    TopicSpec(
        "shadow",
        "shadow/{camera}/{model}",
        c.Prediction,
        ("inference",),
        ("decision", *_ANY),
        "what a model that only looks on says of a frame; never part of a verdict",
        max_bytes=1 * MIB,
    ),
    TopicSpec(
        "verdict_code",
        "verdict/code",
        None,
        ("decision",),
        ("plc",),
        "OK or KO in fixed columns",
        expiry_after_deadline_s=1,
    ),
    TopicSpec("verdict", "verdict", c.Verdict, ("decision",), ("plc", "camera", *_ANY), "OK or KO with the reason"),
    TopicSpec(
        "verdict_last",
        "verdict/last",
        c.Verdict,
        ("decision",),
        _ANY,
        "the last verdict, at most five times a second",
        retain=True,
    ),
    TopicSpec("count", "count", c.Totals, ("decision",), _ANY, "totals, at most five times a second", retain=True),
    TopicSpec("ready", "ready", None, ("decision",), ("plc", *_ANY), "1 or 0, each second", retain=True, expiry_s=3),
    TopicSpec(
        "item", "item", c.Item, ("decision",), ("recorder", *_ANY), "the whole story of an item", max_bytes=4 * MIB
    ),
    TopicSpec(
        "receipt",
        "receipt/{agent}",
        c.Receipt,
        ("recorder", "hub"),
        ("camera", "decision", "recorder"),
        # A hub answers below the same prefix, which names the station already; its receipts have no row of their own,
        # so that whoever gives receipts does it in one way.
        "safely on disk; at the central broker `receipt/recorder`: safely at the hub",
        max_bytes=1 * MIB,
    ),
    TopicSpec(
        "record_frame",
        "record/frame/{camera}",
        c.Frame,
        ("camera",),
        ("recorder",),
        "a frame again, for want of a receipt",
        max_bytes=64 * MIB,
    ),
    TopicSpec(
        "record_item",
        "record/item",
        c.Item,
        ("decision",),
        ("recorder",),
        "an item again, for want of a receipt",
        max_bytes=4 * MIB,
    ),
    TopicSpec("agent", "agent/{agent}", c.AgentState, AGENTS, _ANY, "online, offline or faulted", retain=True),
    TopicSpec("station", "station", c.StationInfo, ("decision",), _ANY, "the configuration in force", retain=True),
    TopicSpec("stats", "stats/{agent}", c.Stats, AGENTS, _ANY, "counters and latencies", qos=0, retain=True),
    TopicSpec("event", "event", c.Event, AGENTS, _ANY, "something a person should know"),
    TopicSpec("deadletter", "deadletter/{agent}", c.DeadLetter, AGENTS, _ANY, "what could not be read"),
    TopicSpec(
        "cmd",
        "cmd/{agent}/{verb}",
        c.Command,
        _ANY,
        AGENTS,
        "a question or an order to an agent; `predict`, with a picture, may have 6 MiB",
    ),
    TopicSpec(
        "bridge",
        "bridge",
        None,
        ("broker",),
        _ANY,
        "1 or 0: whether the bridge to the central broker stands (`okko bridge`)",
        retain=True,
    ),
    TopicSpec("reply", "reply/{agent}", c.Reply, AGENTS, _ANY, "the answer", max_bytes=1 * MIB),
)
SPECS: Mapping[str, TopicSpec] = {spec.key: spec for spec in TABLE}

_LEVEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_BASE = re.compile(r"[^\s+#/\x00$][^\s+#/\x00]*(/[^\s+#/\x00]+)*")


@dataclass(frozen=True, slots=True)
class Address:
    """A topic in full, with its row of the table and the names that stand in it."""

    topic: str
    spec: TopicSpec
    names: Mapping[str, str] = field(default_factory=dict)


def check_base(base: str) -> str:
    """The prefix, if topics can be built on it.

    Raises:
        ValueError: if it has wildcards, white space, empty levels or begins with `$`.
    """
    if not _BASE.fullmatch(base) or len(base) > 256:  # noqa: PLR2004 - a topic has 65,535 bytes, and PLCs far fewer
        message = f"{base!r} is no topic prefix: levels parted by `/`, none empty, no `+`, `#`, `$`, no white space"
        raise ValueError(message)
    return base


class Topics:
    """The topics below one station's prefix."""

    def __init__(self, base: str) -> None:
        self.base = check_base(base)
        self.parse = lru_cache(maxsize=4096)(self._parse)

    def build(self, key: str, **names: str) -> Address:
        """The topic of one row, its names filled in.

        Raises:
            ContractError: if a name would break the topic.
        """
        spec = SPECS[key]
        for name in names.values():
            if not _LEVEL.fullmatch(name):
                raise ContractError("topic", f"{name!r} cannot stand in a topic")
        return Address(f"{self.base}/{spec.path.format(**names)}", spec, names)

    def filter(self, key: str, **names: str) -> str:
        """The subscription that receives one row; a name that is left out becomes `+`."""
        path = re.sub(r"\{(\w+)\}", lambda match: names.get(match[1], "+"), SPECS[key].path)
        return f"{self.base}/{path}"

    def _parse(self, topic: str) -> Address:
        """The row that a received topic belongs to.

        Raises:
            ContractError: if it belongs to none.
        """
        if topic.startswith(self.base + "/"):
            rest = topic[len(self.base) + 1 :]
            for spec in TABLE:
                if match := _pattern(spec.path).fullmatch(rest):
                    return Address(topic, spec, match.groupdict())
        raise ContractError("topic", f"{topic[:200]!r} is none of this station's")


@lru_cache(maxsize=64)
def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", rf"(?P<\1>{_LEVEL.pattern})", re.escape(path)))
