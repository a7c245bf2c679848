"""The way up, between two real brokers: nothing is lost, live items come first, and nothing of it harms the record."""

import json
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from agents import BASE, Agent, write_station
from far_broker import FarBroker
from items import id_of, item, record, waiting_ids
from observer import Observer, Seen
from running_broker import RunningBroker
from scripted_broker import CONNACK_OK, CONNECT, PUBLISH, Peer, scripted_broker
from waiting import eventually, until

CENTRAL = "canario/hub/line-1"
ITEM, RECEIPT = f"{CENTRAL}/item", f"{CENTRAL}/receipt/recorder"

Start = Callable[..., Agent]


@pytest.fixture
def far(tmp_path: Path) -> Iterator[FarBroker]:
    """The broker further up, not started yet."""
    broker = FarBroker(tmp_path / "far")
    yield broker
    broker.stop()


@pytest.fixture
def station(tmp_path: Path, broker: RunningBroker, far: FarBroker) -> Callable[..., Path]:
    """Write a station with a way up; lines of [uplink] may be added."""

    def write(*lines: str, url: str = far.url) -> Path:
        table = ["[uplink]", f'url = "{url}"', f'central_base = "{CENTRAL}"', *lines, ""]
        return write_station(tmp_path / "station", broker.url, "\n".join(table))

    return write


@pytest.fixture
def recorder(start_agent: Start) -> Start:
    """Start the recorder of a station."""
    return lambda folder, **more: start_agent("-m", "okko", "run", "recorder", str(folder), **more)


class Central(Observer):
    """Who reads the items up there; `ids` are theirs, in order. With `receipts` a hub, but for those in `silent`."""

    def __init__(self, port: int, *, receipts: bool = False, silent: Collection[str] = ()) -> None:
        super().__init__(port, ITEM)
        self.ids: list[str] = []
        self.on_seen = self._note
        self._receipts = receipts
        self._silent = silent

    def _note(self, seen: Seen) -> None:
        self.ids.append(item_id := id_of(seen.payload))
        if self._receipts and item_id not in self._silent:
            self.send(RECEIPT, json.dumps({"ids": [item_id], "instance_id": "hub"}).encode())

    def wait_for(self, items: Collection[str]) -> None:
        """Until all of these have come."""
        eventually(lambda: set(items) <= set(self.ids), "some item never came")


def has(central: Central, count: int) -> bool:
    """Whether so many items have come."""
    return len(set(central.ids)) >= count


def names(numbers: range) -> set[str]:
    """The ids of items by number."""
    return {f"item-{number:06d}" for number in numbers}


def test_items_arrive_as_they_are_recorded(
    station: Callable[..., Path], recorder: Start, broker: RunningBroker, far: FarBroker
) -> None:
    """Byte for byte, at QoS 1, with content type and schema; and then nothing waits any more."""
    far.start()
    folder = station()
    agent = recorder(folder)
    sent = [item(number) for number in range(1, 21)]
    with Central(far.port) as central, Observer(broker.port, f"{BASE}/stats/recorder") as local:
        local.wait_json(f"{BASE}/stats/recorder", lambda stats: stats["gauges"].get("uplink_connected") == 1)
        for payload in sent:
            local.publish(f"{BASE}/item", payload)
        eventually(lambda: len(central.ids) >= 20)
        assert sorted(seen.payload for seen in central.seen) == sorted(sent)
        first = central.seen[0]
        assert (first.qos, first.retain, first.content_type, first.schema) == (1, False, "application/json", "1")
        local.forget()
        local.wait_json(f"{BASE}/stats/recorder", lambda stats: stats["gauges"]["uplink_backlog"] == 0)
    assert agent.end() == 0
    assert waiting_ids(folder) == []
    assert "Traceback" not in agent.log


def test_live_items_overtake_a_backlog_that_keeps_its_order(
    station: Callable[..., Path], recorder: Start, broker: RunningBroker, far: FarBroker
) -> None:
    """5,000 items waited; all arrive once each, in the order of `record_seq`, while new ones go up between them."""
    folder = station("max_items_per_s = 1500")
    record(folder, (item(number) for number in range(1, 5001)))
    agent = recorder(folder)
    live: list[str] = []
    with Observer(broker.port, f"{BASE}/event") as local:
        local.wait_json(f"{BASE}/event", lambda event: event["code"] == "uplink_lost")
        far.start()
        with Central(far.port) as central:
            local.wait_json(f"{BASE}/event", lambda event: event["code"] == "uplink_back")
            while len(central.ids) < 4500:
                payload = item(100_000 + len(live))
                local.publish(f"{BASE}/item", payload)
                live.append(id_of(payload))
                central.wait_for(live[-1:])
            central.wait_for(names(range(1, 5001)))
    came = central.ids
    assert set(Counter(came).values()) == {1}
    backlog = [item_id for item_id in came if item_id not in set(live)]
    assert backlog == sorted(names(range(1, 5001)))
    assert [item_id for item_id in came if item_id in set(live)] == live
    assert len(live) > 10
    assert came.index(live[0]) < 2500
    assert agent.end() == 0
    assert waiting_ids(folder) == []


def test_a_broker_that_is_killed_and_comes_back_empty_loses_nothing(
    station: Callable[..., Path], recorder: Start, far: FarBroker
) -> None:
    """With a hub's receipts: what was under way, or lay in the broker's memory, goes up again."""
    folder = station('receipts = "hub"', "max_items_per_s = 1000", "receipt_timeout_s = 1")
    record(folder, (item(number) for number in range(1, 1501)))
    far.start()
    agent = recorder(folder)
    with Central(far.port, receipts=True) as central:
        for count in (200, 700):
            eventually(partial(has, central, count))
            far.kill()
            far.start()
        central.wait_for(names(range(1, 1501)))
        eventually(lambda: waiting_ids(folder) == [])
    assert agent.end() == 0


def test_what_has_no_receipt_goes_up_again(station: Callable[..., Path], recorder: Start, far: FarBroker) -> None:
    """PUBACK alone does not do where a hub is to answer: without its receipt an item stays, and comes again."""
    folder = station('receipts = "hub"', "receipt_timeout_s = 0.2")
    record(folder, (item(number) for number in range(1, 11)))
    far.start()
    silent = names(range(3, 5))
    agent = recorder(folder)
    with Central(far.port, receipts=True, silent=silent) as central:
        eventually(lambda: min(Counter(central.ids)[item_id] for item_id in silent) >= 3)
        eventually(lambda: set(waiting_ids(folder)) == silent)
        silent.clear()
        eventually(lambda: waiting_ids(folder) == [])
    assert agent.end() == 0


def test_a_killed_recorder_loses_nothing(
    station: Callable[..., Path], recorder: Start, broker: RunningBroker, far: FarBroker
) -> None:
    """SIGKILL in the middle of a backlog with live items: after its restart all that was recorded has come."""
    folder = station("max_items_per_s = 300")
    record(folder, (item(number) for number in range(1, 601)))
    far.start()
    with Central(far.port) as central, Observer(broker.port, f"{BASE}/receipt/decision") as local:
        for killed in (150, 350):
            agent = recorder(folder)
            eventually(partial(has, central, killed))
            for number in range(5):
                local.publish(f"{BASE}/item", item(10_000 + killed * 10 + number))
            agent.kill()
        agent = recorder(folder)
        receipted = {
            item_id for payload in local.payloads(f"{BASE}/receipt/decision") for item_id in json.loads(payload)["ids"]
        }
        central.wait_for(names(range(1, 601)) | receipted)
        eventually(lambda: waiting_ids(folder) == [])
    assert agent.end() == 0


def test_an_item_too_large_for_the_broker_stops_no_other(
    station: Callable[..., Path], recorder: Start, broker: RunningBroker, far: FarBroker
) -> None:
    """It is told of once and left behind; when the broker takes more, it goes up."""
    folder = station("keepalive_s = 5")
    record(folder, [item(1), item(2, 2_000_000), item(3, 1_900_000), item(4)])
    far.start()
    recorder(folder)
    with Central(far.port) as central, Observer(broker.port, f"{BASE}/event", f"{BASE}/stats/recorder") as local:
        central.wait_for({"item-000001", "item-000003", "item-000004"})
        event = local.wait_json(f"{BASE}/event", lambda event: event["code"] == "uplink_too_large")
        assert event["item_id"] == "item-000002"
        local.wait_json(
            f"{BASE}/stats/recorder",
            lambda stats: (stats["gauges"].get("uplink_given_up"), stats["gauges"].get("uplink_backlog")) == (1, 0),
        )
        far.kill()
        far.start()
        local.publish(f"{BASE}/item", item(5))
        central.wait_for({"item-000005"})
        assert "item-000002" not in central.ids
        far.kill()
        far.lines = ("allow_anonymous true",)
        far.start()
        central.wait_for({"item-000002"})
        assert len([e for e in local.payloads(f"{BASE}/event") if b"uplink_too_large" in e]) == 1
    eventually(lambda: waiting_ids(folder) == [])


async def test_a_broker_that_hangs_up_on_a_large_item_gets_all_others(
    station: Callable[..., Path], recorder: Start, broker: RunningBroker
) -> None:
    """It says nothing of its limit: the item that ends every connection is found, told of and left behind."""
    taken: set[str] = set()

    async def hang_up_on_large(peer: Peer) -> None:
        while True:
            kind, body = await peer.read()
            if kind == CONNECT:
                peer.writer.write(CONNACK_OK)
            elif kind == PUBLISH and len(body) > 100_000:
                return
            elif kind == PUBLISH:
                taken.add(id_of(body[body.index(b"{") :]))
                peer.confirm(body)

    async with scripted_broker(hang_up_on_large) as settings:
        folder = station(url=settings.url)
        record(folder, [item(1), item(2, 100_000), item(3), item(4, 50_000)])
        recorder(folder)
        with Observer(broker.port, f"{BASE}/event") as local:
            await until(lambda: waiting_ids(folder) == ["item-000002"], "the others did not get through")
            assert taken == {"item-000001", "item-000003", "item-000004"}
            await until(lambda: any(b"uplink_given_up" in payload for payload in local.payloads(f"{BASE}/event")))


def test_what_nobody_reads_is_kept(
    station: Callable[..., Path], recorder: Start, broker: RunningBroker, far: FarBroker
) -> None:
    """A PUBACK that says that nobody subscribes is worth nothing: the items wait until somebody does."""
    folder = station()
    record(folder, (item(number) for number in range(1, 51)))
    far.start()
    agent = recorder(folder)
    with Observer(broker.port, f"{BASE}/event") as local:
        local.wait_json(f"{BASE}/event", lambda event: event["code"] == "uplink_unheard")
        local.publish(f"{BASE}/item", item(51))
        with Central(far.port) as central:
            central.wait_for(names(range(1, 52)))
            eventually(lambda: waiting_ids(folder) == [])
        codes = [json.loads(payload)["code"] for payload in local.payloads(f"{BASE}/event")]
    assert codes.count("uplink_unheard") == 1
    assert agent.end() == 0


def test_a_broker_that_stores_by_rules_of_its_own_needs_no_reader(
    station: Callable[..., Path], recorder: Start, far: FarBroker
) -> None:
    """With `without_reader = "sent"` the PUBACK counts."""
    folder = station('without_reader = "sent"')
    record(folder, (item(number) for number in range(1, 51)))
    far.start()
    recorder(folder)
    eventually(lambda: waiting_ids(folder) == [])


def test_the_record_does_not_depend_on_the_way_up(
    station: Callable[..., Path], recorder: Start, broker: RunningBroker, far: FarBroker, tmp_path: Path
) -> None:
    """A broker that refuses us is told of once; items are recorded and receipted all the same."""
    (tmp_path / "nobody").write_text("")
    far.lines = ("allow_anonymous false", f"password_file {tmp_path}/nobody")
    far.start()
    folder = station()
    agent = recorder(folder)
    with Observer(broker.port, f"{BASE}/event", f"{BASE}/agent/recorder", f"{BASE}/receipt/decision") as local:
        event = local.wait_json(f"{BASE}/event", lambda event: event["code"] == "uplink_refused")
        assert "OKKO_UPLINK_PASSWORD" in event["text"]
        for number in range(1, 6):
            local.publish(f"{BASE}/item", item(number))
        local.wait_json(f"{BASE}/receipt/decision", lambda receipt: "item-000005" in receipt["ids"])
        states = [json.loads(payload)["state"] for payload in local.payloads(f"{BASE}/agent/recorder")]
    assert set(states) == {"online"}
    assert agent.end() == 0
    assert len(waiting_ids(folder)) == 5


def test_a_broker_that_does_not_let_us_publish_there_keeps_the_items_here(
    station: Callable[..., Path], recorder: Start, broker: RunningBroker, far: FarBroker, tmp_path: Path
) -> None:
    """An ACL says no in the PUBACK: nothing is marked, and once it says yes all goes up."""
    acl = tmp_path / "acl"
    acl.write_text(f"topic read {ITEM}\n")
    far.lines = ("allow_anonymous true", f"acl_file {acl}")
    far.start()
    folder = station()
    record(folder, (item(number) for number in range(1, 21)))
    agent = recorder(folder)
    with Observer(broker.port, f"{BASE}/event") as local, Central(far.port) as central:
        event = local.wait_json(f"{BASE}/event", lambda event: event["code"] == "uplink_rejected")
        assert "0x87" in event["text"]
        assert len(waiting_ids(folder)) == 20
        far.kill()
        acl.write_text(f"topic readwrite {ITEM}\n")
        far.start()
        central.wait_for(names(range(1, 21)))
    assert agent.end() == 0


def test_memory_stays_flat_while_20_000_items_wait(
    station: Callable[..., Path], recorder: Start, broker: RunningBroker, far: FarBroker
) -> None:
    """The table is the queue: 60 MB of items wait and then flow, and the recorder holds a few of them at a time."""
    folder = station("max_items_per_s = 2000")
    stats = f"{BASE}/stats/recorder"
    agent = recorder(folder)
    with Observer(broker.port, stats) as local:
        before = local.wait_json(stats, lambda stats: stats["uptime_s"] > 1)["rss_bytes"]
        assert agent.end() == 0
        record(folder, (item(number, 3000) for number in range(1, 20_001)))
        local.forget()
        agent = recorder(folder)
        waiting = local.wait_json(stats, lambda stats: stats["gauges"].get("uplink_backlog") == 20_000)
        far.start()
        with Central(far.port) as central:
            eventually(lambda: len(central.ids) > 4000)
            local.forget()
            flowing = local.wait_json(stats, lambda stats: stats["gauges"]["uplink_backlog"] < 17_000)
    assert agent.end() == 0
    assert waiting["rss_bytes"] < before + 20_000_000
    assert flowing["rss_bytes"] < before + 20_000_000


def test_over_tls_with_a_password(
    station: Callable[..., Path], recorder: Start, far: FarBroker, tmp_path: Path
) -> None:
    """A certificate signed by nobody but itself is trusted where the station file names it, from its own folder."""
    far.folder.mkdir()
    name = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", *name]
    subprocess.run([*command, "-keyout", "key.pem", "-out", "ca.pem"], cwd=far.folder, check=True, capture_output=True)
    passwords = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, "station", "secret"], check=True)
    tls = far.folder
    listener = FarBroker(tmp_path / "plain").port
    far.lines = (
        "allow_anonymous true",
        f"listener {listener} 127.0.0.1",
        f"cafile {tls}/ca.pem",
        f"certfile {tls}/ca.pem",
        f"keyfile {tls}/key.pem",
    )
    far.lines = ("per_listener_settings true", *far.lines, "allow_anonymous false", f"password_file {passwords}")
    far.start()
    folder = station('username = "station"', 'ca = "ca.pem"', url=f"mqtts://127.0.0.1:{listener}")
    (folder / "ca.pem").write_bytes((tls / "ca.pem").read_bytes())
    record(folder, (item(number) for number in range(1, 21)))
    agent = recorder(folder, environment={"OKKO_UPLINK_PASSWORD": "secret"})
    with Central(far.port) as central:
        central.wait_for(names(range(1, 21)))
    assert agent.end() == 0


def test_a_station_without_a_way_up_notes_nothing(tmp_path: Path, recorder: Start, broker: RunningBroker) -> None:
    """No table of a station grows that nobody empties."""
    folder = write_station(tmp_path / "alone", broker.url)
    agent = recorder(folder)
    with Observer(broker.port, f"{BASE}/receipt/decision") as local:
        eventually((folder / "data" / "store.sqlite").exists)
        local.publish(f"{BASE}/record/item", item(1))
        while not local.payloads(f"{BASE}/receipt/decision"):
            local.publish(f"{BASE}/record/item", item(1))
    assert agent.end() == 0
    with closing(sqlite3.connect(folder / "data" / "store.sqlite")) as store:
        assert store.execute("SELECT count(*) FROM items").fetchone() == (1,)
    assert waiting_ids(folder) == []
