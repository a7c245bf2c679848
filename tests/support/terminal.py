"""Runs the commands of a page as a person would type them, in a folder that looks like a fresh clone."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from okko import broker as okko_broker
from tools.pages import Block, Page
from waiting import PATIENCE_S

_LINKED = ("models", "tools", "training", "Makefile")


@dataclass
class Shown:
    """What a command in the background has printed so far."""

    process: "subprocess.Popen[bytes]"
    output: Path

    def text(self) -> str:
        """Its stdout."""
        return self.output.read_text(encoding="utf-8")


class Terminal:
    """A shell in a copy of the repository, whose default broker is on a free port.

    Stations get more time than they ask for: that a loaded machine is slow is not what the pages are about.
    """

    def __init__(self, root: Path, folder: Path) -> None:
        self.folder = folder
        for name in _LINKED:
            (folder / name).symlink_to(root / name)
        (folder / ".venv").symlink_to(sys.prefix)
        shutil.copytree(root / "stations", folder / "stations", ignore=shutil.ignore_patterns("data"))
        for station in (folder / "stations").glob("*/station.toml"):
            station.write_text(unhurried(station.read_text()))
        port = okko_broker.free_port()
        config = folder / ".config"
        config.mkdir()
        for program in ("mosquitto_sub", "mosquitto_pub"):
            (config / program).write_text(f"-p {port}\n")
        # A person's shell is not inside a `make test`, whose own variables would make a page's `make` speak otherwise.
        outside = {key: value for key, value in os.environ.items() if key not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}}
        self._environment = {
            **outside,
            "OKKO_BROKER_URL": f"mqtt://127.0.0.1:{port}",
            "XDG_CONFIG_HOME": str(config),
            "PATH": f"{Path(sys.prefix) / 'bin'}:{os.environ['PATH']}:/usr/sbin",
        }
        self._background: list[Shown] = []

    def type(self, page: Page) -> None:
        """Run the page from top to bottom; what it shows must be what comes."""
        blocks = page.blocks
        for index, block in enumerate(blocks):
            what, _, how = block.mark.partition(": ")
            expected = blocks[index + 1] if index + 1 < len(blocks) and blocks[index + 1].mark == "output" else None
            if what == "file":
                self._write(self.folder / how, block)
            elif what == "run":
                self._run(block, how, expected)
            elif block.mark == "output: of the last background":
                eventually_shows(self._background[-1].text, block.text)

    def close(self) -> None:
        """End what still runs; it must end well."""
        for shown in reversed(self._background):
            shown.process.terminate()
            code = shown.process.wait(PATIENCE_S)
            assert code in {0, -15}, self._errors()

    def _run(self, block: Block, how: str, expected: Block | None) -> None:
        if "with okko up " in how:
            station = how.split("with okko up ", 1)[1]
            up = self._start(f"okko up {station}")
            _wait_for_ready(up)
        if how.startswith("background"):
            shown = self._start(block.text.strip())
            if expected is not None:
                eventually_shows(shown.text, expected.text)
            else:
                time.sleep(0.5)  # a subscription; what it shows is waited for later
            return
        text = self._made(block.text) if how == "make" else block.text
        if how == "until it shows" and expected is not None:
            eventually_shows(lambda: self._typed(text), expected.text)
            return
        output = self._typed(text)
        if expected is not None:
            assert lacking(output, expected.text) is None, output

    def _typed(self, text: str) -> str:
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", text],
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S * 2,
            check=False,
        )
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}\n{self._errors()}"
        return done.stdout

    def _start(self, command: str) -> Shown:
        number = len(self._background)
        output, errors = self.folder / f"background-{number}.out", self.folder / f"background-{number}.err"
        with output.open("wb") as out, errors.open("wb") as err:
            process = subprocess.Popen(
                ["stdbuf", "-oL", "bash", "-c", f"exec {command}"],
                cwd=self.folder,
                env=self._environment,
                stdout=out,
                stderr=err,
            )
        self._background.append(Shown(process, output))
        return self._background[-1]

    def _made(self, text: str) -> str:
        """What `make` would run, without the installation."""
        planned = self._typed(text.replace("make ", "make -n ", 1)).splitlines()
        assert "tools/setup" in planned[0]
        return "\n".join(planned[1:])

    def _write(self, path: Path, block: Block) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(unhurried(block.text) if path.name == "station.toml" else block.text)

    def _errors(self) -> str:
        return "\n".join(path.read_text() for path in sorted(self.folder.glob("background-*.err")))


def unhurried(station: str) -> str:
    """A station file with so much time that a slow machine is not seen."""
    text = re.sub(r"^(deadline_ms|capture_window_ms) = .*\n", "", station, flags=re.MULTILINE)
    return text.replace("[station]\n", "[station]\ndeadline_ms = 20000\ncapture_window_ms = 10000\n", 1)


def _wait_for_ready(up: Shown) -> None:
    end = time.monotonic() + PATIENCE_S
    while not up.text().startswith("ready "):
        assert time.monotonic() < end, "the station did not become ready"
        time.sleep(0.1)  # agents come up in their own time


def eventually_shows(output: Callable[[], str], expected: str) -> None:
    """Wait until the output has all lines that the page shows."""
    end = time.monotonic() + PATIENCE_S
    while (line := lacking(seen := output(), expected)) is not None:
        assert time.monotonic() < end, f"{line!r} did not come\n{seen}"
        time.sleep(0.1)  # real processes come along in their own time


def lacking(output: str, expected: str) -> str | None:
    """The first line that the page shows and the output lacks, in order; None where all are there."""
    lines = iter([_normal(line) for line in output.splitlines()])
    for line in expected.splitlines():
        wanted, is_cut, _ = _normal(line).partition("...")
        # `any` moves on behind what it finds.
        if not any(seen.startswith(wanted) if is_cut else seen == wanted for seen in lines):
            return line
    return None


_DIFFERENT = (
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z"), "INSTANT"),
    (re.compile(r"\d+\.\d+ ms|deadline \d+ ms"), "DURATION"),
    (re.compile(r"\b0\.\d{2,}"), "SCORE"),
    (re.compile(r"127\.0\.0\.1:\d+"), "ADDRESS"),
    (re.compile(r"\s+"), " "),
)


def _normal(line: str) -> str:
    """A line without what differs from run to run and from machine to machine."""
    for pattern, name in _DIFFERENT:
        line = pattern.sub(name, line)
    return line.strip()
