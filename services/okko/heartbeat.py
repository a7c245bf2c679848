"""A sign of life in a file, for what looks after a process: the health check of a container, a watchdog.

A file, not a command that asks: a check that starts Python every few seconds costs a Raspberry Pi more than the agent.
"""

import logging
import os
from pathlib import Path

log = logging.getLogger(__name__)

FOLDER_VARIABLE = "OKKO_HEARTBEAT"
"""The folder of the signs of life; without it there are none."""


class Heartbeat:
    """The file `{folder}/{agent}`, as fresh as the last beat."""

    def __init__(self, folder: Path | None, agent: str) -> None:
        self._file = None if folder is None else folder / agent
        self._failed = False

    def beat(self) -> None:
        """Make the file fresh. A folder that cannot be written is told once, and stops nobody."""
        if self._file is None:
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.touch()
        except OSError as error:
            if not self._failed:
                log.warning("no sign of life in %s, from %s: %s", self._file, FOLDER_VARIABLE, error)
            self._failed = True


def from_environment(agent: str) -> Heartbeat:
    """The heartbeat that the environment asks for."""
    folder = os.environ.get(FOLDER_VARIABLE)
    return Heartbeat(Path(folder) if folder else None, agent)
