"""The reports that were written: `reports` in the station's data folder, and how many of them stay."""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dashboard.report.figures import Span

FOLDER = "reports"
KEPT = 400
"""So many stay, the newest: of three shifts a day four months, at a megabyte each."""

_NAME = re.compile(r"(shift|span)-[0-9A-Za-z-]{1,60}\.html")


@dataclass(frozen=True, slots=True)
class Written:
    """A report on the disk; `written_ms` Unix."""

    name: str
    size_bytes: int
    written_ms: int

    @property
    def shift(self) -> str | None:
        """Which shift it is of, `2026-11-25/2`."""
        match = re.fullmatch(r"shift-(\d{4}-\d{2}-\d{2})-(\d+)(-so-far)?\.html", self.name)
        return f"{match[1]}/{match[2]}" if match else None

    @property
    def span(self) -> tuple[datetime, datetime] | None:
        """Which span it is of, in UTC, where it is of no shift."""
        match = re.fullmatch(r"span-(\d{8}T\d{6}Z)-(\d{8}T\d{6}Z)\.html", self.name)
        try:
            return match and (_instant(match[1]), _instant(match[2]))
        except ValueError:
            return None

    @property
    def under_way(self) -> bool:
        """Whether its shift had not ended yet when it was written."""
        return self.name.endswith("-so-far.html")


def file_name(span: Span) -> str:
    """What a report is called: `shift-2026-11-25-2.html`, `span-20261125T060000Z-20261125T140000Z.html`."""
    if span.shift is None:
        begin, end = (
            datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
            for at_ms in (span.begin_ms, span.end_ms)
        )
        return f"span-{begin}-{end}.html"
    return f"shift-{span.shift.replace('/', '-')}{'-so-far' if span.under_way else ''}.html"


def is_report(name: str) -> bool:
    """Whether a file of this name is a report, and no path to somewhere else."""
    return _NAME.fullmatch(name) is not None


def written(data: Path) -> list[Written]:
    """The reports of a data folder, the newest first."""
    found = []
    for file in _files(data):
        with suppress(FileNotFoundError):  # pruned meanwhile
            stat = file.stat()
            found.append(Written(file.name, stat.st_size, stat.st_mtime_ns // 1_000_000))
    return sorted(found, key=lambda one: (one.written_ms, one.name), reverse=True)


def prune(data: Path, keep: int = KEPT) -> None:
    """Let the oldest go.

    Raises:
        OSError: if the disk does not let us.
    """
    for one in written(data)[keep:]:
        (data / FOLDER / one.name).unlink(missing_ok=True)


def _instant(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def _files(data: Path) -> Iterable[Path]:
    folder = data / FOLDER
    return [file for file in folder.iterdir() if is_report(file.name)] if folder.is_dir() else []
