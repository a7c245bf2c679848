"""One job's process, from its start to its end: what it says is read, and it is ended where it must."""

import asyncio
import json
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from dashboard.jobs.process import Work
from dashboard.jobs.reading import Reading
from dashboard.jobs.shelf import STDERR, STDOUT, Shelf

T = TypeVar("T")

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
_CHUNK_BYTES = 1 << 20
_RESULT_BYTES = 1 << 20
_SIZE_EVERY_S = 1.0
_LEAVING_EVERY_S = 0.02


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds the jobs: how many are kept and wait, what room there must be, how much one may write.

    `grace_s`: how long a job that is to end has after each signal; `leaving_s`: when the agent itself ends.
    """

    kept: int = 50
    waiting: int = 10
    light_at_once: int = 2
    free_bytes: int = 300 << 20
    folder_bytes: int = 300 << 20
    every_s: float = 0.2
    grace_s: float = 5.0
    leaving_s: float = 2.0


class Watch:
    """Looks at a process again and again; `reading` is what it has said so far."""

    def __init__(self, work: Work, shelf: Shelf, job_id: str, limits: Limits) -> None:
        self.work = work
        self.reading = Reading()
        self.wrote_too_much = False
        self._job_id, self._shelf, self._limits = job_id, shelf, limits
        self._read_bytes = 0
        self._signals = 0
        self._next_signal_s = self._next_size_s = 0.0

    async def to_the_end(self, is_to_end: Callable[[], bool], told: Callable[[], None]) -> dict[str, Any] | None:
        """Wait for its end, and give its result; it is ended where `is_to_end` says so, or where it writes too much.

        `told` is called when it has said something.
        """
        while self.work.runs():
            if await beside(self._read):
                told()
            if time.monotonic() >= self._next_size_s:
                self._next_size_s = time.monotonic() + _SIZE_EVERY_S
                size_bytes = await beside(lambda: self._shelf.size_bytes(self._job_id))
                self.wrote_too_much = self.wrote_too_much or size_bytes > self._limits.folder_bytes
            if is_to_end() or self.wrote_too_much:
                self._press()
            await asyncio.sleep(self._limits.every_s)
        while await beside(self._read):
            pass
        self.reading.end()
        return self.reading.result if self.reading.result is not None else await beside(self._of_stdout)

    async def leave(self) -> None:
        """The agent ends, and so does the process: it is asked once, and then made to."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            self.work.send(number)
            for _ in range(round(self._limits.leaving_s / _LEAVING_EVERY_S)):
                if not self.work.runs():
                    return
                await asyncio.sleep(_LEAVING_EVERY_S)

    def _press(self) -> None:
        """The next signal, if the last one had its time: Ctrl-C, then SIGTERM, then SIGKILL again and again."""
        if time.monotonic() >= self._next_signal_s:
            self.work.send(_SIGNALS[min(self._signals, len(_SIGNALS) - 1)])
            self._signals += 1
            self._next_signal_s = time.monotonic() + self._limits.grace_s

    def _read(self) -> bool:
        """Read on in what it has said; whether there was anything."""
        try:
            with (self._shelf.of(self._job_id) / STDERR).open("rb") as file:
                file.seek(self._read_bytes)
                data = file.read(_CHUNK_BYTES)
        except FileNotFoundError:
            return False  # it was never started: the agent was killed before
        self._read_bytes += len(data)
        self.reading.feed(data)
        return bool(data)

    def _of_stdout(self) -> dict[str, Any] | None:
        """The result of a command that prints it as one JSON object."""
        try:
            with (self._shelf.of(self._job_id) / STDOUT).open("rb") as file:
                found = json.loads(file.read(_RESULT_BYTES))
        except (FileNotFoundError, ValueError):
            return None
        return found if isinstance(found, dict) else None


async def beside(work: Callable[[], T]) -> T:
    """What `work` gives, done on a thread: the disk never holds the loop up."""
    return await asyncio.to_thread(work)
