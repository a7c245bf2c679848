"""What came of the parts since the shift began: from the record what was before us, then as verdicts come."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from dashboard.live.shown import Shift
from okko import contracts as c
from okko.watch.tally import Tally


def began_at(now: datetime, starts: Sequence[str]) -> datetime:
    """When the shift that `now` (local time) falls into began; `starts` are times of day, `HH:MM`, in order."""
    times = [datetime.strptime(start, "%H:%M").time() for start in starts]  # noqa: DTZ007 - a time of day alone
    today = [now.replace(hour=time.hour, minute=time.minute, second=0, microsecond=0) for time in times]
    passed = [start for start in today if start <= now]
    return passed[-1] if passed else today[-1] - timedelta(days=1)


class ShiftBook:
    """Counts the present shift; a new one begins from nothing. `clock` gives the local time."""

    def __init__(self, starts: Sequence[str], clock: Callable[[], datetime]) -> None:
        self._starts = starts
        self._clock = clock
        self._began = began_at(clock(), starts)
        self._before = (0, 0, 0)
        self.tally = Tally()

    @property
    def since_ms(self) -> int:
        """When the shift began, in Unix milliseconds."""
        return round(self._began.timestamp() * 1000)

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
        began = began_at(self._clock(), self._starts)
        if began != self._began:
            self._began, self._before, self.tally = began, (0, 0, 0), Tally()
