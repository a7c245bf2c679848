"""A wall clock that is set while the station runs, by NTP after a boot for instance, upsets nothing."""

import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from attended import AttendedLine, attended
from okko.clock import parse_utc
from soak.plc import Fate
from soak.station import BASE

JUMPS_S = (0, 3 * 3600, -5 * 3600, 60)
PARTS = 8
PARTS_A_SECOND = 0.2
DEADLINE_MS = 5000
"""Far from what a busy machine takes, and from what the clock is set by."""
JUMPING = Path(__file__).parents[1] / "support" / "jumping_clock"


class WallClock:
    """The wall clock of the station's processes."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.set(0)

    def set(self, off_s: int) -> None:
        """Set it, at once and for all."""
        new = self.file.with_suffix(".new")
        new.write_text(str(off_s), encoding="ascii")
        new.rename(self.file)


@pytest.fixture
def clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WallClock:
    """A clock that can be set, for every process that is started from here."""
    clock = WallClock(tmp_path / "off")
    monkeypatch.setenv("PYTHONPATH", str(JUMPING))
    monkeypatch.setenv("OKKO_TEST_CLOCK", str(clock.file))
    return clock


@pytest.fixture
def line(tmp_path: Path, clock: WallClock) -> Iterator[AttendedLine]:
    """A station that lives by that clock."""
    del clock
    yield from attended(tmp_path, rate=PARTS_A_SECOND, deadline_ms=DEADLINE_MS)


def asked(line: AttendedLine, fate: Fate) -> list[tuple[str, str]]:
    """What a PLC hears that asks for a part that it has heard of already."""
    heard = fate.heard
    with line.observer("verdict") as observer:
        observer.publish(f"{BASE}/ask", f"{fate.seq} part-{fate.seq}".encode())
        line.until(lambda: fate.heard > heard)
        observer.wait_json(f"{BASE}/verdict", lambda verdict: verdict["seq"] == fate.seq and verdict["duplicate"])
    return fate.codes


def items_since(line: AttendedLine, *options: str) -> list[dict[str, Any]]:
    """`okko items` with a window in time."""
    command = [sys.executable, "-m", "okko", "items", str(line.station.folder), "--json", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [json.loads(text) for text in done.stdout.splitlines()]


def test_a_wall_clock_that_jumps(line: AttendedLine, clock: WallClock) -> None:
    """By hours, forth and back: no deadline is missed, every latency is sane, ids and the record keep their order.

    A verdict stands for as long as it does, not longer or shorter. The instants that people read are the new ones.
    """
    fates: list[Fate] = []
    for off_s in JUMPS_S:
        clock.set(off_s)
        fates += line.parts_one_by_one(PARTS)
        assert asked(line, fates[0]) == [("OK" if fates[0].codes[0][0] == "OK" else "KO", "00")]
    assert [fate.codes[0][1] for fate in fates] == ["00"] * len(fates), [fate.codes for fate in fates]
    items = sorted(line.station.items_at_least(len(fates), 20), key=lambda item: item["record_seq"])
    assert [item["seq"] for item in items] == [fate.seq for fate in fates]
    assert all(before["item_id"] < after["item_id"] for before, after in pairwise(items))
    for item in items:
        assert item["deadline_met"]
        assert 0 < item["latency_ms"] < DEADLINE_MS
        assert all(0 <= ms < DEADLINE_MS for ms in item["timings_ms"].values()), item["timings_ms"]
        assert all(0 <= ms < DEADLINE_MS for p in item["predictions"] for ms in p["timings_ms"].values())
    told = [parse_utc(item["triggered_at"]).timestamp() for item in items]
    jumps = [round((after - before) / 3600) for before, after in pairwise(told)]
    assert [jump for jump in jumps if jump] == [3, -8, 5]
    assert line.wrong() == ()
    long_ago = {fate.seq for fate in fates[2 * PARTS : 3 * PARTS]}  # as people have it who look at a clock
    assert {item["seq"] for item in items_since(line, "--since", "90m")} == {fate.seq for fate in fates} - long_ago
    assert {item["seq"] for item in items_since(line, "--until", "90m")} == long_ago
