"""`python -m bench`: all benchmarks, or one of them."""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import page, record
from bench.measure import Measurement, Results
from bench.report import machine, table, write_json
from bench.running import RunningStation
from bench.workload import ROOT, WORKLOADS, Workload

SECONDS = 500.0
"""After its share of this a workload begins no further repeat of what takes as long as it takes: 10 minutes at most."""


def main() -> int:
    """Measure, print the table, write the JSON; exit 2 where there is nothing of the wanted name."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__, epilog=_epilog())
    parser.add_argument("--only", metavar="NAME", default="", help="one measurement, or all of one workload (`duck`)")
    parser.add_argument("--repeats", type=int, default=3, metavar="N", help="how often each is done (default: 3)")
    parser.add_argument("--keep", action="store_true", help="leave the stations' folders where they are, and say where")
    options = parser.parse_args()
    wanted = _wanted(options.only)
    if not wanted:
        parser.error(f"there is no {options.only!r}. {_epilog()}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that the station is stopped too
    began_s = time.monotonic()
    about = machine()
    folder = Path(tempfile.mkdtemp(prefix="okko-bench-"))
    results = Results()
    try:
        workloads = [load for load in WORKLOADS if wanted.intersection(load.measurements)]
        for index, workload in enumerate(workloads, start=1):
            end_s = began_s + SECONDS * index / len(workloads)
            _measure(workload, folder, wanted, options.repeats, end_s, results)
        results.bursts += [record.burst(name, folder) for name in record.BURSTS if name in wanted]
        results.pages += [page.measure(folder, options.repeats)] if page.NAME in wanted else []
        results.searches += [record.search(name, folder) for name in record.QUERIES if name in wanted]
    finally:
        if options.keep:
            print(f"kept: {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)
        _tell(about, results)  # also what was found before something failed
    return 0


def _tell(about: dict[str, Any], results: Results) -> None:
    """Print the table, write the JSON."""
    print(", ".join(f"{key} {value}" for key, value in about.items()) + "\n")
    print(table(results))
    path = ROOT / f"bench-{datetime.now(UTC):%Y-%m-%d-%H%M%S}.json"
    write_json(path, about, results)
    print(f"written: {path.name}", file=sys.stderr)


def _wanted(only: str) -> set[str]:
    """The measurements of a name: one, all of a workload, or what is usual."""
    if not only:
        return {name for load in WORKLOADS if load.usual for name in load.measurements} | set(record.USUAL)
    of = {load.name: load.measurements for load in WORKLOADS} | {"record": list(record.USUAL)}
    of |= {name: [name] for name in (*record.NAMES, page.NAME)}
    return set(of.get(only, [name for names in of.values() for name in names if name == only]))


def _epilog() -> str:
    usual, others = (
        [n for load in WORKLOADS if load.usual is which for n in load.measurements] for which in (True, False)
    )
    usual += record.USUAL
    others += [*(name for name in record.NAMES if name not in record.USUAL), page.NAME]
    return f"Names: {', '.join(usual)}. Only when asked for: {', '.join(others)}"


def _measure(  # noqa: PLR0913, PLR0917 - what main has made ready
    workload: Workload, folder: Path, wanted: set[str], repeats: int, end_s: float, results: Results
) -> None:
    data = Path(os.environ.get("OKKO_TEST_DATA", ROOT.parent / "shared" / "data"))
    station = workload.prepare(folder, data)
    if station is None:
        print(f"{workload.name}: skipped, its model is not below {data}; set OKKO_TEST_DATA", file=sys.stderr)
        return
    with RunningStation(station, len(workload.cameras)) as running:
        Measurement(workload, running, station, repeats, end_s).run(wanted, results)


if __name__ == "__main__":
    sys.exit(main())
