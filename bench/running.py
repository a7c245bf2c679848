"""A station as people run it: `okko up` with the project's broker on a free port, every agent a process."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

import msgspec

from bench.process import child_named, cpu_s, rss_bytes
from okko.broker import free_port
from recorder.reader import open_store

RECORD_TIMEOUT_S = 15.0
_STOP_S = 20


class RunningStation:
    """Started, ready, and stopped on leaving; what it says goes to `up.log` in its folder."""

    base = "okko/v1/bench/bench/station"
    host = "127.0.0.1"

    def __init__(self, folder: Path, cameras: int) -> None:
        self._folder = folder
        self._cameras = cameras
        self._log = folder / "up.log"
        self._last_record = 0
        self.port = free_port(self.host)

    def __enter__(self) -> Self:
        environment = {**os.environ, "OKKO_BROKER_URL": f"mqtt://{self.host}:{self.port}"}
        began = time.monotonic()
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "okko", "up", str(self._folder)],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        line = self._process.stdout.readline() if self._process.stdout is not None else ""
        self.start_s = time.monotonic() - began
        if not line.startswith("ready"):
            self.__exit__()
            message = f"the station is not ready; it said:\n{self._log.read_text(encoding='utf-8')}"
            raise RuntimeError(message)
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def processes(self, agents: dict[str, int]) -> dict[str, int]:
        """The process of each agent, and of the broker."""
        broker = child_named(self._process.pid, "mosquitto")
        return agents if broker is None else {**agents, "broker": broker}

    def recorded(self, expected: int) -> list[dict[str, Any]]:
        """The items recorded since the last call, once there are so many of them, each with all its frames."""
        end = time.monotonic() + RECORD_TIMEOUT_S
        while self._count() < expected and time.monotonic() < end:
            time.sleep(0.1)
        with open_store(self._folder / "data") as store:
            if store is None:
                return []
            rows = store.execute(
                "SELECT i.id, i.item FROM items i WHERE i.id > ? AND (i.reason != 'rules' OR"
                " (SELECT count(*) FROM frames f WHERE f.item_id = i.item_id) = ?) ORDER BY i.id",
                (self._last_record, self._cameras),
            ).fetchall()
        self._last_record = max((row[0] for row in rows), default=self._last_record)
        return [msgspec.json.decode(row[1]) for row in rows]

    def _count(self) -> int:
        with open_store(self._folder / "data") as store:
            if store is None:
                return 0
            (count,) = store.execute("SELECT count(*) FROM items WHERE id > ?", (self._last_record,)).fetchone()
            return int(count)


def cpu_of(processes: dict[str, int]) -> dict[str, float]:
    """Processor seconds of each."""
    return {name: cpu_s(pid) for name, pid in processes.items()}


def rss_of(processes: dict[str, int]) -> dict[str, int]:
    """Resident bytes of each."""
    return {name: rss_bytes(pid) for name, pid in processes.items()}
