"""What other programs of the machine take while something is measured."""

import time
from collections.abc import Iterable

from bench.process import busy_s, cpu_s


class Used:
    """What some processes use from now on; what one used that ends meanwhile is not known, and left out."""

    def __init__(self, pids: Iterable[int]) -> None:
        self._before_s = {pid: used for pid in pids if (used := _living_cpu_s(pid)) is not None}

    def seconds(self) -> float:
        """Processor seconds since this object was made."""
        now_s = {pid: _living_cpu_s(pid) for pid in self._before_s}
        return sum(used - self._before_s[pid] for pid, used in now_s.items() if used is not None)


class Others:
    """How many cores other programs of the machine take meanwhile: they make every figure worse."""

    def __init__(self, pids: Iterable[int]) -> None:
        self._ours = Used(pids)
        self._began = time.monotonic(), busy_s() - time.process_time()

    def cores(self) -> float:
        """The mean since this object was made."""
        began, before_s = self._began
        others_s = busy_s() - time.process_time() - before_s - self._ours.seconds()
        return round(max(0.0, others_s) / (time.monotonic() - began), 2)


def _living_cpu_s(pid: int) -> float | None:
    try:
        return cpu_s(pid)
    except (FileNotFoundError, ProcessLookupError):
        return None
