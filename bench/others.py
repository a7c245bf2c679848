"""What other programs of the machine take while something is measured."""

import time

from bench.process import busy_s
from bench.running import cpu_of


class Others:
    """How many cores other programs of the machine take meanwhile: they make every figure worse."""

    def __init__(self, processes: dict[str, int]) -> None:
        self._processes = processes
        self._began = time.monotonic(), self._others_s()

    def cores(self) -> float:
        """The mean since this object was made."""
        began, before_s = self._began
        return round(max(0.0, self._others_s() - before_s) / (time.monotonic() - began), 2)

    def _others_s(self) -> float:
        return busy_s() - sum(cpu_of(self._processes).values()) - time.process_time()
