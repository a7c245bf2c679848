"""The bare loop on all cores: one process for each, side by side, as fast as they go.

`python -m bench.cores STATION SECONDS` is one of them: it says `ready`, waits for a line, works, and says its rate.
"""

import os
import subprocess
import sys
from pathlib import Path

from bench.bare import BareLoop


def rate_on_all_cores(station: Path, seconds: float) -> float:
    """How many parts a second bare loops inspect together, one on each core, without a pause."""
    command = [sys.executable, "-m", "bench.cores", str(station), str(seconds)]
    loops = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for _ in range(len(os.sched_getaffinity(0)))
    ]
    try:
        for loop in loops:
            _line(loop)
        for loop in loops:
            if loop.stdin is not None:
                loop.stdin.write("go\n")
                loop.stdin.flush()
        return sum(float(_line(loop)) for loop in loops)
    finally:
        for loop in loops:
            loop.communicate()  # closes its input, on which it ends


def _line(loop: "subprocess.Popen[str]") -> str:
    said = loop.stdout.readline() if loop.stdout is not None else ""
    if not said:
        message = "a bare loop ended before it had said its rate"
        raise RuntimeError(message)
    return said


def main() -> None:
    """One loop."""
    loop = BareLoop(Path(sys.argv[1]))
    loop.rate(0.3)  # first uses of everything
    print("ready", flush=True)
    if sys.stdin.readline():
        print(loop.rate(float(sys.argv[2])), flush=True)
    loop.close()


if __name__ == "__main__":
    main()
