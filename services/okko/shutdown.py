"""When to stop: SIGTERM, SIGINT, or the end of the supervisor that started this process."""

import asyncio
import os
import signal
import sys
from weakref import WeakKeyDictionary

SUPERVISED_VARIABLE = "OKKO_SUPERVISED"
"""Set by `okko up`: stdin is a pipe from it, whose end means that it is gone, however it went."""

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


def _watch_stdin(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    descriptor = sys.stdin.fileno()

    def readable() -> None:
        if not os.read(descriptor, 64):
            loop.remove_reader(descriptor)
            event.set()

    loop.add_reader(descriptor, readable)
