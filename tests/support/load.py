"""Parts that come at a steady rate while something is done to the line."""

import json
import subprocess
import time
from typing import Any

import pytest

from line import Line


class Load:
    """Parts at a steady rate while something else is done; at its end each had one verdict."""

    def __init__(self, line: Line, count: int, rate: int = 20) -> None:
        self._line = line
        self._heard = line.folder / "verdicts.jsonl"
        with self._heard.open("w") as heard:
            self._process = subprocess.Popen(
                line.okko("trigger", str(line.folder), "--wait", "--count", str(count), "--rate", str(rate)),
                env=line.environment,
                stdout=heard,
            )

    def until(self, count: int) -> None:
        """Wait until so many verdicts have come."""
        for _ in range(600):
            if self._heard.read_bytes().count(b"\n") >= count:
                return
            time.sleep(0.05)  # parts come at their own rate
        pytest.fail(self._line.log())

    def all(self) -> list[dict[str, Any]]:
        """All verdicts, once the last has come."""
        assert self._process.wait(60) == 0, self._line.log()
        return [json.loads(text) for text in self._heard.read_text().splitlines()]
