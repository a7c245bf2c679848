"""Agents as processes of their own, ended by the test that started them."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from waiting import PATIENCE_S

BASE = "okko/v1/test/line/station"
STATION = """
[station]
site = "test"
line = "line"
name = "station"
deadline_ms = 2000
capture_window_ms = 1000

[broker]
url = "{url}"

[[camera]]
name = "top"
source = {{ kind = "folder", path = "images", loop = true }}

[recorder]
"""


def write_station(folder: Path, url: str, more: str = "") -> Path:
    """A station file with one camera; gives its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "station.toml").write_text(STATION.format(url=url) + more)
    return folder


class Agent:
    """One process, its log in a file."""

    def __init__(self, log: Path, *command: str, environment: Mapping[str, str] | None = None) -> None:
        self._log = log
        with log.open("w") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, *command], stderr=stderr, env={**os.environ, **(environment or {})}
            )

    @property
    def log(self) -> str:
        """What it said so far."""
        return self._log.read_text()

    def end(self) -> int:
        """SIGTERM; gives the exit code. A second call does no harm."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(PATIENCE_S)

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        self.process.wait()
