"""When to stop: SIGTERM, SIGINT, the end of the supervisor that started this process, or to begin anew at once."""

import asyncio
import contextlib
import fcntl
import os
import signal
import sys
from pathlib import Path
from weakref import WeakKeyDictionary

SUPERVISED_VARIABLE = "OKKO_SUPERVISED"
"""Set by `okko up`: stdin is a pipe from it, whose end means that it is gone, however it went."""

_anew = False
_events: "WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Event]" = WeakKeyDictionary()


def stop_event() -> asyncio.Event:
    """The event of this process's loop that is set once it should stop; the first call installs the handlers."""
    loop = asyncio.get_running_loop()
    if (event := _events.get(loop)) is None:
        event = _events[loop] = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, event.set)
        if os.environ.get(SUPERVISED_VARIABLE):
            _watch_stdin(loop, event)
    return event


def begin_anew() -> None:
    """Stop this process as SIGTERM does; `again` then starts it anew. Where it has to stop anyhow it just stops."""
    global _anew  # noqa: PLW0603 - there is one process, and it ends once
    event = stop_event()
    _anew = _anew or not event.is_set()
    event.set()


def is_to_begin_anew() -> bool:
    """Whether what stops now, or has stopped, is to be started again."""
    return _anew


def again() -> None:
    """Become the same command anew, where that was asked for; returns where it was not.

    In the place of this process, under its number: whoever looks after it (`okko up`, systemd, a container) sees no
    end, and a command typed in a terminal comes back as well.
    """
    if not _anew:
        return
    for file in list(Path("/proc/self/fd").iterdir()):
        if (descriptor := int(file.name)) > sys.stderr.fileno():
            with contextlib.suppress(OSError):  # what listed them is closed by now
                fcntl.fcntl(descriptor, fcntl.F_SETFD, fcntl.FD_CLOEXEC)  # a library's, a camera's, would stay open
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - the very command that runs


def _watch_stdin(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    descriptor = sys.stdin.fileno()

    def readable() -> None:
        if not os.read(descriptor, 64):
            loop.remove_reader(descriptor)
            event.set()

    loop.add_reader(descriptor, readable)
