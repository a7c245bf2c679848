"""The independent client: a plain paho MQTT 3.1.1 client that shares nothing with okko, and acts like a PLC.

It publishes `seq part` as text and listens to `verdict/code`. Everything happens in the calling thread: what is timed
has no thread of the client library in it.
"""

import gc
import json
import select
import socket
import time
from dataclasses import dataclass
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

SETTLE_S = 3.0
"""How long after the last trigger a verdict may still come; the deadline is 1 s."""

ON_EVIDENCE = "00"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came for one trigger: None and "" where nothing did."""

    seq: int
    latency_ms: float | None
    reason: str

    @property
    def on_evidence(self) -> bool:
        """Whether it was decided by the rules, and not for want of time, camera, model or room."""
        return self.latency_ms is not None and self.reason == ON_EVIDENCE


class Plc:
    """Connected, subscribed, and counting its parts."""

    def __init__(self, host: str, port: int, base: str) -> None:
        self._base = base
        self._seq = 0
        self._sent_ns: dict[int, int] = {}
        self._came: dict[int, tuple[int, str]] = {}
        self._subscribed = False
        self.agents: dict[str, int] = {}
        """The process of each agent, from the states that the broker keeps."""
        self._client = client = paho.Client(CallbackAPIVersion.VERSION2, client_id="bench-plc", protocol=paho.MQTTv311)
        client.max_inflight_messages_set(1000)
        client.on_socket_open = _no_delay
        client.on_message = self._on_message
        client.on_subscribe = self._on_subscribe
        client.connect(host, port)
        self._run_until(time.perf_counter_ns() + 200_000_000)
        client.subscribe([(f"{base}/verdict/code", 1), (f"{base}/agent/+", 1)])
        end = time.perf_counter_ns() + 5_000_000_000
        while not self._subscribed and time.perf_counter_ns() < end:
            self._turn(0.1)
        self.rest(0.5)  # for the states that the broker keeps

    def play(self, count: int, rate: float) -> list[Answer]:
        """Trigger so many parts, so many a second whatever comes back, and wait for the verdicts."""
        start_seq, start_ns = self._seq + 1, time.perf_counter_ns()
        gc.collect()
        gc.disable()  # the client's own pauses are not the station's
        try:
            for index in range(count):
                self._run_until(start_ns + round(index / rate * 1e9))
                self._trigger()
            end_ns = time.perf_counter_ns() + round(SETTLE_S * 1e9)
            while len(self._came) < self._seq and time.perf_counter_ns() < end_ns:
                self._turn(0.05)
        finally:
            gc.enable()
        return [self._answer(seq) for seq in range(start_seq, self._seq + 1)]

    def rest(self, seconds: float) -> None:
        """Stay connected and do nothing."""
        self._run_until(time.perf_counter_ns() + round(seconds * 1e9))

    def close(self) -> None:
        """Say goodbye."""
        self._client.disconnect()

    def _trigger(self) -> None:
        self._seq += 1
        self._sent_ns[self._seq] = time.perf_counter_ns()
        self._client.publish(f"{self._base}/trigger", f"{self._seq} duck-{self._seq}", qos=1)

    def _answer(self, seq: int) -> Answer:
        if (came := self._came.get(seq)) is None:
            return Answer(seq, None, "")
        at_ns, reason = came
        return Answer(seq, round((at_ns - self._sent_ns[seq]) / 1e6, 3), reason)

    def _on_message(self, _client: paho.Client, _userdata: Any, message: paho.MQTTMessage) -> None:
        came_ns = time.perf_counter_ns()
        if message.topic.endswith("/verdict/code"):
            code = message.payload.decode()
            self._came.setdefault(int(code[3:13]), (came_ns, code[14:16]))
        elif message.payload:
            state = json.loads(message.payload)
            self.agents[state["agent"]] = state["pid"]

    def _on_subscribe(self, *_: Any) -> None:
        self._subscribed = True

    def _run_until(self, until_ns: int) -> None:
        while (left_ns := until_ns - time.perf_counter_ns()) > 0:
            self._turn(left_ns / 1e9)

    def _turn(self, timeout_s: float) -> None:
        sock = self._client.socket()
        if sock is None:
            message = "the broker closed the connection of the bench's own client"
            raise ConnectionError(message)
        wants_write = [sock] if self._client.want_write() else []
        readable, writable, _ = select.select([sock], wants_write, [], min(timeout_s, 1.0))
        if readable:
            self._client.loop_read()
        if writable:
            self._client.loop_write()
        self._client.loop_misc()


def _no_delay(_client: paho.Client, _userdata: Any, sock: Any) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
