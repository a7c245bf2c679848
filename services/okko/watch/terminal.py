"""A terminal while a screen is drawn on it: nothing else writes there, keys are not echoed, `q` ends it."""

import asyncio
import contextlib
import os
import sys
import tempfile
import termios
import tty
from collections.abc import Iterator

from okko.watch.plain import plain

_TOLD_BYTES = 8192


@contextlib.contextmanager
def stderr_aside() -> Iterator[None]:
    """What this process and its children write to a terminal's stderr is kept back, and told at the end.

    Picture decoders write there past Python, hence the descriptor and not `sys.stderr`.
    """
    if not sys.stderr.isatty():
        yield
        return
    with tempfile.TemporaryFile() as aside:
        sys.stderr.flush()
        terminal = os.dup(sys.stderr.fileno())
        os.dup2(aside.fileno(), sys.stderr.fileno())
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(terminal, sys.stderr.fileno())
            os.close(terminal)
            aside.seek(max(0, aside.seek(0, os.SEEK_END) - _TOLD_BYTES))
            for line in aside.read().decode("utf-8", "replace").splitlines():
                sys.stderr.write(plain(line, 1000) + "\n")


@contextlib.contextmanager
def keys(ended: asyncio.Event) -> Iterator[None]:
    """Keys that are typed do not show; `q` sets the event. Where stdin is no terminal of ours, nothing happens."""
    if not _is_ours():
        yield
        return
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    loop = asyncio.get_running_loop()

    def typed() -> None:
        keys = os.read(descriptor, 64)
        if not keys:
            loop.remove_reader(descriptor)
        if b"q" in keys.lower():
            ended.set()

    tty.setcbreak(descriptor)
    loop.add_reader(descriptor, typed)
    try:
        yield
    finally:
        loop.remove_reader(descriptor)
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _is_ours() -> bool:
    """Whether we may set the terminal: one that runs in the background would be stopped for it."""
    try:
        return sys.stdin.isatty() and os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError):
        return False
