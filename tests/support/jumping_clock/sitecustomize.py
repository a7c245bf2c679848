"""A wall clock that is set while processes run: Python imports this at its start where this folder is on PYTHONPATH.

A seam and not libfaketime, which makes Python's sleep fail. The monotonic clock goes on as it does when NTP, or
somebody, sets the time; how far the wall clock is off stands in a file, in seconds.
"""

import os
import time
from pathlib import Path

VARIABLE = "OKKO_TEST_CLOCK"

if VARIABLE in os.environ:
    _file = Path(os.environ[VARIABLE])
    _time_ns = time.time_ns

    def _jumping_ns() -> int:
        return _time_ns() + int(_file.read_text(encoding="ascii")) * 1_000_000_000

    time.time_ns = _jumping_ns
    time.time = lambda: _jumping_ns() / 1e9
