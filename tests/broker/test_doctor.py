"""`okko doctor`, as people run it, at brokers that are set up rightly and wrongly."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from agents import BASE, Agent, write_station
from observer import Observer, Seen
from okko import broker as okko_broker
from okko import contracts as c
from okko.broker_settings import BrokerSettings
from okko.doctor.write_access import anonymous_access
from running_broker import RunningBroker

StartBroker = Callable[..., int]
FIELDS = {"subject", "severity", "what", "remedy"}


@pytest.fixture
def start_broker(tmp_path: Path) -> Iterator[StartBroker]:
    """Start a broker with our configuration, some of its lines replaced; gives its port."""
    processes: list[subprocess.Popen[bytes]] = []

    def start(lines: Mapping[str, str]) -> int:
        port = okko_broker.free_port()
        path = okko_broker.write_configuration(tmp_path / f"broker-{len(processes)}", "127.0.0.1", port)
        text = path.read_text()
        for line, instead in lines.items():
            assert f"\n{line}\n" in text
            text = text.replace(f"\n{line}\n", f"\n{instead}\n")
        path.write_text(text)
        processes.append(subprocess.Popen([okko_broker.find_mosquitto(), "-c", path], stderr=subprocess.DEVNULL))
        for _ in range(200):
            if okko_broker.answers("127.0.0.1", port):
                return port
            with contextlib.suppress(subprocess.TimeoutExpired):
                processes[-1].wait(0.025)  # a real process comes up in its own time
        pytest.fail("Mosquitto did not come up")

    yield start
    for process in processes:
        process.terminate()
        process.wait()


def station_at(folder: Path, port: int, broker_keys: str = "") -> Path:
    """A station on a broker of this machine, whose camera shows one picture of 100 kB."""
    (folder / "images").mkdir(parents=True)
    (folder / "images" / "part.jpg").write_bytes(b"\xff\xd8" + bytes(100_000))
    write_station(folder, f"mqtt://127.0.0.1:{port}")
    file = folder / "station.toml"
    file.write_text(file.read_text().replace("[broker]\n", f"[broker]\n{broker_keys}\n"))
    return folder


def examined(station: Path) -> tuple[int, list[dict[str, str]]]:
    """The exit code of `okko doctor --json`, and its findings."""
    done = subprocess.run(
        [sys.executable, "-m", "okko", "doctor", str(station), "--json"], capture_output=True, text=True, check=False
    )
    findings = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(set(finding) == FIELDS for finding in findings), done.stderr
    return done.returncode, findings


def of(findings: list[dict[str, str]], *severities: str) -> dict[str, str]:
    """What was found, with its remedy, of some severities."""
    return {finding["what"]: finding["remedy"] for finding in findings if finding["severity"] in severities}


def one(findings: list[dict[str, str]], severity: str, *words: str) -> dict[str, str]:
    """The only finding of a severity that has all these words."""
    fitting = [f for f in findings if f["severity"] == severity and all(word in f["what"] for word in words)]
    assert len(fitting) == 1, (words, findings)
    return fitting[0]


def test_a_right_broker_has_nothing_grave_and_hears_nothing_but_questions(
    tmp_path: Path, broker: RunningBroker
) -> None:
    """Exit 0; what the doctor sends is `who` and messages to itself, and none of it stays."""
    station = station_at(tmp_path / "station", broker.port)
    with Observer(broker.port, f"{BASE}/#") as observer:
        code, findings = examined(station)
        topics = {seen.topic.removeprefix(f"{BASE}/cmd/") for seen in observer.seen}
        assert not any(seen.retain for seen in observer.seen)
    assert (code, of(findings, "grave")) == (0, {})
    assert topics
    assert all(topic.endswith("/who") or topic.startswith("doctor-") for topic in topics)
    told = of(findings, "good", "warning")
    assert any("speaks MQTT 5" in what for what in told)
    assert any("round trip" in what for what in told)
    assert any("packets of up to 67.1 MB" in what for what in told)
    assert {f["subject"] for f in findings} >= {"broker", "agents", "retained", "clocks", "disk", "cameras", "machine"}


def test_limits_that_do_not_fit_the_station_are_told(tmp_path: Path, start_broker: StartBroker) -> None:
    """A packet limit below a frame is grave; Nagle, a short keep-alive and small windows are warnings."""
    port = start_broker(
        {
            "max_packet_size 67108864": "max_packet_size 20000\nmax_keepalive 10",
            "set_tcp_nodelay true": "",
            "max_inflight_messages 100": "max_inflight_messages 5",
        }
    )
    code, findings = examined(station_at(tmp_path / "station", port, "keepalive_s = 60"))
    assert code == 1
    assert "`max_packet_size" in one(findings, "grave", "'top'", "100 kB", "20 kB")["remedy"]
    assert "`set_tcp_nodelay true`" in one(findings, "warning", "Nagle")["remedy"]
    assert "`max_keepalive`" in one(findings, "warning", "10 s", "60 s")["remedy"]
    assert "`max_inflight_messages`" in one(findings, "warning", "5 unacknowledged")["remedy"]


def test_retained_leftovers_are_grave_and_the_remedy_clears_them(tmp_path: Path, broker: RunningBroker) -> None:
    """On topics that never retain; the command that is given is run, and the next look finds nothing."""
    station = station_at(tmp_path / "station", broker.port)
    with Observer(broker.port) as observer:
        observer.publish(f"{BASE}/trigger", b"42 old", retain=True)
        observer.publish(f"{BASE}/verdict/code", b"OK 0000000042 00 old", retain=True)
        gone = c.AgentState(agent="camera-gone", state="offline", instance_id="i", version="0", since="2026-01-01")
        observer.publish(f"{BASE}/agent/camera-gone", c.encode(gone), retain=True)
    code, findings = examined(station)
    assert code == 1
    leftovers = [f for f in findings if f["subject"] == "retained" and f["severity"] in {"grave", "note"}]
    assert [f["severity"] for f in leftovers].count("grave") == 2
    assert any("camera-gone is not of this station" in f["what"] for f in leftovers)
    for finding in leftovers:
        subprocess.run(finding["remedy"].split(";")[0].split(), check=True)
    code, findings = examined(station)
    assert (code, of(findings, "grave")) == (0, {})


def verdict(word: c.VerdictWord, item_id: str) -> bytes:
    """A verdict of one part, as a decision agent publishes it."""
    return c.encode(
        c.Verdict(
            item_id=item_id,
            part_id="duck",
            seq=7,
            verdict=word,
            reason="rules",
            finding=None,
            borderline=False,
            triggered_at="2026-11-23T00:00:00.000Z",
            decided_at="2026-11-23T00:00:00.000Z",
            latency_ms=1.0,
            deadline_met=True,
            duplicate=False,
            recipe="default",
            station="station",
        )
    )


def test_a_second_decision_agent_is_grave(tmp_path: Path, broker: RunningBroker) -> None:
    """Two instances answer one question, and a part has two verdicts."""
    station = station_at(tmp_path / "station", broker.port)

    def decide_twice(seen: Seen) -> None:
        asked = c.decode(c.Command, seen.payload)
        for instance, word in (("first", "OK"), ("second", "KO")):
            reply = c.Reply(
                request_id=asked.request_id,
                agent="decision",
                instance_id=instance,
                ok=True,
                result={"host": "box", "pid": 1},
            )
            observer.send(f"{BASE}/reply/decision", c.encode(reply))
            observer.send(f"{BASE}/verdict", verdict("OK" if word == "OK" else "KO", instance))
            observer.send(f"{BASE}/verdict/code", f"{word} 0000000007 00 duck".encode())

    with Observer(broker.port, f"{BASE}/cmd/decision/who") as observer:
        observer.on_seen = decide_twice
        code, findings = examined(station)
    assert code == 1
    assert one(findings, "grave", "two decision agents", "first", "second")["subject"] == "verdicts"
    one(findings, "grave", "'duck' with seq 7", "2 items")
    one(findings, "grave", "`verdict/code`", "both OK and KO")


PASSWORDS = "password_file {file}\nallow_anonymous false"


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    """A Mosquitto password file with the user `okko`, whose password is `secret`."""
    file = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(file), "okko", "secret"], check=True)
    file.chmod(0o600)
    return file


def test_a_login_that_is_wanted_and_not_given_is_grave(
    tmp_path: Path, start_broker: StartBroker, password_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine is still examined; with the password it is good that others are kept out."""
    port = start_broker({"allow_anonymous true": PASSWORDS.format(file=password_file)})
    station = station_at(tmp_path / "station", port, 'username = "okko"')
    monkeypatch.setenv("OKKO_BROKER_PASSWORD", "wrong")
    code, findings = examined(station)
    assert code == 1
    assert "OKKO_BROKER_PASSWORD" in one(findings, "grave", "does not let us in")["remedy"]
    assert any(finding["subject"] == "disk" for finding in findings)
    monkeypatch.setenv("OKKO_BROKER_PASSWORD", "secret")
    code, findings = examined(station)
    assert (code, of(findings, "grave")) == (0, {})
    one(findings, "good", "nobody comes in without a password")


def test_nobody_there_is_grave(tmp_path: Path) -> None:
    """With the way to start one."""
    code, findings = examined(station_at(tmp_path / "station", okko_broker.free_port()))
    assert code == 1
    assert "`okko up`" in one(findings, "grave", "refused")["remedy"]
    assert "not looked at" in one(findings, "note", "connection that may read")["what"]


def test_a_station_that_half_runs_is_told_of(
    tmp_path: Path, broker: RunningBroker, start_agent: Callable[..., Agent]
) -> None:
    """One agent of the station is there: it is good, the others are missing."""
    station = station_at(tmp_path / "station", broker.port)
    start_agent("-m", "okko", "run", "recorder", str(station))
    with Observer(broker.port, f"{BASE}/agent/recorder") as observer:
        observer.wait(lambda seen: b"online" in seen.payload)
        code, findings = examined(station)
    assert code == 1
    one(findings, "good", "recorder is online")
    one(findings, "grave", "decision was never there")
    one(findings, "grave", "camera-top was never there")


def test_a_wrong_station_file_is_your_input(tmp_path: Path) -> None:
    """Exit 2, and what to mend on stderr."""
    done = subprocess.run(
        [sys.executable, "-m", "okko", "doctor", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "station.toml" in done.stderr


def test_the_table_tells_what_to_do(tmp_path: Path) -> None:
    """For people: what is good is left out, the remedy stands under what was found."""
    station = station_at(tmp_path / "station", okko_broker.free_port())
    done = subprocess.run(
        [sys.executable, "-m", "okko", "doctor", str(station)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "grave" in done.stdout
    assert "-> Start the broker" in done.stdout


ACL = "allow_anonymous true\nacl_file {file}"


async def test_whether_anybody_may_write_is_found_out_without_writing(
    tmp_path: Path, broker: RunningBroker, start_broker: StartBroker, password_file: Path
) -> None:
    """Three brokers give three answers, and nobody receives anything."""
    acl = tmp_path / "acl"
    acl.write_text("topic read okko/#\n")
    acl.chmod(0o600)
    ports = {
        "writes": broker.port,
        "reads": start_broker({"allow_anonymous true": ACL.format(file=acl)}),
        "refused": start_broker({"allow_anonymous true": PASSWORDS.format(file=password_file)}),
        "unknown": okko_broker.free_port(),
    }
    with Observer(broker.port, f"{BASE}/#") as observer:
        for expected, port in ports.items():
            url = f"mqtt://127.0.0.1:{port}"
            assert await anonymous_access(BrokerSettings(url=url), f"{BASE}/verdict/code") == expected
        observer.publish(f"{BASE}/event", b"the end")
        observer.wait(lambda seen: seen.payload == b"the end")
        assert [seen.payload for seen in observer.seen] == [b"the end"]
