"""The recorder alone: how many items with pictures it stores in a burst, and how soon a large store is searched."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from bench.process import cpu_s
from bench.workload import VGA, draw_pictures
from okko import broker, clock
from okko import contracts as c
from okko.topics import Topics
from recorder.migrations import FILE_NAME
from recorder.records import ItemRow, read_item
from recorder.store import Store

BURSTS = {"record-burst": (300.0, 15.0), "record-burst-60": (300.0, 60.0)}
"""Items/s and seconds, by the name of the measurement."""

QUERIES = {"record-query": 200_000, "record-query-5m": 5_000_000}
"""How many items are in the store, by the name of the measurement."""

USUAL = ("record-burst", "record-query")
NAMES = (*BURSTS, *QUERIES)

HOST = "127.0.0.1"
KO_ONE_IN = 50
QUERY_REPEATS = 7
_ROWS_A_COMMIT = 20_000
_PATIENCE_S = 30.0
_STATION = """[station]
site = "bench"
line = "bench"
name = "station"
[[camera]]
name = "left"
source = { kind = "folder", path = "pictures" }
[recorder]
"""


@dataclass(frozen=True, slots=True)
class Burst:
    """Items, each with a picture of 640 x 480, published at a rate; when each had its receipts."""

    name: str
    rate: float
    seconds: float
    items: int
    received: int
    last_receipt_s: float
    """How long after the last item was published the last receipt came."""
    cpu_ms_per_item: float


@dataclass(frozen=True, slots=True)
class Search:
    """A store of many items, and how long its newest 100 KO took to come; the medians of several runs, in ms."""

    name: str
    items: int
    bytes_per_item: float
    process_ms: float
    """The whole command, Python's own start included."""
    bare_process_ms: float
    """`okko --version`: the same without a search."""


def burst(name: str, folder: Path) -> Burst:
    """Run a recorder on a broker of its own, and publish at a rate."""
    rate, seconds = BURSTS[name]
    station = folder / name
    station.mkdir()
    (station / "station.toml").write_text(_STATION, encoding="utf-8")
    port = broker.free_port(HOST)
    serving = broker.start(station / "broker", HOST, port)
    end_s = time.monotonic() + _PATIENCE_S
    while not broker.answers(HOST, port):  # a real process comes up in its own time
        if time.monotonic() > end_s:
            message = f"Mosquitto did not come up; its reason stands above, its files are in {station / 'broker'}"
            raise RuntimeError(message)
        time.sleep(0.05)
    environment = {**os.environ, "OKKO_BROKER_URL": f"mqtt://{HOST}:{port}"}
    with (station / "recorder.log").open("w") as log:
        recorder = subprocess.Popen(
            [sys.executable, "-m", "okko", "run", "recorder", str(station)], env=environment, stderr=log
        )
    try:
        publisher = _Publisher(port, Topics("okko/v1/bench/bench/station"))
        items = _items(rate * seconds, folder)
        publisher.wait_for_the_recorder()
        before_s = cpu_s(recorder.pid)
        publisher.publish(items, rate)
        sent_s = time.monotonic()
        publisher.turn_until(lambda: publisher.complete >= publisher.sent, _PATIENCE_S)
        return Burst(
            name=name,
            rate=rate,
            seconds=seconds,
            items=publisher.sent,
            received=publisher.complete,
            last_receipt_s=round(publisher.last_receipt_s - sent_s, 2),
            cpu_ms_per_item=round((cpu_s(recorder.pid) - before_s) * 1000 / publisher.sent, 2),
        )
    finally:
        for process in (recorder, serving):
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def search(name: str, folder: Path) -> Search:
    """Fill a store, and ask it for KO items by the command that people type."""
    count = QUERIES[name]
    station = folder / name
    data = station / "data"
    data.mkdir(parents=True)
    (station / "station.toml").write_text(_STATION, encoding="utf-8")
    store = Store.open(data)
    for start in range(0, count, _ROWS_A_COMMIT):
        store.add(list(_rows(start, min(start + _ROWS_A_COMMIT, count))), [])
    store.close()
    os.sync()  # the disk is still busy with what was written, and a store that has grown in a day is not
    okko = [sys.executable, "-m", "okko"]
    return Search(
        name=name,
        items=count,
        bytes_per_item=round((data / FILE_NAME).stat().st_size / count, 0),
        process_ms=_median_ms([*okko, "items", str(station), "--verdict", "KO", "--limit", "100"]),
        bare_process_ms=_median_ms([*okko, "--version"]),
    )


class _Publisher:
    """Camera and decision agent in one, as far as a recorder can tell."""

    def __init__(self, port: int, topics: Topics) -> None:
        self.sent = self.complete = 0
        self.last_receipt_s = 0.0
        self._ready = False
        self._half: set[str] = set()
        self._frame = topics.build("frame", camera="left").topic
        self._item = topics.build("item").topic
        self._client = client = paho.Client(CallbackAPIVersion.VERSION2, client_id="bench", protocol=paho.MQTTv5)
        client.max_inflight_messages_set(1000)
        client.on_socket_open = _no_delay
        client.on_message = self._on_message
        client.connect(HOST, port)
        self.turn_until(client.is_connected, 5)
        client.subscribe([(topics.build("receipt", agent=agent).topic, 1) for agent in ("camera-left", "decision")])
        client.subscribe(topics.build("agent", agent="recorder").topic, 1)

    def wait_for_the_recorder(self) -> None:
        """Until it says that it is online."""
        self.turn_until(lambda: self._ready, _PATIENCE_S)

    def publish(self, items: Iterator[tuple[bytes, bytes]], rate: float) -> None:
        """Each item's frame and story, so many a second."""
        start_s = time.monotonic()
        for frame, item in items:
            due_s = start_s + self.sent / rate
            while (left_s := due_s - time.monotonic()) > 0:
                self._turn(left_s)
            self._client.publish(self._frame, frame, qos=1)
            self._client.publish(self._item, item, qos=1)
            self.sent += 1

    def turn_until(self, condition: Callable[[], bool], seconds: float) -> None:
        """Serve the connection until it is so, or the time is up."""
        end_s = time.monotonic() + seconds
        while not condition() and time.monotonic() < end_s:
            self._turn(0.05)

    def _turn(self, timeout_s: float) -> None:
        sock = self._client.socket()
        if sock is None:
            message = "the broker closed the connection of the bench's own client"
            raise ConnectionError(message)
        writable = [sock] if self._client.want_write() else []
        readable, writable, _ = select.select([sock], writable, [], timeout_s)
        if readable:
            self._client.loop_read()
        if writable:
            self._client.loop_write()
        self._client.loop_misc()

    def _on_message(self, _client: paho.Client, _userdata: Any, message: paho.MQTTMessage) -> None:
        if "/agent/" in message.topic:
            self._ready = json.loads(message.payload)["state"] == "online"
            return
        for name in json.loads(message.payload)["ids"]:
            item_id = name.removesuffix("-left")
            if item_id in self._half:
                self._half.remove(item_id)
                self.complete += 1
                self.last_receipt_s = time.monotonic()
            else:
                self._half.add(item_id)


def _items(count: float, folder: Path) -> Iterator[tuple[bytes, bytes]]:
    """Frames and items as agents publish them: the pictures go round, the ids do not."""
    import hashlib

    import cv2

    from camera_agent.encoding import JpegEncoding

    encoding = JpegEncoding(kind="jpeg", quality=90)
    images = [cv2.imread(str(file)) for file in sorted(draw_pictures(folder, VGA).iterdir())]
    data = [memoryview(encoding.encode(image.astype("uint8", copy=False))) for image in images if image is not None]
    hashes = [hashlib.sha256(one).hexdigest() for one in data]
    pattern = _pattern()
    for number in range(1, round(count) + 1):
        item_id = f"20261125T101500{number:06d}-be7c"
        picture = number % len(data)
        frame = c.Frame(
            item_id=item_id,
            camera="left",
            frame_id=f"{item_id}-left",
            captured_at=clock.utc_now(),
            captured_mono_ns=clock.mono_ns(),
            boot_id=clock.boot_id(),
            deadline_mono_ns=0,
            published_mono_ns=0,
            width_px=VGA[0],
            height_px=VGA[1],
            encoding="jpeg",
            data=data[picture],
            sha256=hashes[picture],
        )
        item = msgspec.structs.replace(pattern, item_id=item_id, record_seq=number, number=number, seq=number)
        yield bytes(c.encode(frame)), bytes(c.encode(item))


def _rows(start: int, end: int) -> Iterator[ItemRow]:
    """Rows of a real item of two cameras, a second apart, one in fifty KO."""
    real = _pattern()
    pattern = read_item(bytes(c.encode(real))).row
    for number in range(start, end):
        item_id = f"{number:020d}-be7c"
        yield replace(
            pattern,
            item_id=item_id,
            record_seq=number,
            seq=number,
            decided_ms=pattern.decided_ms + number * 1000,
            verdict="KO" if number % KO_ONE_IN == 0 else "OK",
            item=pattern.item.replace(real.item_id, item_id),
        )


def _pattern() -> c.Item:
    """An item of a real run."""
    recorded = json.loads((resources.files("okko.documents") / "recorded" / "messages.json").read_text("utf-8"))
    return c.decode(c.Item, recorded["item"]["payload"].encode())


def _median_ms(command: list[str]) -> float:
    took = []
    for _ in range(QUERY_REPEATS):
        began_s = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        took.append((time.perf_counter() - began_s) * 1000)
    return round(sorted(took)[len(took) // 2], 1)


def _no_delay(_client: paho.Client, _userdata: Any, sock: Any) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
