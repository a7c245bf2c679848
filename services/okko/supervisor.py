"""Processes that are kept running: started again when they die, with backoff; ended together."""

import asyncio
import contextlib
import logging
import os
import random
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from okko.contracts import Severity
from okko.session import backoff_s
from okko.shutdown import SUPERVISED_VARIABLE

log = logging.getLogger(__name__)

STOP_TIMEOUT_S = 5.0
STEADY_S = 10.0
"""A process that has lived so long is well: its next death is not counted with those before."""

CRASH_LOOP = 5
"""So many deaths in a row are told: one is bad luck, this is a defect."""

_INPUT_ERROR = 2


@dataclass
class Child:
    """One process: what runs, and how it went so far."""

    name: str
    command: Sequence[str]
    process: asyncio.subprocess.Process | None = None
    deaths: int = 0
    refused: bool = field(default=False)
    leaves: bool = field(default=False)
    kept: "asyncio.Task[int] | None" = None


class Supervisor:
    """Keeps its children running until it is told to stop; `event` tells people what the children cannot."""

    def __init__(self, environment: Mapping[str, str], event: Callable[[Severity, str, str], None]) -> None:
        self._event = event
        self._environment = {**os.environ, **environment, SUPERVISED_VARIABLE: "1"}
        self._rng = random.Random()  # noqa: S311 - spreads restarts, guards nothing
        self._stopping = False
        self.children: list[Child] = []
        self.all_refused = asyncio.Event()

    def add(self, name: str, *arguments: str) -> Child:
        """A process `okko arguments...` of this installation, to be kept running by `keep`."""
        child = Child(name, (sys.executable, "-m", "okko", *arguments))
        self.children.append(child)
        return child

    def start(self, child: Child) -> None:
        """Keep a child running from now on."""
        child.kept = asyncio.create_task(self.keep(child), name=child.name)

    async def want(self, commands: Mapping[str, Sequence[str]]) -> None:
        """Have these children, by name with their arguments, and no others; who refused to run may try once more."""
        if self._stopping:
            return
        for child in [child for child in self.children if child.name not in commands]:
            log.info("%s is not of the station any more", child.name)
            child.leaves = True
            await self._end([child])
            self.children.remove(child)
        for child in self.children:
            if child.refused:
                child.refused, child.deaths = False, 0
                self.start(child)
        for name in (name for name in commands if all(child.name != name for child in self.children)):
            self.start(self.add(name, *commands[name]))

    def pid_of(self, name: str) -> int | None:
        """The process of a child as it runs just now."""
        for child in self.children:
            if child.name == name and child.process is not None:
                return child.process.pid
        return None

    async def keep(self, child: Child) -> int:
        """Run a child, again and again; gives its exit code once it should not run any more.

        It ends for good by exit 0 when stopping, and by exit 2 (wrong configuration, name taken) at any time.
        """
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            code = await self._run(child)
            if self._ends(child):
                return code
            if code == _INPUT_ERROR:
                child.refused = True
                log.error("%s refuses to run (exit 2) and is not started again", child.name)
                if all(other.refused for other in self.children):
                    self.all_refused.set()
                return code
            child.deaths = 1 if loop.time() - started > STEADY_S else child.deaths + 1
            pause_s = backoff_s(child.deaths - 1, self._rng, base_s=0.2, cap_s=10.0)
            how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit {code}"
            log.warning("%s %s; starting it again in %.1f s", child.name, how, pause_s)
            if child.deaths == CRASH_LOOP:
                text = f"{child.name} {how}, {CRASH_LOOP} times in a row; its log says why"
                self._event("error", "crash_loop", text)
            await asyncio.sleep(pause_s)
            if self._ends(child):
                return code

    def _ends(self, child: Child) -> bool:
        return self._stopping or child.leaves

    async def stop(self) -> list[str]:
        """End all children: SIGTERM, and SIGKILL for those that do not follow; gives the names of these."""
        self._stopping = True
        stubborn = await self._end(self.children)
        for child in self.children:
            if child.kept is not None:
                child.kept.cancel()
        await asyncio.gather(*(child.kept for child in self.children if child.kept is not None), return_exceptions=True)
        return stubborn

    async def _end(self, children: Sequence[Child]) -> list[str]:
        running = [child for child in children if child.process is not None and child.process.returncode is None]
        for child in running:
            _signal(child, signal.SIGTERM)
        waits = [asyncio.ensure_future(child.process.wait()) for child in running if child.process is not None]
        if waits:
            await asyncio.wait(waits, timeout=STOP_TIMEOUT_S)
        stubborn = [c for c in running if c.process is not None and c.process.returncode is None]
        for child in stubborn:
            log.error("%s did not stop within %g s and is killed", child.name, STOP_TIMEOUT_S)
            _signal(child, signal.SIGKILL)
        return [child.name for child in stubborn]

    async def _run(self, child: Child) -> int:
        # A session of its own: Ctrl-C in the terminal reaches the supervisor alone, which ends the children in order.
        # The pipe on stdin tells the child when the supervisor is gone, however it went.
        child.process = await asyncio.create_subprocess_exec(
            *child.command,
            stdin=asyncio.subprocess.PIPE,
            stdout=sys.stderr,
            env=self._environment,
            start_new_session=True,
        )
        return await child.process.wait()


def _signal(child: Child, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        if child.process is not None:
            child.process.send_signal(number)
