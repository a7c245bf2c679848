"""What tests know of the broker fixture, and the sockets of this process that lead to it."""

import contextlib
import os
import socket
import stat
from pathlib import Path
from typing import Protocol


class RunningBroker(Protocol):
    """The fixture `broker`."""

    folder: Path
    port: int
    pid: int

    @property
    def url(self) -> str:
        """Its address as a station file has it."""

    def start(self) -> None:
        """Start it (again, on the same port)."""

    def kill(self) -> None:
        """SIGKILL."""


def pid_of(broker: RunningBroker) -> int:
    """The broker's process, to be stopped and continued."""
    assert broker.pid
    return broker.pid


def sockets_to(port: int) -> list[socket.socket]:
    """Duplicates of the sockets of this process that are connected to a port of this machine; to be closed."""
    found: dict[object, socket.socket] = {}  # by their own address: a duplicate may be met again as a file
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - names are wanted, the files may be gone
        with contextlib.suppress(OSError):
            if stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                candidate = socket.socket(fileno=os.dup(int(name)))
                if _leads_to(candidate, port) and candidate.getsockname() not in found:
                    found[candidate.getsockname()] = candidate
                else:
                    candidate.close()
    return list(found.values())


def count_sockets_to(port: int) -> int:
    """How many connections this process has to a port of this machine."""
    found = sockets_to(port)
    for one in found:
        one.close()
    return len(found)


def _leads_to(candidate: socket.socket, port: int) -> bool:
    with contextlib.suppress(OSError):
        return candidate.family == socket.AF_INET and candidate.getpeername()[1] == port
    return False
