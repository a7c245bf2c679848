"""A duck line of its own with a record, labels and a technician, to be photographed."""

import itertools
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from okko.broker import free_port

ROOT = Path(__file__).parents[2]
TECHNICIAN = "tina"
PARTS, RATE = 60, 6
LABELLED = 24
_START_S, _STOP_S = 60.0, 20.0


@dataclass(frozen=True)
class DuckLine:
    """A running station; `url` is its page's, `password` the technician's."""

    folder: Path
    url: str
    password: str
    environment: dict[str, str]
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def okko(self, *arguments: str, said: str = "") -> str:
        """What `okko arguments...` prints; `said` is its input.

        Raises:
            RuntimeError: if it fails.
        """
        command = [sys.executable, "-m", "okko", *arguments]
        done = subprocess.run(command, env=self.environment, input=said, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
        if done.returncode:
            message = f"okko {' '.join(arguments)}: {done.stderr}"
            raise RuntimeError(message)
        return done.stdout

    def send(self, count: int) -> None:
        """So many ducks, numbered, and wait for their verdicts."""
        parts = [word for _ in range(count) for word in ("--part", f"duck-{next(self.numbers)}")]
        self.okko("trigger", str(self.folder), *parts, "--rate", str(RATE), "--wait")


@contextmanager
def duck_line(folder: Path) -> Iterator[DuckLine]:
    """The duck line in `folder`, with parts, labels and a technician, until the end of the block."""
    station = folder / "stations" / "ducks"
    shutil.copytree(ROOT / "stations" / "ducks", station, ignore=shutil.ignore_patterns("data", "taught"))
    (folder / "models").symlink_to(ROOT / "models")
    file = station / "station.toml"
    text = re.sub(
        "^capture_window_ms = .*", "capture_window_ms = 900", file.read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    file.write_text(text, encoding="utf-8")  # a busy machine is no fault to be photographed
    port = free_port("127.0.0.1")
    line = DuckLine(
        station,
        f"http://127.0.0.1:{port}",
        secrets.token_urlsafe(16),
        {**os.environ, "OKKO_BROKER_URL": f"mqtt://127.0.0.1:{free_port('127.0.0.1')}", "OKKO_PAGE_PORT": str(port)},
    )
    line.okko("users", "add", str(station), TECHNICIAN, "--role", "technician", "--password-stdin", said=line.password)
    line.okko("users", "add", str(station), "oscar", "--role", "operator", "--password-stdin", said=line.password)
    log = folder / "up.log"
    with log.open("w") as errors:
        up = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "okko", "up", str(station)],
            env=line.environment,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        if up.stdout is None or not up.stdout.readline().startswith("ready"):
            message = f"the station is not ready:\n{log.read_text(encoding='utf-8')}"
            raise RuntimeError(message)
        _wait_for(port)
        line.send(PARTS)
        _label(line)
        yield line
    finally:
        up.send_signal(signal.SIGTERM)
        up.wait(_STOP_S)


def _wait_for(port: int) -> None:
    end_s = time.monotonic() + _START_S
    while time.monotonic() < end_s:
        with socket.socket() as asking:
            if asking.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    message = f"nothing answers at port {port}"
    raise RuntimeError(message)


def _label(line: DuckLine) -> None:
    """Say of the first ones what they are: some verdicts were wrong."""
    station = str(line.folder)
    for word in ("OK", "KO"):
        listed = line.okko("items", station, "--verdict", word, "--json")
        ids = [line.split('"item_id":"', 1)[1].split('"', 1)[0] for line in listed.splitlines()][:LABELLED]
        wrong, right = ids[:2], ids[2:]
        line.okko("label", station, "--items", "-", word, "--by", TECHNICIAN, said="\n".join(right) + "\n")
        other = "scratch" if word == "OK" else "OK"
        line.okko("label", station, "--items", "-", other, "--by", TECHNICIAN, said="\n".join(wrong) + "\n")
