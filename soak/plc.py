"""A PLC as the contract wants it: triggers once, awaits `verdict/code` for its `seq`, rejects on silence, then asks.

A plain paho client over MQTT 3.1.1 that shares nothing with okko. It works in the calling thread, so that it is known
when a trigger left for the broker; whatever its library sends again after a lost connection is sent again.
"""

import contextlib
import select
import socket
import time
from dataclasses import dataclass, field
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

READY_LASTS_S = 3.0
RECONNECT_S = 0.3
ASK_EVERY_S = 1.0
KEEPALIVE_S = 2


@dataclass(slots=True)
class Fate:
    """What became of one part; instants in s, monotonic. `codes` are the distinct (verdict, reason) that came."""

    seq: int
    sent_s: float
    ready: bool
    codes: list[tuple[str, str]] = field(default_factory=list)
    heard: int = 0
    first_s: float | None = None
    asked: int = 0
    next_ask_s: float = 0.0

    @property
    def latency_s(self) -> float | None:
        """From the trigger to the first word on it."""
        return None if self.first_s is None else self.first_s - self.sent_s

    def accepted(self, patience_s: float) -> bool:
        """Whether the PLC let the part pass: OK was said before it had rejected the part itself."""
        return bool(self.codes) and self.codes[0][0] == "OK" and (self.latency_s or 0.0) <= patience_s


class Plc:
    """One PLC and its parts. `patience_s` is its own deadline, after which it rejects a part and asks."""

    def __init__(self, port: int, base: str, patience_s: float) -> None:
        self._port = port
        self._base = base
        self.patience_s = patience_s
        self.fates: dict[int, Fate] = {}
        self._unanswered: dict[int, Fate] = {}
        self._unconfirmed: set[int] = set()
        self._ready_s = -READY_LASTS_S
        self._ready = False
        self._try_s = 0.0
        self.ready_changes: list[tuple[float, bool]] = []
        self.not_sent = 0
        self.strangers = 0
        """Codes about a `seq` that was never sent."""
        self._client = client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id="soak-plc", protocol=paho.MQTTv311, reconnect_on_failure=False
        )
        client.max_inflight_messages_set(1000)
        client.on_socket_open = _no_delay
        client.on_connect = self._on_connect
        client.on_message = self._on_message
        client.on_publish = lambda _client, _userdata, mid, *_: self._unconfirmed.discard(mid)

    @property
    def waiting(self) -> int:
        """How many parts nothing has been heard of."""
        return len(self._unanswered)

    @property
    def unconfirmed(self) -> int:
        """How much of what was published the broker has not confirmed."""
        return len(self._unconfirmed)

    def trigger(self, seq: int) -> float | None:
        """A part has come: gives the instant at which its trigger was with the kernel; None: there is no connection."""
        if not self._client.is_connected():
            self.not_sent += 1
            return None
        fate = Fate(seq, time.monotonic(), self.is_ready())
        self.fates[seq] = self._unanswered[seq] = fate
        self._publish("trigger", seq)
        while self._client.want_write() and time.monotonic() - fate.sent_s < 1.0:
            self._turn(0.001)
        return time.monotonic()

    def is_ready(self) -> bool:
        """The interlock: `1`, heard within 3 s, over a connection."""
        return self._ready and time.monotonic() - self._ready_s < READY_LASTS_S and self._client.is_connected()

    def run_until(self, end_s: float) -> None:
        """Listen, and ask for what has not been answered in time."""
        while (left_s := end_s - time.monotonic()) > 0:
            self._turn(min(left_s, 0.02))
            self._ask_for_overdue()

    def close(self) -> None:
        """Say goodbye."""
        self._client.disconnect()

    def _ask_for_overdue(self) -> None:
        now_s = time.monotonic()
        for fate in list(self._unanswered.values()):
            if now_s - fate.sent_s < self.patience_s:
                break  # the rest is younger
            if now_s >= fate.next_ask_s and self._client.is_connected():
                fate.next_ask_s = now_s + ASK_EVERY_S
                fate.asked += 1
                self._publish("ask", fate.seq)

    def _publish(self, topic: str, seq: int) -> None:
        info = self._client.publish(f"{self._base}/{topic}", f"{seq} part-{seq}", qos=1)
        self._unconfirmed.add(info.mid)

    def _turn(self, timeout_s: float) -> None:
        sock = self._client.socket()
        if sock is None:
            self._connect_again()
            return
        writers = [sock] if self._client.want_write() else []
        readable, writable, _ = select.select([sock], writers, [], timeout_s)
        if readable:
            self._client.loop_read()
        if writable:
            self._client.loop_write()
        self._client.loop_misc()

    def _connect_again(self) -> None:
        now_s = time.monotonic()
        if now_s < self._try_s:
            time.sleep(0.01)
            return
        self._try_s = now_s + RECONNECT_S
        with contextlib.suppress(OSError):
            self._client.connect("127.0.0.1", self._port, keepalive=KEEPALIVE_S)

    def _on_connect(self, client: paho.Client, *_: Any) -> None:
        client.subscribe([(f"{self._base}/verdict/code", 1), (f"{self._base}/ready", 1)])

    def _on_message(self, _client: paho.Client, _userdata: Any, message: paho.MQTTMessage) -> None:
        now_s = time.monotonic()
        if message.topic.endswith("/ready"):
            ready = message.payload == b"1"
            self._ready_s = now_s
            if ready != self._ready:
                self.ready_changes.append((now_s, ready))
            self._ready = ready
            return
        code = message.payload.decode()
        seq, word = int(code[3:13]), (code[:2], code[14:16])
        if message.retain or (fate := self.fates.get(seq)) is None:
            self.strangers += 1
            return
        fate.heard += 1
        if fate.first_s is None:
            fate.first_s = now_s
        if word not in fate.codes:
            fate.codes.append(word)
        self._unanswered.pop(seq, None)


def _no_delay(_client: paho.Client, _userdata: Any, sock: Any) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
