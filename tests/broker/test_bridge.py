"""The live view at the broker further up: what `okko bridge` writes, between two real Mosquittos."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agents import BASE, Agent, write_station
from far_broker import FarBroker
from items import item, record, waiting_ids
from observer import Observer
from okko.cli import okko
from running_broker import RunningBroker
from waiting import eventually

ROOT = Path(__file__).parents[2]
CENTRAL = "canario/hub/line-1"
PLACEHOLDER = "@OKKO_UPLINK_PASSWORD@"

Write = Callable[..., Path]
GuardedBroker = Callable[[str], int]


@pytest.fixture
def far(tmp_path: Path) -> Iterator[FarBroker]:
    """The broker further up, not started yet."""
    broker = FarBroker(tmp_path / "far")
    yield broker
    broker.stop()


@pytest.fixture
def station(tmp_path: Path, far: FarBroker) -> Write:
    """Write a station with a way up, and lines of [uplink]."""

    def write(*lines: str, url: str = far.url, base: str = CENTRAL) -> Path:
        table = ["[uplink]", f'url = "{url}"', f'central_base = "{base}"', *lines, ""]
        return write_station(tmp_path / "station", "mqtt://127.0.0.1:1", "\n".join(table))

    return write


def run(*arguments: object) -> Result:
    """`okko bridge ...`, in this process."""
    return CliRunner().invoke(okko, ["bridge", *map(str, arguments)])


@pytest.fixture
def near(guarded_broker: GuardedBroker) -> Callable[[Path], int]:
    """Start the station's broker, with the project's configuration and the bridge of a station; gives its port."""
    return lambda folder: guarded_broker("allow_anonymous true\n" + run(folder).stdout)


def stands(observer: Observer, *, since: int = 0) -> None:
    """Until the bridge says of itself that it stands."""
    eventually(lambda: b"1" in observer.payloads(f"{CENTRAL}/bridge")[since:], "there is no bridge")


def test_the_live_view_arrives_and_nothing_else(station: Write, near: Callable[[Path], int], far: FarBroker) -> None:
    """Verdict, ready, count, agents, events and station, below the central prefix, with what MQTT 5 says of them."""
    far.start()
    port = near(station())
    up = ["verdict", "ready", "count", "agent/recorder", "event", "station", "reply/decision"]
    kept = [
        "frame/top",
        "item",
        "record/item",
        "record/frame/top",
        "stats/recorder",
        "verdict/code",
        "receipt/decision",
    ]
    with Observer(far.port, "#") as central, Observer(port) as local:
        stands(central)
        for topic in (*kept, *up):
            local.publish(f"{BASE}/{topic}", topic.encode(), retain=topic == "ready", user={"schema": "1"})
        for topic in up:
            seen = central.wait(lambda seen, topic=topic: seen.topic == f"{CENTRAL}/{topic}")  # type: ignore[misc]
            assert (seen.payload, seen.qos, seen.schema) == (topic.encode(), 1, "1")
        assert {seen.topic for seen in central.seen} == {f"{CENTRAL}/{topic}" for topic in (*up, "bridge")}


def test_commands_come_down_and_replies_go_up(station: Write, near: Callable[[Path], int], far: FarBroker) -> None:
    """A question that is asked up there is answered up there; nothing else comes down."""
    far.start()
    port = near(station())
    with Observer(far.port, f"{CENTRAL}/#") as central, Observer(port, f"{BASE}/#") as local:
        stands(central)
        central.publish(f"{CENTRAL}/verdict", b"not the line's business")
        central.publish(f"{CENTRAL}/trigger", b"42")
        central.publish(f"{CENTRAL}/cmd/recorder/who", b'{"request_id": "7"}')
        local.wait(lambda seen: seen.topic == f"{BASE}/cmd/recorder/who")
        local.publish(f"{BASE}/reply/recorder", b"here")
        central.wait(lambda seen: seen.topic == f"{CENTRAL}/reply/recorder")
        assert {seen.topic for seen in local.seen} == {f"{BASE}/cmd/recorder/who", f"{BASE}/reply/recorder"}
        assert len([seen for seen in central.seen if seen.topic.endswith("/cmd/recorder/who")]) == 1  # no loop


def test_a_prefix_that_is_the_same_at_both_ends(station: Write, near: Callable[[Path], int], far: FarBroker) -> None:
    """Nothing goes round in a circle where the topics have the same names here and there."""
    far.start()
    port = near(station(base=BASE))
    with Observer(far.port, f"{BASE}/#") as central, Observer(port, f"{BASE}/#") as local:
        eventually(lambda: central.payloads(f"{BASE}/bridge") == [b"1"])
        local.publish(f"{BASE}/verdict", b"OK")
        central.publish(f"{BASE}/cmd/recorder/who", b"?")
        for observer in (local, central):
            observer.wait(lambda seen: seen.topic.endswith("/who"))
            observer.wait(lambda seen: seen.topic.endswith("/verdict"))
        local.publish(f"{BASE}/event", b"the last")
        central.wait(lambda seen: seen.topic.endswith("/event"))
        for observer in (local, central):
            assert len(observer.payloads(f"{BASE}/verdict")) == len(observer.payloads(f"{BASE}/cmd/recorder/who")) == 1


def test_the_broker_further_up_goes_away_and_comes_back_empty(
    station: Write, near: Callable[[Path], int], far: FarBroker
) -> None:
    """Killed: the bridge says so on the station's broker; back: what is retained is there again, and no old verdict."""
    far.start()
    port = near(station())
    with Observer(port, f"{CENTRAL}/bridge") as local:
        with Observer(far.port, f"{CENTRAL}/#") as central:
            stands(central)
            local.publish(f"{BASE}/ready", b"1", retain=True)
            central.wait(lambda seen: seen.topic == f"{CENTRAL}/ready")
        far.kill()
        eventually(lambda: local.payloads(f"{CENTRAL}/bridge")[-1:] == [b"0"])
        local.publish(f"{BASE}/verdict", b"while away")
        local.publish(f"{BASE}/ready", b"0", retain=True)
        far.start()
        with Observer(far.port, f"{CENTRAL}/#") as central:
            stands(central)
            assert central.wait(lambda seen: seen.topic == f"{CENTRAL}/ready").payload == b"0"
            local.publish(f"{BASE}/verdict", b"new")
            assert central.wait(lambda seen: seen.topic == f"{CENTRAL}/verdict").payload == b"new"


def test_a_message_too_large_for_the_broker_further_up_is_left_out(
    station: Write, near: Callable[[Path], int], far: FarBroker
) -> None:
    """The bridge goes on with the next one."""
    far.lines = ("allow_anonymous true", "max_packet_size 20000")
    far.start()
    port = near(station())
    with Observer(far.port, f"{CENTRAL}/#") as central, Observer(port) as local:
        stands(central)
        for payload in (b"first", bytes(30_000), b"last"):
            local.publish(f"{BASE}/reply/decision", payload)
        central.wait(lambda seen: seen.payload == b"last")
        assert central.payloads(f"{CENTRAL}/reply/decision") == [b"first", b"last"]
        assert central.payloads(f"{CENTRAL}/bridge") == [b"1"]


def test_what_perishes_here_perishes_there(station: Write, near: Callable[[Path], int], far: FarBroker) -> None:
    """`ready` keeps its expiry on the way: a dashboard never sees an old one."""
    far.start()
    port = near(station())
    with Observer(far.port, f"{CENTRAL}/#") as central:
        stands(central)
        expiry = ["-D", "publish", "message-expiry-interval", "3"]
        ready = ["-t", f"{BASE}/ready", "-m", "1", "-r", "-q", "1"]
        subprocess.run(["mosquitto_pub", "-V", "5", "-p", str(port), *ready, *expiry], check=True)
        seen = central.wait(lambda seen: seen.topic == f"{CENTRAL}/ready")
        assert seen.retain
        assert seen.expiry_s in {2, 3}


def test_the_access_list_of_the_page_is_enough(
    station: Write, guarded_broker: GuardedBroker, far: FarBroker, tmp_path: Path, start_agent: Callable[..., Agent]
) -> None:
    """With one user for each station as docs/how-to/central-broker.md has it, bridge and uplink both get through."""
    page = (ROOT / "docs" / "how-to" / "central-broker.md").read_text()
    acl = re.search(r"```\n(user line-1\n.*?)```", page, re.DOTALL)
    assert acl is not None
    (tmp_path / "acl").write_text(f"topic readwrite #\n{acl[1]}")  # the first line is for the test, who is nobody
    passwords = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, "line-1", "a secret"], check=True)
    far.lines = ("allow_anonymous true", f"password_file {passwords}", f"acl_file {tmp_path}/acl")
    far.start()
    central_base = "canario/ducks/line-1"
    folder = station('username = "line-1"', 'receipts = "hub"', base=central_base)
    port = guarded_broker("allow_anonymous true\n" + run(folder).stdout.replace(PLACEHOLDER, "a secret"))
    near = {"OKKO_BROKER_URL": f"mqtt://127.0.0.1:{port}", "OKKO_UPLINK_PASSWORD": "a secret"}
    record(folder, [item(1)])
    with Observer(far.port, f"{central_base}/#") as central:
        agent = start_agent("-m", "okko", "run", "recorder", str(folder), environment=near)
        central.wait(lambda seen: seen.topic == f"{central_base}/item")
        receipt = json.dumps({"ids": ["item-000001"], "instance_id": "hub"}).encode()
        central.publish(f"{central_base}/receipt/recorder", receipt)
        eventually(lambda: waiting_ids(folder) == [])
        central.wait(lambda seen: seen.topic == f"{central_base}/agent/recorder")
        central.publish(f"{central_base}/cmd/recorder/who", b'{"request_id": "7"}')
        reply = central.wait(lambda seen: seen.topic == f"{central_base}/reply/recorder")
        assert json.loads(reply.payload)["ok"]
    assert agent.end() == 0


def test_over_tls_with_a_password(
    station: Write, guarded_broker: GuardedBroker, far: FarBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands in [uplink] for the recorder lets the bridge in too; the password is written only when asked for."""
    monkeypatch.setenv("OKKO_UPLINK_PASSWORD", "a secret")
    far.folder.mkdir()
    name = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", *name]
    subprocess.run([*command, "-keyout", "key.pem", "-out", "ca.pem"], cwd=far.folder, check=True, capture_output=True)
    passwords = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, "station", "a secret"], check=True)
    listener = FarBroker(tmp_path / "plain").port
    tls = [f"listener {listener} 127.0.0.1", *(f"{k} {far.folder}/{v}.pem" for k, v in TLS_FILES.items())]
    far.lines = ("per_listener_settings true", "allow_anonymous true", *tls, f"password_file {passwords}")
    far.start()
    folder = station('username = "station"', 'ca = "ca.pem"', url=f"mqtts://127.0.0.1:{listener}")
    (folder / "ca.pem").write_bytes((far.folder / "ca.pem").read_bytes())
    assert "a secret" not in run(folder).stdout
    assert f"\nremote_password {PLACEHOLDER}\n" in run(folder).stdout
    output = tmp_path / "bridge.conf"
    output.write_text("from before")
    output.chmod(0o644)
    assert run(folder, "--with-password", "--output", output).exit_code == 0
    assert output.stat().st_mode & 0o777 == 0o600
    port = guarded_broker("allow_anonymous true\n" + output.read_text())
    with Observer(far.port, f"{CENTRAL}/#") as central, Observer(port) as local:
        stands(central)
        local.publish(f"{BASE}/verdict", b"OK")
        central.wait(lambda seen: seen.topic == f"{CENTRAL}/verdict")


TLS_FILES = {"cafile": "ca", "certfile": "ca", "keyfile": "key"}


@pytest.mark.parametrize(
    ("lines", "arguments", "problem"),
    [
        pytest.param(['username = "two\\nlines"'], [], "uplink.username: cannot stand in Mosquitto's", id="two lines"),
        pytest.param(['username = "me"'], ["--with-password"], "there is no password to write", id="no password"),
        pytest.param([], ["--output", "/nowhere/bridge.conf"], "cannot be written: No such file", id="no folder"),
    ],
)
def test_what_cannot_be_written(
    station: Write, lines: list[str], arguments: list[str], problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is refused with the key and what to do."""
    monkeypatch.delenv("OKKO_UPLINK_PASSWORD", raising=False)
    assert problem in str(run(station(*lines), *arguments).exception)


def test_a_station_without_a_way_up_has_no_bridge(tmp_path: Path, broker: RunningBroker) -> None:
    """The error says which table is missing."""
    folder = write_station(tmp_path / "station", broker.url)
    done = subprocess.run([sys.executable, "-m", "okko", "bridge", folder], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Add an [uplink] table" in done.stderr
    assert not done.stdout
