"""The processes of a station under `okko up`, found in /proc, and what is done to them."""

import contextlib
import os
import signal
import time
from pathlib import Path


def agents_of(supervisor: int) -> dict[str, int]:
    """The running agents that `okko up` has started, by name."""
    found: dict[str, int] = {}
    for pid in _children(supervisor):
        words = _words(pid)
        if "run" in words:
            agent = words[words.index("run") + 1]
            name = f"camera-{words[words.index('--camera') + 1]}" if "--camera" in words else agent
            found[name] = pid
    return found


def rss_bytes(pid: int) -> int:
    """Its resident memory; 0 where it is gone."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def kill(pid: int) -> None:
    """SIGKILL."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def stop_for(pid: int, seconds: float) -> None:
    """SIGSTOP, and SIGCONT after a while."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)
        try:
            time.sleep(seconds)
        finally:
            os.kill(pid, signal.SIGCONT)


def _children(parent: int) -> list[int]:
    pids: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{parent}/task").iterdir():
            pids += [int(pid) for pid in (task / "children").read_text(encoding="ascii").split()]
    return pids


def _words(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8").split("\0")
    except OSError:
        return []
