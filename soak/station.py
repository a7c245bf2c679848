"""The station under test: two cameras that look at the world, the shipped model, a record and a way up."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from camera_agent.simulator.kinds import View
from recorder.reader import open_store
from soak import processes
from soak.brokers import KilledBroker

ROOT = Path(__file__).parents[1]
BUNDLE = ROOT / "models" / "duck-quality"
CAMERAS: tuple[View, ...] = ("left", "right")
BASE = "okko/v1/soak/line/station"
CENTRAL = "okko/v1/soak/central/station"
DEADLINE_MS = 1000
START_S = 60.0
STOP_S = 15.0

_TEXT = """[station]
site = "soak"
line = "line"
name = "station"
deadline_ms = {deadline_ms}
capture_window_ms = {window_ms}
max_items_in_flight = 64
[broker]
url = "{url}"
keepalive_s = 2
[recorder]
{more}"""
_CAMERA = """[[camera]]
name = "{name}"
source = {{ kind = "folder", path = "{pictures}", loop = true }}
[[rule]]
kind = "expected_label"
camera = "{name}"
label = "OK"
min_score = 0.5
"""
_MODEL = '[[model]]\nbundle = "{bundle}"\ncameras = {cameras}\n'
_RETENTION = "[recorder.retention]\nmax_bytes = 200_000_000\n"
_UPLINK = '[uplink]\nurl = "{url}"\ncentral_base = "{central}"\nreceipts = "hub"\nreceipt_timeout_s = 2\n'


class SoakStation:
    """`okko up` of that station, on a broker that somebody else starts."""

    agents = ("decision", "inference", *(f"camera-{camera}" for camera in CAMERAS), "recorder")

    def __init__(self, folder: Path, broker: KilledBroker) -> None:
        self.folder = folder
        self.log = folder / "up.log"
        self._broker = broker
        self._process: subprocess.Popen[str] | None = None

    def write(
        self,
        pictures: Mapping[View, Path],
        *,
        window_ms: int,
        uplink: KilledBroker | None,
        retention: bool = False,
        deadline_ms: int = DEADLINE_MS,
    ) -> None:
        """Its station file; each camera has its folder of pictures."""
        more = _RETENTION if retention else ""
        more += "" if uplink is None else _UPLINK.format(url=uplink.url, central=CENTRAL)
        text = _TEXT.format(deadline_ms=deadline_ms, window_ms=window_ms, url=self._broker.url, more=more)
        text += "".join(_CAMERA.format(name=name, pictures=place) for name, place in pictures.items())
        text += _MODEL.format(bundle=BUNDLE, cameras=json.dumps(list(pictures)))
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "station.toml").write_text(text, encoding="utf-8")

    @property
    def supervisor(self) -> int:
        """The process of `okko up`."""
        return self._process.pid if self._process is not None else 0

    @property
    def exit_code(self) -> int | None:
        """How `okko up` ended; None while it runs."""
        return self._process.poll() if self._process is not None else None

    def begin(self) -> None:
        """Start it."""
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "okko", "up", str(self.folder)], stdout=subprocess.PIPE, stderr=log, text=True
            )

    def start(self) -> None:
        """Start it and wait for its ready line."""
        self.begin()
        line = self._process.stdout.readline() if self._process is not None and self._process.stdout is not None else ""
        if not line.startswith("ready"):
            self.stop()
            message = f"the station is not ready; it said:\n{self.log.read_text(encoding='utf-8')[-4000:]}"
            raise RuntimeError(message)

    def stop(self) -> int:
        """SIGTERM; gives the exit code."""
        if self._process is None:
            return 0
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def rss(self) -> dict[str, int]:
        """The resident memory of each agent that runs just now."""
        return {name: processes.rss_bytes(pid) for name, pid in processes.agents_of(self.supervisor).items()}

    def items(self) -> list[dict[str, Any]]:
        """What `okko items --json` tells."""
        done = subprocess.run(
            [sys.executable, "-m", "okko", "items", str(self.folder), "--json"],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
        )
        return [json.loads(line) for line in done.stdout.splitlines()]

    def count_at_least(self, count: int, patience_s: float) -> int:
        """How many items are recorded, once there are so many; after the patience, what there is."""
        end_s = time.monotonic() + patience_s
        while True:
            with open_store(self.folder / "data") as store:
                found = store.execute("SELECT count(*) FROM items").fetchone()[0] if store is not None else 0
            if found >= count or time.monotonic() >= end_s:
                return int(found)
            time.sleep(0.5)

    def items_at_least(self, count: int, patience_s: float) -> list[dict[str, Any]]:
        """The same, once there are so many; after the patience, what there is."""
        end_s = time.monotonic() + patience_s
        while len(items := self.items()) < count and time.monotonic() < end_s:
            time.sleep(0.5)
        return items
