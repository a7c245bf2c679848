"""A whole station as processes: `okko up` with a broker of its own, and what people type at it."""

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from okko import broker as okko_broker
from waiting import PATIENCE_S, eventually


class Line:
    """A running station: `okko up`, its output, and the commands that people type."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = okko_broker.free_port()
        self.environment = {**os.environ, "OKKO_BROKER_URL": f"mqtt://127.0.0.1:{self.port}"}
        self.errors = folder / "up.log"
        self.process: subprocess.Popen[str] | None = None
        self.ready_line = ""
        self._ears: list[Ear] = []

    @property
    def base(self) -> str:
        """The prefix of the station's topics."""
        return "okko/v1/test/line/station"

    def start(self) -> None:
        """Start it, and wait for the ready line."""
        self.begin()
        assert self.process is not None
        assert self.process.stdout is not None
        self.ready_line = self.process.stdout.readline()
        assert self.ready_line.startswith("ready"), self.log()

    def begin(self, *options: str) -> None:
        """Start it."""
        with self.errors.open("a") as errors:
            self.process = subprocess.Popen(
                self.okko("up", str(self.folder), *options),
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def stop(self) -> int:
        """SIGTERM; gives the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)

    def log(self) -> str:
        """What the agents said."""
        return self.errors.read_text()

    @staticmethod
    def okko(*arguments: str) -> list[str]:
        """`okko ...`, as a program and its arguments."""
        return [sys.executable, "-m", "okko", *arguments]

    def run(self, *arguments: str, timeout_s: float = 120) -> subprocess.CompletedProcess[str]:
        """`okko ...`."""
        return subprocess.run(
            self.okko(*arguments),
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    def trigger(self, *options: str, expect: int = 0) -> list[dict[str, Any]]:
        """`okko trigger ... --wait`: the verdicts as they came."""
        done = self.run("trigger", str(self.folder), "--wait", *options)
        assert done.returncode == expect, done.stderr + self.log()
        return [json.loads(line) for line in done.stdout.splitlines()]

    def items(self, count: int) -> list[dict[str, Any]]:
        """`okko items --json`, once so many are recorded."""
        items: list[dict[str, Any]] = []

        def recorded() -> bool:
            done = self.run("items", str(self.folder), "--json")
            assert done.returncode == 0, done.stderr
            items[:] = [json.loads(line) for line in done.stdout.splitlines()]
            time.sleep(0 if len(items) >= count else 0.25)  # the recorder works in groups; each look is a process
            return len(items) >= count

        eventually(recorded, lambda: f"{len(items)} of {count} items recorded\n{self.log()}")
        return items

    def pid(self, agent: str) -> int:
        """The process of an agent, from its state on the broker."""
        pid: int = self.state(agent)["pid"]
        return pid

    def state(self, agent: str) -> dict[str, Any]:
        """What an agent says of itself on the broker."""
        done = subprocess.run(
            ["mosquitto_sub", "-p", str(self.port), "-t", f"{self.base}/agent/{agent}", "-C", "1", "-W", "10"],
            capture_output=True,
            text=True,
            check=True,
        )
        state: dict[str, Any] = json.loads(done.stdout)
        return state

    def publish(self, topic: str, payload: bytes) -> None:
        """As a PLC would: MQTT 3.1.1, QoS 1."""
        command = ["mosquitto_pub", "-V", "mqttv311", "-p", str(self.port), "-q", "1", "-t", f"{self.base}/{topic}"]
        subprocess.run([*command, "-s" if payload else "-n"], input=payload, check=True)

    def listen(self, *topics: str, count: int | None = None, seconds: int = 60) -> "Ear":
        """A real `mosquitto_sub -V mqttv311` on some topics, subscribed when this returns."""
        command = ["mosquitto_sub", "-V", "mqttv311", "-d", "-q", "1", "-p", str(self.port), "-W", str(seconds)]
        if count is not None:
            command += ["-C", str(count)]
        for topic in topics:
            command += ["-t", f"{self.base}/{topic}"]
        ear = Ear(command, self.folder / f"heard-{next(_numbers)}.txt")
        self._ears.append(ear)
        return ear

    def end_ears(self) -> None:
        """Let nobody listen any more who would go on for seconds."""
        for ear in self._ears:
            ear.end()


_numbers = itertools.count()


class Ear:
    """A `mosquitto_sub` that writes to a file: a pipe that nobody reads would hold it up, and messages expire."""

    def __init__(self, command: list[str], file: Path) -> None:
        self._command = command
        self._file = file
        self._begin()
        eventually(self._listens, file.read_text)

    def _begin(self) -> None:
        with self._file.open("w") as output:
            # stdbuf: to anything but a terminal it would print in blocks, and one could not see that it listens.
            self._process = subprocess.Popen(["stdbuf", "-oL", *self._command], stdout=output, stderr=output)

    def _listens(self) -> bool:
        if "Subscribed" in self._file.read_text():
            return True
        if self._process.poll() is not None:  # a broker that is being started again does not listen yet
            self._begin()
        return False

    def heard(self) -> list[str]:
        """The payloads that it printed, once it has ended."""
        self._process.wait()
        return self.so_far()

    def end(self) -> None:
        """Hear no more."""
        self._process.kill()
        self._process.wait()

    def so_far(self) -> list[str]:
        """The payloads that it has printed by now, each whole."""
        lines = self._file.read_text().rpartition("\n")[0].splitlines()
        return [line for line in lines if not line.startswith(("Client ", "Subscribed", "Timed out"))]


BuildStation = Callable[..., Line]


def wait_until_ready(line: Line) -> None:
    """Until the station says 1 (again)."""
    ear = line.listen("ready", seconds=600)
    eventually(lambda: ear.so_far()[-1:] == ["1"], line.log)
    ear.end()
