"""Numbers and times as people of a language write them, in the station's time zone. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from dashboard.texts import THIN, Texts

NO_BREAK = "\N{NO-BREAK SPACE}"
_MOST_DECIMALS = 4


@dataclass(frozen=True, slots=True)
class Wording:
    """The words `t` of a language, and its numbers; instants (Unix, ms) as the clock on the wall shows them."""

    t: Texts
    zone: tzinfo

    def number(self, value: float, decimals: int = 0) -> str:
        """`12,345.6`, or in French `12 345,6`."""
        return self.t.number(value, decimals)

    def percent(self, share: float) -> str:
        """A share, 0..1: `98.4%`. What is not all and not nothing is never said to be."""
        decimals = 1
        while decimals < _MOST_DECIMALS and 0 < share < 1 and round(share * 100, decimals) in (0.0, 100.0):
            decimals += 1
        return f"{self.number(share * 100, decimals)}{THIN if self.t.language == 'fr' else ''}%"

    def between(self, low: float, high: float) -> str:
        """An interval of shares: `0.4% - 2.1%`."""
        return f"{self.percent(low)}{NO_BREAK}\N{EN DASH}{NO_BREAK}{self.percent(high)}"

    def duration(self, ms: float) -> str:
        """`12.3 ms`."""
        return f"{self.number(ms, 1)}{NO_BREAK}ms"

    def local(self, at_ms: int) -> datetime:
        """An instant in the station's zone."""
        return (datetime.fromtimestamp(at_ms // 1000, UTC)).astimezone(self.zone)

    def clock(self, at_ms: int, *, seconds: bool = False) -> str:
        """`14:05`."""
        return self.local(at_ms).strftime("%H:%M:%S" if seconds else "%H:%M")

    def day(self, at_ms: int) -> str:
        """`2026-11-25`."""
        return self.local(at_ms).date().isoformat()

    def instant(self, at_ms: int, *, seconds: bool = True) -> str:
        """`2026-11-25 14:05:12`."""
        return f"{self.day(at_ms)} {self.clock(at_ms, seconds=seconds)}"

    def span(self, begin_ms: int, end_ms: int) -> str:
        """`2026-11-25 14:00 - 22:00`; with the second day where there are two."""
        same = self.day(begin_ms) == self.day(end_ms)
        end = self.clock(end_ms) if same else self.instant(end_ms, seconds=False)
        return f"{self.instant(begin_ms, seconds=False)}{NO_BREAK}\N{EN DASH}{NO_BREAK}{end}"

    def zone_name(self, begin_ms: int, end_ms: int) -> str:
        """`Europe/Madrid, UTC+01:00`; both offsets where clocks were put within the span."""
        offsets = (offset_text(self.local(at_ms).utcoffset()) for at_ms in (begin_ms, max(begin_ms, end_ms - 1000)))
        said = f" {self.t('report.then')} ".join(dict.fromkeys(offsets))
        return said if str(self.zone) == said else f"{self.zone}, {said}"


def offset_text(offset: timedelta | None) -> str:
    """`UTC+01:00`."""
    minutes = round((offset or timedelta()).total_seconds() / 60)
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours:02d}:{rest:02d}"
