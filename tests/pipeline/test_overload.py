"""The row "triggers faster than the station can work"."""

import time
from collections import Counter
from pathlib import Path
from statistics import median

from attended import AttendedLine, attended
from soak.flow import at_a_rate, wait_for_answers
from soak.plc import Fate, Plc
from waiting import PATIENCE_S

PARTS_A_SECOND = 0.5
DEADLINE_MS = 2000
"""These leave a capture window of 1800 ms: a machine with other work to do must not look like one that stood still."""

TIMES = 3
SECONDS = 5
IN_FLIGHT = 8
BURST = 10
SOME_SECONDS_S = 20
"""In which full speed must be back, on a machine that does other work too."""

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


def recovered(line: AttendedLine, first_seq: int) -> bool:
    """Whether a second of parts, none of them refused, comes within seconds."""
    end_s = time.monotonic() + SOME_SECONDS_S
    seq = first_seq
    while time.monotonic() < end_s:
        line.ready()
        said = reasons(at_a_rate(line.plc, seq, BURST, 1))
        if set(said) == {DONE}:
            return True
        assert set(said) <= {DONE, CAMERA, OVERLOAD}, said
        seq += BURST
    return False


def test_triggers_faster_than_the_station_can_work(tmp_path: Path) -> None:
    """Three times what it sustains: each part has one verdict; what is too much is KO overload, sooner than the rest.

    None is `late` and none misses its deadline: what was admitted is finished. Memory is bounded, all is recorded, no
    trigger is lost, and seconds later all parts are inspected as before.
    """
    for line in attended(tmp_path, rate=PARTS_A_SECOND, deadline_ms=DEADLINE_MS):
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
        assert recovered(line, 2000 + len(flood)), line.log()[-6000:]
        count = len(line.plc.fates)
        assert line.station.count_at_least(count, PATIENCE_S) == count
        assert "journal_degraded" not in line.log()
