"""A program in JavaScript that a test talks with: JSON lines in, JSON lines out."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from waiting import PATIENCE_S, eventually

CLIENTS = Path(__file__).parents[1] / "clients"
Event = dict[str, Any]


def need_node() -> None:
    """Skip where Node.js or the packages of tests/clients are not installed; `make test` installs both."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed; `make test` installs it")
    lock, installed = CLIENTS / "package-lock.json", CLIENTS / "node_modules" / ".installed-lock.json"
    if not installed.is_file() or installed.read_bytes() != lock.read_bytes():
        pytest.skip("the packages of tests/clients are not installed; `make test` installs them")


class NodeProgram:
    """One running program of tests/clients; its output goes to a file: a pipe that nobody reads would hold it up."""

    def __init__(self, folder: Path, script: str, *arguments: str) -> None:
        self._output = folder / f"{Path(script).stem}.jsonl"
        self._errors = folder / f"{Path(script).stem}.err"
        with self._output.open("w") as output, self._errors.open("w") as errors:
            self._process = subprocess.Popen(
                ["node", str(CLIENTS / script), *arguments], stdin=subprocess.PIPE, stdout=output, stderr=errors
            )

    def tell(self, **fields: object) -> None:
        """Give it one line."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(fields).encode() + b"\n")
        self._process.stdin.flush()

    def events(self, *kinds: str) -> list[Event]:
        """What it has said so far, or of these kinds alone."""
        lines = self._output.read_text().splitlines(keepends=True)
        said: list[Event] = [json.loads(line) for line in lines if line.endswith("\n")]
        return [event for event in said if not kinds or event["event"] in kinds]

    def wait(self, condition: Callable[[list[Event]], object]) -> None:
        """Until what it has said is as it should be."""
        eventually(lambda: condition(self.events()) or self._process.poll() is not None, self._story())
        assert condition(self.events()), self._story()

    def wait_for(self, **fields: object) -> None:
        """Until it has said something with these fields."""
        self.wait(lambda events: any(fields.items() <= event.items() for event in events))

    def end(self) -> list[Event]:
        """Close its input: it finishes by itself; gives all that it said."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        assert self._process.wait(PATIENCE_S) == 0, self._story()
        return self.events()

    def kill(self) -> None:
        """SIGKILL, where it still runs."""
        self._process.kill()
        self._process.wait()

    def _story(self) -> str:
        return self._output.read_text() + self._errors.read_text()
