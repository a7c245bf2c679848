"""`python -m tools.record_examples`: runs the duck station and keeps one real message of each kind as an example.

What is kept is what came from the broker, byte for byte, with what MQTT 5 says of it. To be run by hand when messages
change: the tests say when the examples no longer are what the contract describes.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from okko import broker
from okko.documents.examples import FOLDER, FRAME_FILE, INDEX_FILE, Example
from okko.errors import ContractError
from okko.station import Station, load
from okko.topics import TABLE, Topics

DUCKS = Path(__file__).parents[1] / "stations" / "ducks"
BUNDLE = Path(__file__).parents[1] / "models" / "duck-quality"
WAIT_S = 30


class Tape:
    """All messages of a station, with what MQTT 5 says of them, as they come."""

    def __init__(self, port: int, topics: Topics) -> None:
        self.topics = topics
        self.heard: list[tuple[str, Example]] = []
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self._client.on_message = self._on_message
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._client.subscribe(f"{topics.base}/#", options=SubscribeOptions(qos=1, retainAsPublished=True))

    def publish(self, path: str, payload: bytes) -> None:
        """As a PLC or a tool would."""
        self._client.publish(f"{self.topics.base}/{path}", payload, 1).wait_for_publish(WAIT_S)

    def wait(self, good: Callable[[str, Example], object]) -> Example:
        """The first message that is good."""
        for _ in range(WAIT_S * 20):
            for key, example in list(self.heard):
                if good(key, example):
                    return example
            time.sleep(0.05)
        message = f"nothing came; heard: {sorted({key for key, _ in self.heard})}"
        raise TimeoutError(message)

    def close(self) -> None:
        """Hear no more."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_message(self, _client: mqtt.Client, _userdata: object, message: mqtt.MQTTMessage) -> None:
        try:
            spec = self.topics.parse(message.topic).spec
        except ContractError:
            return
        properties: Properties | None = message.properties
        user = dict(getattr(properties, "UserProperty", ()))
        example = Example(
            topic=message.topic,
            payload=bytes(message.payload),
            qos=message.qos,
            retain=message.retain,
            content_type=getattr(properties, "ContentType", None),
            schema=user.get("schema"),
            expiry_s=getattr(properties, "MessageExpiryInterval", None),
        )
        self.heard.append((spec.key, example))


@click.command()
def main() -> None:
    """Run the duck station for a few ducks and keep one message of each kind."""
    with tempfile.TemporaryDirectory() as folder, _ducks(Path(folder)) as (station, port):
        tape = Tape(port, Topics(station.base))
        try:
            kept = dict(_play(tape))
        finally:
            tape.close()
    # The broker itself says how its bridge is, and a frame that is sent again is a frame.
    missing = {spec.key for spec in TABLE} - {name.partition(":")[0] for name in kept} - {"bridge", "record_frame"}
    if missing:
        click.echo(f"no example of {', '.join(sorted(missing))}", err=True)
    frame = kept["frame"]
    (FOLDER / FRAME_FILE).write_bytes(frame.payload)
    index = {name: _entry(name, example) for name, example in kept.items()}
    (FOLDER / INDEX_FILE).write_text(json.dumps(index, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    click.echo(f"kept {len(kept)} messages in {FOLDER}")
    sys.exit(1 if missing else 0)


def _play(tape: Tape) -> Iterator[tuple[str, Example]]:
    """Whatever makes every kind of message travel at least once; what is worth keeping, by name."""
    tape.wait(lambda key, said: (key == "ready" and said.payload == b"1" and not said.retain) or key == "stats")
    for seq in range(1042, 1082):
        tape.publish("trigger", f"{seq} duck-{seq}".encode())
        verdict = tape.wait(lambda key, said, seq=seq: key == "verdict" and _json(said)["seq"] == seq)  # type: ignore[misc]
        if _json(verdict)["verdict"] == "KO":
            break
    tape.publish(
        "trigger", b'{"seq": 1090, "part_id": "duck-1090", "triggered_at": "2026-11-23T06:00:00Z", "mould": 3}'
    )
    tape.publish("ask", b"1042 duck-1042")
    tape.publish("trigger", b'{"seq": 1091, "part_id": 7}')
    tape.publish("cmd/decision/who", b'{"request_id": "5f2c9d6e"}')
    tape.publish("cmd/camera-left/preview", b'{"request_id": "9b1e04c7", "args": {"seconds": 1}}')
    tape.wait(lambda key, _: key == "preview")
    tape.wait(lambda key, said: key == "verdict" and _json(said)["seq"] == 1091)  # noqa: PLR2004 - as above
    recorder = _json(tape.wait(lambda key, said: key == "agent" and _json(said)["agent"] == "recorder"))
    os.kill(recorder["pid"], signal.SIGKILL)
    tape.publish("trigger", b"1092 duck-1092")  # recorded by the next recorder, from what is sent again
    for key in ("record_frame", "record_item", "reply", "deadletter"):
        tape.wait(lambda heard, _, key=key: heard == key)  # type: ignore[misc]

    chosen: dict[str, Callable[[Example], object]] = {
        "trigger:json": lambda said: said.payload.startswith(b"{"),
        "verdict_code:ko": lambda said: said.payload.startswith(b"KO"),
        "verdict:ko": lambda said: _json(said)["verdict"] == "KO",
        "count": lambda said: _json(said)["ko"] > 0,
        "stats": lambda said: _json(said)["agent"] == "decision" and _json(said)["stages"],
        "agent": lambda said: _json(said)["agent"] == "decision" and _json(said)["state"] == "online",
        "event": lambda said: _json(said)["code"] == "trigger_missed",
        "cmd": lambda said: said.topic.endswith("/who"),
    }
    for spec in TABLE:
        if spec.key in {"bridge", "record_frame"}:
            continue
        for name in (spec.key, *(name for name in chosen if name.startswith(f"{spec.key}:"))):
            good = chosen.get(name, lambda _: True)
            yield name, tape.wait(lambda key, said, spec=spec, good=good: key == spec.key and good(said))  # type: ignore[misc]


def _json(example: Example) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(example.payload)
    return fields


def _entry(name: str, example: Example) -> dict[str, Any]:
    """An example as the file has it; text as text, so that people can read it."""
    entry: dict[str, Any] = {"topic": example.topic}
    if name == "frame":
        entry["file"] = FRAME_FILE
    else:
        entry["payload"] = example.payload.decode()
    said = {"qos": example.qos, "retain": example.retain}
    told = {"content_type": example.content_type, "schema": example.schema, "expiry_s": example.expiry_s}
    return {**entry, **said, **{key: value for key, value in told.items() if value is not None}}


@contextmanager
def _ducks(folder: Path) -> Iterator[tuple[Station, int]]:
    """The duck station with a broker of its own, on small pictures; ended on leaving."""
    port = broker.free_port()
    text = (DUCKS / "station.toml").read_text(encoding="utf-8")
    text = text.replace("../../models/duck-quality", str(BUNDLE))
    text = text.replace("defect_rate = 0.1", "defect_rate = 0.3, width_px = 160, height_px = 120")
    text += f'[[model]]\nbundle = "{BUNDLE}"\ncameras = ["right"]\nshadow = true\n'
    (folder / "station.toml").write_text(text, encoding="utf-8")
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "okko", "up", str(folder), "--log-level", "warning"],
        env={**os.environ, "OKKO_BROKER_URL": f"mqtt://127.0.0.1:{port}"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        if process.stdout is None or not process.stdout.readline().startswith("ready"):
            message = "the duck station did not start"
            raise RuntimeError(message)
        yield load(folder), port
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
