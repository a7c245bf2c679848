"""A recorder that is asked to stop while the disk does not take anything: it goes, and nothing is lost by that."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from agents import BASE, Agent, write_station
from items import id_of, item, record
from observer import Observer
from okko import agent as runtime
from recorder import agent, uplink
from running_broker import RunningBroker
from waiting import eventually

STOP_S = 5.0


def _receipted(observer: Observer) -> set[str]:
    return {name for seen in observer.seen for name in json.loads(seen.payload)["ids"]}


def test_all_that_a_stop_waits_for_is_less_than_five_seconds() -> None:
    """The supervisor kills after five."""
    assert uplink.FLUSH_S + uplink.SETTLE_S + agent.STOP_S + runtime.FLUSH_S < STOP_S


def test_what_a_stop_leaves_has_no_receipt_and_comes_again(
    tmp_path: Path, broker: RunningBroker, start_agent: Callable[..., Agent]
) -> None:
    """The store is locked for good: the recorder ends all the same, cleanly, and what it had was not receipted."""
    folder = write_station(tmp_path / "station", broker.url, f'[uplink]\nurl = "{broker.url}"\ncentral_base = "up"\n')
    first, *later = [item(number) for number in range(1, 40)]
    record(folder, [first])
    with Observer(broker.port, f"{BASE}/receipt/decision", f"{BASE}/agent/recorder") as observer:
        recorder = start_agent("-m", "okko", "run", "recorder", str(folder))
        observer.wait(lambda seen: b'"online"' in seen.payload)
        observer.publish(f"{BASE}/item", first)
        observer.wait(lambda seen: seen.topic.endswith("receipt/decision"))
        store = folder / "data/store.sqlite"
        with closing(sqlite3.connect(store, isolation_level=None, timeout=20)) as lock:
            lock.execute("BEGIN IMMEDIATE")
            for payload in later:
                observer.publish(f"{BASE}/item", payload)
            # Ends while the lock is held: nobody gives it back before.
            assert recorder.end() == 0, recorder.log
            lock.execute("ROLLBACK")
        observer.seen = [seen for seen in observer.seen if seen.topic.endswith("receipt/decision")]
        assert _receipted(observer) == {id_of(first)}

        start_agent("-m", "okko", "run", "recorder", str(folder))
        observer.wait(lambda seen: b'"online"' in seen.payload)
        observer.seen = [seen for seen in observer.seen if seen.topic.endswith("receipt/decision")]
        for payload in later:  # as the decision agent does, for want of a receipt
            observer.publish(f"{BASE}/record/item", payload)
        everything = {id_of(payload) for payload in (first, *later)}
        eventually(lambda: _receipted(observer) == everything)
    with closing(sqlite3.connect(store)) as connection:
        assert {name for (name,) in connection.execute("SELECT item_id FROM items")} == everything
