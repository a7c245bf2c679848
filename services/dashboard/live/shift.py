"""What came of the parts since the shift began: from the record what was before us, then as verdicts come."""

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo

from dashboard.live.shown import Shift
from dashboard.report.shifts import shift_at
from okko import contracts as c
from okko.watch.tally import Tally


class ShiftBook:
    """Counts the present shift; a new one begins from nothing. Shifts are those of the report, in `zone`."""

    def __init__(self, starts: Sequence[str], zone: tzinfo, clock: Callable[[], datetime]) -> None:
        self._starts = starts
        self._zone = zone
        self._clock = clock
        self._shift = shift_at(clock(), starts, zone)
        self._before = (0, 0, 0)
        self.tally = Tally()

    @property
    def since_ms(self) -> int:
        """When the shift began, in Unix milliseconds."""
        return round(self._shift.begin.timestamp() * 1000)

    def before(self, ok: int, ko: int, golden: int) -> None:
        """What the record has of this shift from before we were there."""
        self._before = (ok, ko, golden)

    def add(self, verdict: c.Verdict) -> None:
        """Count a verdict that is heard for the first time."""
        self._turn()
        self.tally.add(verdict)

    def shown(self) -> Shift:
        """The shift so far."""
        self._turn()
        ok, ko, golden = self._before
        tally = self.tally
        ok, ko, golden = ok + tally.ok, ko + tally.ko, golden + tally.golden
        return Shift(since_ms=self.since_ms, total=ok + ko, ok=ok, ko=ko, late=tally.late, golden=golden)

    def _turn(self) -> None:
        now = self._clock()
        if not self._shift.holds(now):
            self._shift = shift_at(now, self._starts, self._zone)
            self._before, self.tally = (0, 0, 0), Tally()
