"""The row "triggers faster than the station can work"."""

import time
from collections import Counter
from pathlib import Path
from statistics import median

import pytest

from attended import attended
from soak.flow import at_a_rate, wait_for_answers
from soak.plc import Fate, Plc
from waiting import PATIENCE_S

PARTS_A_SECOND = 2.0
"""Leaves a capture window of 450 ms: a machine that has other work to do must not look like one that stood still."""

TIMES = 3
SECONDS = 5
IN_FLIGHT = 8
SOME_MIB = 250 * 2**20
DONE, CAMERA, OVERLOAD = "00", "02", "05"


def sustained(plc: Plc, first_seq: int, count: int) -> float:
    """How many parts a second the station does, with a new one whenever fewer than some are under way."""
    began_s = time.monotonic()
    for seq in range(first_seq, first_seq + count):
        while plc.waiting >= IN_FLIGHT:
            plc.run_until(time.monotonic() + 0.001)
        plc.trigger(seq)
    wait_for_answers(plc, PATIENCE_S)
    return count / (time.monotonic() - began_s)


def reasons(fates: list[Fate]) -> Counter[str]:
    """How many verdicts of each reason; a part with two different ones, or none, is seen too."""
    return Counter("/".join(code for _, code in fate.codes) for fate in fates)


@pytest.mark.timeout(180)
def test_triggers_faster_than_the_station_can_work(tmp_path: Path) -> None:
    """Three times what it sustains: each part has one verdict; what is too much is KO overload, sooner than the rest.

    None is `late` and none misses its deadline: what was admitted is finished. Memory is bounded, all is recorded, no
    trigger is lost, and the parts after it are inspected as those before.
    """
    for line in attended(tmp_path, rate=PARTS_A_SECOND):
        assert set(reasons(line.parts(2))) == {DONE}
        rate = TIMES * sustained(line.plc, 1000, 200)
        flood = at_a_rate(line.plc, 2000, rate, SECONDS)
        said = reasons(flood)
        assert set(said) <= {DONE, CAMERA, OVERLOAD}, said
        assert said[OVERLOAD] > 0, (rate, said)
        assert said[DONE] > 0
        refused = [fate.latency_s or 0.0 for fate in flood if fate.codes[0][1] == OVERLOAD]
        admitted = [fate.latency_s or 0.0 for fate in flood if fate.codes[0][1] == DONE]
        assert median(refused) < median(admitted)
        assert max(line.station.rss().values()) < SOME_MIB
        line.ready()
        after = at_a_rate(line.plc, 2000 + len(flood), 10, 1)
        assert set(reasons(after)) == {DONE}
        count = len(line.plc.fates)
        assert line.station.count_at_least(count, PATIENCE_S) == count
        assert "journal_degraded" not in line.log()
