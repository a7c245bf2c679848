"""What processes cost, as the kernel tells it."""

import os
from pathlib import Path

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_IDLE, _IOWAIT, _STEAL = 3, 4, 7
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def cpu_s(pid: int) -> float:
    """Processor time that the living threads of a process have used so far, in user and in kernel mode."""
    # Not `utime` and `stime`: they count whole ticks of 10 ms by sampling, where an item takes 2 ms.
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text(encoding="utf-8").split()[0]) for task in tasks) / 1e9


def busy_s() -> float:
    """Processor time that the whole machine has used so far, with what a hypervisor gave to other machines."""
    fields = [int(ticks) for ticks in Path("/proc/stat").read_text(encoding="utf-8").split("\n", 1)[0].split()[1:]]
    counted = fields[: _STEAL + 1]  # what follows is counted under user time too
    return (sum(counted) - fields[_IDLE] - fields[_IOWAIT]) * _TICK_S


def rss_bytes(pid: int) -> int:
    """Its resident memory."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1]) * _PAGE_BYTES


def child_named(parent: int, name: str) -> int | None:
    """The process of that name that `parent` has started."""
    for task in Path(f"/proc/{parent}/task").iterdir():
        for child in (task / "children").read_text(encoding="utf-8").split():
            if Path(f"/proc/{child}/comm").read_text(encoding="utf-8").strip() == name:
                return int(child)
    return None


def descendants(parent: int) -> list[int]:
    """The processes that `parent` has started, and those that they have, and so on; those that have ended left out."""
    found: list[int] = []
    for task in Path(f"/proc/{parent}/task").iterdir():
        try:
            children = [int(child) for child in (task / "children").read_text(encoding="utf-8").split()]
        except (FileNotFoundError, ProcessLookupError):  # it ended while we looked
            continue
        for child in children:
            found += [child, *_of_living(child)]
    return found


def _of_living(pid: int) -> list[int]:
    try:
        return descendants(pid)
    except (FileNotFoundError, ProcessLookupError):
        return []
