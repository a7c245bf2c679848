"""What the doctor says of a broker: tables of what was seen, and of what follows."""

import asyncio
from collections.abc import Mapping

import pytest

from okko.broker_settings import BrokerSettings
from okko.connack import Connack
from okko.doctor import broker as b
from okko.doctor.finding import Finding, Severity, exit_code, good, grave, note, size_text, warning
from okko.doctor.frames import FrameSize
from okko.doctor.write_access import anonymous_access, connect_packet, publish_packet
from okko.errors import BrokerRefused, BrokerUnavailable

SETTINGS = BrokerSettings(url="mqtt://box:1884", keepalive_s=20)
WELL = b.RoundTrip(count=200, back_p50_ms=0.4, back_p99_ms=1.0, acked_p50_ms=0.5)
FRAME = FrameSize("top", 100_000, 102_048, "recorded")
GRAVE, WARNING, NOTE, GOOD = Severity.GRAVE, Severity.WARNING, Severity.NOTE, Severity.GOOD


def judged(seen: b.BrokerSeen, *frames: FrameSize | None) -> list[Finding]:
    """All findings about a broker of a line that makes an item a second."""
    return list(b.judge(seen, SETTINGS, frames, messages_per_item=3, items_per_s=1.0))


def worst(findings: list[Finding], word: str) -> Severity:
    """How bad the worst finding is that has a word; GOOD where there is none."""
    return max((finding.severity for finding in findings if word in finding.what), default=GOOD)


@pytest.mark.parametrize(
    ("limit", "frames", "severity"),
    [
        (None, [FRAME], GOOD),
        (67_108_864, [FRAME], GOOD),
        (67_108_864, [None], GOOD),
        (20_000, [FRAME], GRAVE),
        (99_999, [FRAME], GRAVE),
        (100_000, [FRAME], WARNING),  # the frame fits, with its head it does not
        (102_048, [FRAME], NOTE),
        (204_096, [FRAME], NOTE),
        (204_097, [FRAME], GOOD),
        (2_000_000, [None, FRAME, FrameSize("side", 6_000_000, 6_002_048, "reckoned")], GRAVE),
        (65_535, [None], WARNING),  # no frame is known, and other messages may be larger
        (65_536, [None], GOOD),
    ],
)
def test_a_packet_limit_is_measured_by_the_frames(
    limit: int | None, frames: list[FrameSize | None], severity: Severity
) -> None:
    """Below what a frame has for certain it is grave, below what it may have a warning, near it a note."""
    findings = judged(b.BrokerSeen(Connack(max_packet_bytes=limit), round_trip=WELL), *frames)
    assert worst(findings, "packet") == severity


def test_the_remedy_of_a_packet_limit_lets_the_frame_through() -> None:
    """The number that is to be set is enough for the frame, twice."""
    found = [f for f in judged(b.BrokerSeen(Connack(max_packet_bytes=90_000)), FRAME) if f.severity is GRAVE]
    assert [f.remedy.split("`")[1] for f in found] == ["max_packet_size 1048576"]
    assert b.round_up(204_096) == 1 << 20
    assert b.round_up(15_000_000) == 1 << 24
    assert b.round_up(1 << 24) == 1 << 24


def test_a_limit_of_version_2_1_is_told_to_be_its_default() -> None:
    """The same limit needs no explanation from 2.0."""
    for version, told in (("2.1.0", True), ("2.0.22", False)):
        seen = b.BrokerSeen(Connack(max_packet_bytes=50_000), {"version": f"mosquitto version {version}"}, WELL)
        assert any("2 MB unless it is set" in finding.what for finding in judged(seen, FRAME)) == told


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        (None, NOTE),
        ("EMQX 5", NOTE),
        ("mosquitto version 1.6.12", WARNING),
        ("mosquitto version 2.0.11", NOTE),
        ("mosquitto version 2.0.15", NOTE),
        ("mosquitto version 2.0.16", GOOD),
        ("mosquitto version 2.0.22", GOOD),
        ("mosquitto version 2.1.0", GOOD),
    ],
)
def test_versions(text: str | None, severity: Severity) -> None:
    """Too old, with a known hole, unknown, good."""
    sys = {} if text is None else {"version": text}
    findings = judged(b.BrokerSeen(Connack(), sys, WELL))
    words = "version" if text is None or "EMQX" in text else "Mosquitto 1" if "1.6" in text else "Mosquitto 2"
    assert max(f.severity for f in findings if words in f.what or "okko is tried" in f.what) == severity


@pytest.mark.parametrize(
    ("connack", "word", "severity"),
    [
        (Connack(), "QoS 0 only", GOOD),
        (Connack(max_qos=0), "QoS 0 only", GRAVE),
        (Connack(max_qos=1), "only", GOOD),
        (Connack(retain_available=False), "no retained", GRAVE),
        (Connack(server_keepalive_s=10), "keep-alive", WARNING),
        (Connack(server_keepalive_s=20), "keep-alive", GOOD),
        (Connack(receive_maximum=9), "unacknowledged", WARNING),
        (Connack(receive_maximum=20), "unacknowledged", GOOD),
        (Connack(session_expiry_s=0), "keeps no session", WARNING),
        (Connack(session_expiry_s=60), "keeps no session", GOOD),
    ],
)
def test_other_limits_of_the_connack(connack: Connack, word: str, severity: Severity) -> None:
    """What would lose messages is grave, what slows or surprises a warning."""
    assert worst(judged(b.BrokerSeen(connack, round_trip=WELL)), word) == severity


@pytest.mark.parametrize(
    ("trip", "word", "severity"),
    [
        (None, "did not come back", WARNING),
        (WELL, "round trip", GOOD),
        (b.RoundTrip(40, 0.4, 1.0, 43.8), "Nagle", WARNING),
        (b.RoundTrip(40, 0.4, 1.0, 20.0), "Nagle", WARNING),
        (b.RoundTrip(200, 0.4, 1.0, 19.9), "Nagle", GOOD),
        (b.RoundTrip(40, 43.0, 60.0, 44.0), "Nagle", GOOD),  # far away, not held back
        (b.RoundTrip(40, 43.0, 60.0, 44.0), "far away", WARNING),
        (b.RoundTrip(200, 9.9, 60.0, 9.9), "far away", GOOD),
    ],
)
def test_round_trips_tell_nagle_from_distance(trip: b.RoundTrip | None, word: str, severity: Severity) -> None:
    """Only the second of two small messages is late where it is Nagle's algorithm."""
    assert worst(judged(b.BrokerSeen(Connack(), round_trip=trip)), word) == severity


@pytest.mark.parametrize(
    ("anonymous", "outside", "severity"),
    [
        ("refused", True, GOOD),
        ("unknown", True, NOTE),
        ("reads", True, NOTE),
        ("writes", False, NOTE),
        ("writes", True, WARNING),
    ],
)
def test_who_may_write_verdicts(anonymous: b.Anonymous, outside: bool, severity: Severity) -> None:
    """Anybody on the network is a warning; a program of this machine, a note; both point to how it is mended."""
    seen = b.BrokerSeen(Connack(), round_trip=WELL, anonymous=anonymous, reachable_from_outside=outside)
    found = [f for f in judged(seen) if "without a password" in f.what or "any program" in f.what]
    assert [f.severity for f in found] == [severity]
    assert (b.SECURE in found[0].remedy) == (anonymous in {"reads", "writes"})


@pytest.mark.parametrize(
    ("sys", "severity"),
    [
        ({}, GOOD),
        ({"publish/messages/dropped": "0"}, GOOD),
        ({"publish/messages/dropped": "12"}, WARNING),
        ({"publish/messages/dropped": "rubbish"}, GOOD),
    ],
)
def test_what_a_broker_dropped(sys: Mapping[str, str], severity: Severity) -> None:
    """Its own count."""
    assert worst(judged(b.BrokerSeen(Connack(), sys, WELL)), "dropped") == severity


@pytest.mark.parametrize(
    ("messages", "items_per_s", "severity", "words", "remedy"),
    [
        (5, 1.0, NOTE, "200 s", True),
        (1, 1.0, NOTE, "1000 s", False),
        (5, 20.0, NOTE, "10 s", True),
        (5, 20.1, WARNING, "10 s", True),
    ],
)
def test_how_long_a_default_queue_lasts(
    messages: int,
    items_per_s: float,
    severity: Severity,
    words: str,
    remedy: bool,
) -> None:
    """Shorter than a restart takes is a warning."""
    finding = b.queue(messages, items_per_s)
    assert (finding.severity, words in finding.what, bool(finding.remedy)) == (severity, True, remedy)


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (BrokerUnavailable("u", "Connection refused"), "box port 1884"),
        (BrokerUnavailable("u", "[SSL: WRONG_VERSION_NUMBER]"), "`ca`"),
        (BrokerRefused("u", "bad user name or password"), "OKKO_BROKER_PASSWORD"),
        (BrokerRefused("u", "it does not speak MQTT 5"), "Mosquitto 2.0"),
    ],
)
def test_no_connection_is_grave_with_its_own_remedy(error: BrokerUnavailable | BrokerRefused, remedy: str) -> None:
    """Away, TLS, login, protocol."""
    finding = b.judge_absence(error, SETTINGS)
    assert finding.severity is GRAVE
    assert remedy in finding.remedy
    assert error.why in finding.what


def test_what_could_not_be_seen_is_said() -> None:
    """As notes, beside that persistence never is."""
    findings = judged(b.BrokerSeen(Connack(), unseen=("no $SYS",)))
    assert "no $SYS" in [f.what for f in findings if f.severity is NOTE]
    assert worst(findings, "`persistence`") is NOTE


@pytest.mark.parametrize(
    ("settings", "command"),
    [
        ({}, "mosquitto_pub -h box -p 1883 -t a/b -r -n"),
        ({"username": "me"}, "mosquitto_pub -h box -p 1883 -u me -P PASSWORD -t a/b -r -n"),
        (
            {"url": "mqtts://box", "ca": "/my ca.pem"},
            "mosquitto_pub -h box -p 8883 --cafile '/my ca.pem' -t a/b -r -n",
        ),
        ({"url": "mqtts://box"}, "mosquitto_pub -h box -p 8883 --tls-use-os-certs -t a/b -r -n"),
        (
            {"url": "mqtts://box", "ca": "/ca", "cert": "/both"},
            "mosquitto_pub -h box -p 8883 --cafile /ca --cert /both --key /both -t a/b -r -n",
        ),
    ],
)
def test_the_command_that_clears_a_topic_gets_in_as_the_station_does(settings: dict[str, str], command: str) -> None:
    """It can be pasted; only the password is to be filled in."""
    assert b.clear_command(BrokerSettings.model_validate({"url": "mqtt://box", **settings}), "a/b") == command


def test_exit_code_follows_the_worst() -> None:
    """1 only for grave."""
    mild = [good("s", "w"), note("s", "w"), warning("s", "w", "r")]
    assert exit_code([]) == exit_code(mild) == 0
    assert exit_code([*mild, grave("s", "w", "r")]) == 1


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (20_000, "20 kB"),
        (1_500_000, "1.5 MB"),
        (268e6, "268 MB"),
        (79.6e9, "79.6 GB"),
    ],
)
def test_sizes_are_for_people(size_bytes: float, text: str) -> None:
    """Three digits at most, in units of 1000."""
    assert size_text(size_bytes) == text


def test_the_packets_are_as_mqtt_5_has_them() -> None:
    """CONNECT without a name and PUBLISH at QoS 2, byte by byte; a long one has two bytes of length."""
    assert connect_packet("ab") == b"\x10\x0f\x00\x04MQTT\x05\x02\x00\x1e\x00\x00\x02ab"
    assert publish_packet("t", b"x") == b"\x34\x07\x00\x01t\x00\x01\x00x"
    assert publish_packet("t", bytes(200))[:3] == b"\x34\xce\x01"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x20\x01\x00",
        b"\x20\xff\xff\xff\xff",
        b"\x20\x03\x00\x00\x00\x40\x02\x00\x01",
    ],
)
async def test_a_server_that_talks_nonsense_leaves_it_unknown(answer: bytes) -> None:
    """Whatever answers at the port, nothing is claimed about it."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert await anonymous_access(BrokerSettings(url=f"mqtt://127.0.0.1:{port}"), "t") == "unknown"
