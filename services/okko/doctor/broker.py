"""What a broker's limits mean for this station: a judgement of what was seen of it."""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from okko.broker_settings import BrokerSettings
from okko.connack import Connack
from okko.doctor.finding import Finding, good, grave, note, size_text, warning
from okko.doctor.frames import FrameSize
from okko.errors import BrokerRefused, BrokerUnavailable
from okko.topics import KIB

SUBJECT = "broker"
SECURE = "docs/how-to/secure-the-broker.md"

SLOW_ACK_MS = 20.0
"""Nagle's algorithm and delayed acks together cost 40 ms on Linux; nothing else on a local network costs half of it."""

SMALL_MESSAGES_BYTES = 64 * KIB
"""What a verdict, a prediction or an item may well have; the topics allow them more."""

DEFAULT_QUEUE = 1000
_RESTART_S = 10
_ENOUGH_QUEUE_S = 600
_FAR_MS = 10.0

Anonymous = Literal["refused", "reads", "writes", "unknown"]


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """Small messages to ourselves at QoS 1, one after another: until the message was back, until its PUBACK was."""

    count: int
    back_p50_ms: float
    back_p99_ms: float
    acked_p50_ms: float


@dataclass(frozen=True, slots=True)
class BrokerSeen:
    """What was seen of a broker. `sys`: what stands below `$SYS/broker/`, by the rest of the topic."""

    connack: Connack
    sys: Mapping[str, str] = field(default_factory=dict)
    round_trip: RoundTrip | None = None
    anonymous: Anonymous = "unknown"
    reachable_from_outside: bool = False
    unseen: tuple[str, ...] = ()


def judge_absence(error: BrokerUnavailable | BrokerRefused, broker: BrokerSettings) -> Finding:
    """There is no connection: why, and what to do about it."""
    if isinstance(error, BrokerRefused):
        remedy = error.remedy
        if "MQTT 5" in error.why:
            remedy = "Install Mosquitto 2.0 or later; the agents speak MQTT 5 (a PLC may speak 3.1.1)"
        return grave(SUBJECT, f"{broker.url} does not let us in: {error.why}", remedy)
    where = f"{broker.host} port {broker.port}"
    remedy = (
        f"Start the broker (`okko up` brings one, or `systemctl start mosquitto`); see that it listens on {where}, "
        "and that no firewall stands between"
    )
    if "certificate" in error.why or "SSL" in error.why:
        remedy = "Check `ca`, `cert` and `key` under [broker], the broker's certificate, and this machine's clock"
    return grave(SUBJECT, f"no connection to {broker.url}: {error.why}", remedy)


def judge(
    seen: BrokerSeen,
    broker: BrokerSettings,
    frames: Sequence[FrameSize | None],
    messages_per_item: int,
    items_per_s: float,
) -> Iterator[Finding]:
    """All that is to be said of a broker that let us in."""
    yield good(SUBJECT, f"{broker.url} answers, speaks MQTT 5 and lets us in")
    yield _version(seen.sys.get("version"))
    yield from _packet_limit(seen.connack, seen.sys.get("version"), frames)
    yield from _other_limits(seen.connack, broker)
    yield queue(messages_per_item, items_per_s)
    yield from _dropped(seen.sys)
    yield from _round_trip(seen.round_trip)
    yield _anonymous(seen.anonymous, outside=seen.reachable_from_outside)
    yield note(
        SUBJECT,
        "whether it keeps its sessions over a restart (`persistence`) it does not tell",
        "See `persistence true` and `autosave_interval` in its mosquitto.conf",
    )
    for what in seen.unseen:
        yield note(SUBJECT, what)


def version_of(text: str | None) -> tuple[int, int, int] | None:
    """Mosquitto's version; None where another broker, or none, tells its own."""
    found = re.fullmatch(r"mosquitto version (\d+)\.(\d+)\.(\d+).*", text or "")
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def _version(text: str | None) -> Finding:
    version = version_of(text)
    if text is None:
        return note(
            SUBJECT, "its version is not to be seen ($SYS/broker/version): okko is tried with Mosquitto 2.0 and 2.1"
        )
    if version is None:
        return note(SUBJECT, f"it is {text[:80]!r}; okko is tried with Mosquitto 2.0 and 2.1 only")
    named = ".".join(map(str, version))
    if version < (2, 0, 0):
        return warning(SUBJECT, f"Mosquitto {named} is too old", "Install Mosquitto 2.0.22 or later")
    if version < (2, 0, 16):
        return note(
            SUBJECT,
            f"Mosquitto {named}: before 2.0.16 whoever reaches its port can make it use up the memory (CVE-2023-0809), "
            "unless your distribution has mended it",
            "Keep it up to date: `apt-get install --only-upgrade mosquitto`",
        )
    return good(SUBJECT, f"Mosquitto {named}")


def _packet_limit(connack: Connack, version: str | None, frames: Sequence[FrameSize | None]) -> Iterator[Finding]:
    limit = connack.max_packet_bytes
    if limit is None:
        yield good(SUBJECT, "it tells no limit for the size of a packet")
        return
    why = ""
    if (version_of(version) or (0, 0, 0)) >= (2, 1, 0):
        why = "; from version 2.1 on the limit is 2 MB unless it is set"
    told = False
    for frame in frames:
        if frame is None or frame.high_bytes * 2 < limit:
            continue
        told = True
        yield _frame(frame, limit, why)
    if limit < SMALL_MESSAGES_BYTES:
        told = True
        yield warning(
            SUBJECT,
            f"packets above {size_text(limit)} are refused{why}; an `item` or a `prediction` may be larger",
            f"Set `max_packet_size {64 * KIB * KIB}` in its mosquitto.conf",
        )
    if not told:
        yield good(SUBJECT, f"packets of up to {size_text(limit)}: enough for this station's frames")


def _frame(frame: FrameSize, limit: int, why: str) -> Finding:
    about = f"frames of camera {frame.camera!r}"
    remedy = (
        f"Set `max_packet_size {round_up(frame.high_bytes * 2)}` in its mosquitto.conf, or pack smaller frames "
        "(`encoding`, `roi`)"
    )
    refused = f"and packets above {size_text(limit)} are refused{why}"
    if frame.low_bytes > limit:
        what = f"{about} have {size_text(frame.low_bytes)} ({frame.how}), {refused}: none is sent"
        return grave(SUBJECT, what, remedy)
    if frame.high_bytes > limit:
        what = f"{about} may have {size_text(frame.high_bytes)} ({frame.how}), {refused}"
        return warning(SUBJECT, what, remedy)
    return note(SUBJECT, f"{about} fill half of what a packet may have, {size_text(limit)}{why} ({frame.how})", remedy)


def round_up(size_bytes: int) -> int:
    """The next power of two, at least 1 MiB."""
    return max(KIB * KIB, 1 << (size_bytes - 1).bit_length())


def _other_limits(connack: Connack, broker: BrokerSettings) -> Iterator[Finding]:
    if connack.max_qos < 1:
        yield grave(
            SUBJECT,
            f"it carries QoS {connack.max_qos} only: a lost message would be nobody's loss",
            "Take `max_qos` out of its mosquitto.conf",
        )
    if not connack.retain_available:
        yield grave(
            SUBJECT,
            "it keeps no retained messages: whoever joins late would not see `ready`, nor which agents are there",
            "Set `retain_available true` in its mosquitto.conf",
        )
    keepalive_s = connack.server_keepalive_s
    if keepalive_s is not None and keepalive_s < broker.keepalive_s:
        yield warning(
            SUBJECT,
            f"it asks for a keep-alive of {keepalive_s} s where the station says {broker.keepalive_s} s; the agents "
            f"follow, an MQTT 3.1.1 client (a PLC) that wants more than {keepalive_s} s is refused",
            f"Set `keepalive_s` under [broker], and the PLC's, to {keepalive_s} or less, or raise `max_keepalive` in "
            "its mosquitto.conf",
        )
    if connack.receive_maximum < 10:  # noqa: PLR2004 - a few items in flight, each with a few messages
        yield warning(
            SUBJECT,
            f"it takes {connack.receive_maximum} unacknowledged messages of a client at once: agents wait for it",
            "Raise `max_inflight_messages` in its mosquitto.conf (ours has 100)",
        )
    if connack.session_expiry_s == 0:
        yield warning(
            SUBJECT,
            "it keeps no session of a client that is away: triggers are lost while the decision agent restarts",
            "Raise `persistent_client_expiration` in its mosquitto.conf (ours has 1d)",
        )


def queue(messages_per_item: int, items_per_s: float) -> Finding:
    """How long the decision agent may be away before a broker with Mosquitto's default drops its messages."""
    lasts_s = DEFAULT_QUEUE / (messages_per_item * items_per_s)
    what = (
        f"how much it queues it does not tell: Mosquitto's default of {DEFAULT_QUEUE} messages (`max_queued_messages`) "
        f"holds {lasts_s:.0f} s of {items_per_s:.3g} triggers a second ({messages_per_item} messages an item) while "
        "the decision agent is away; then it drops silently"
    )
    remedy = "Set `max_queued_messages 20000` in its mosquitto.conf, as ours has"
    if lasts_s < _RESTART_S:
        return warning(SUBJECT, what, remedy)
    return note(SUBJECT, what, remedy if lasts_s < _ENOUGH_QUEUE_S else "")


def _dropped(sys: Mapping[str, str]) -> Iterator[Finding]:
    text = sys.get("publish/messages/dropped", "")
    if text.isdigit() and int(text):
        yield warning(
            SUBJECT,
            f"it has dropped {text} messages since its start: for clients whose queue was full, or that read slowly",
            "Look for a client that is slow, or away with a persistent session; see `max_queued_messages`",
        )


def _round_trip(trip: RoundTrip | None) -> Iterator[Finding]:
    if trip is None:
        yield warning(
            SUBJECT,
            "a message to ourselves did not come back: it may not be allowed, or the broker is very slow",
            f"Allow the station's user to write and read below `<base>/cmd/#`; see {SECURE}",
        )
        return
    p50_ms, p99_ms = trip.back_p50_ms, trip.back_p99_ms
    timed = f"round trip {p50_ms:.1f} ms p50, {p99_ms:.1f} ms p99 of {trip.count} small messages at QoS 1"
    if trip.acked_p50_ms >= SLOW_ACK_MS and trip.back_p50_ms < trip.acked_p50_ms / 2:
        yield warning(
            SUBJECT,
            f"it holds small messages back: {trip.acked_p50_ms:.0f} ms until the second of two, {p50_ms:.1f} ms until "
            "the first (Nagle's algorithm); a line of 50 messages a second waits 40 ms at each hop",
            "Set `set_tcp_nodelay true` in its mosquitto.conf",
        )
    elif trip.back_p50_ms >= _FAR_MS:
        yield warning(
            SUBJECT,
            f"it is far away or overloaded: {timed}; an item takes five such hops",
            "Have the broker on the station's own machine, and see what else it does",
        )
    else:
        yield good(SUBJECT, timed)


def _anonymous(anonymous: Anonymous, *, outside: bool) -> Finding:
    remedy = f"Give each its own name and what it may write: {SECURE}"
    match anonymous:
        case "refused":
            return good(SUBJECT, "nobody comes in without a password or certificate")
        case "unknown":
            return note(SUBJECT, "whether a client without a password may write verdicts was not to be found out")
        case "reads":
            return note(SUBJECT, "a client without a password comes in, and may not write `verdict/code`", remedy)
        case "writes" if not outside:
            return note(
                SUBJECT, "any program of this machine may write `verdict/code`; from outside nobody reaches it", remedy
            )
    return warning(
        SUBJECT,
        "any client on the network may write `verdict/code`, without a password: it could pass bad parts",
        remedy,
    )


def clear_command(broker: BrokerSettings, topic: str) -> str:
    """The command that clears a retained message."""
    arguments = ["mosquitto_pub", "-h", broker.host, "-p", str(broker.port)]
    if broker.username is not None:
        arguments += ["-u", broker.username, "-P", "PASSWORD"]
    if broker.tls:
        arguments += ["--cafile", str(broker.ca)] if broker.ca is not None else ["--tls-use-os-certs"]
    if broker.cert is not None:
        arguments += ["--cert", str(broker.cert), "--key", str(broker.key or broker.cert)]
    return shlex.join([*arguments, "-t", topic, "-r", "-n"])
