"""A station's report: read out of what it has kept, and written as a page."""

from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path

from dashboard.events.reader import event_kinds, noted_since_ms
from dashboard.report.figures import Counts, Figures, Labels, Shown, Span
from dashboard.report.record import Progress, Record
from dashboard.report.sheet import About, sheet
from dashboard.report.wording import Wording
from okko import clock
from okko.station import Station
from recorder.reader import open_store

PICTURES = 12


def report(station: Station, span: Span, words: Wording, pictures: int, told: Progress) -> str:
    """The page; `told` hears how much is done, 0..1.

    Raises:
        ConfigError: if the record is none, or one of another okko.
        sqlite3.Error: if the record, or the book of events, cannot be read.
    """
    figures = figures_of(station.data, span, _proofs(station), pictures, told)
    table, dashboard = station.station, station.dashboard
    about = About(
        site=table.site,
        line=table.line,
        name=table.name,
        config_sha256=station.config_sha256,
        made_ms=clock.unix_ns() // 1_000_000,
        target_per_min=dashboard.target_per_min if dashboard is not None else None,
    )
    return sheet(figures, about, words)


def anything_in(data: Path, span: Span) -> bool:
    """Whether anything was decided in a span at all, by the record of a data folder.

    Raises:
        ConfigError: if the record is none, or one of another okko.
        sqlite3.Error: if it cannot be read.
    """
    with open_store(data) as connection:
        return connection is not None and Record(connection, span).has_any()


def figures_of(data: Path, span: Span, proofs: Mapping[str, Collection[str]], pictures: int, told: Progress) -> Figures:
    """What a data folder has kept of a span; where nothing was recorded yet, that.

    Raises:
        ConfigError: if the record is none, or one of another okko.
        sqlite3.Error: if the record, or the book of events, cannot be read.
    """
    events = event_kinds(data, span.begin_ms, span.end_ms)
    kept = None if events is None else tuple(events)
    events_from_ms = noted_since_ms(data)
    with open_store(data) as connection:
        if connection is None:
            return Figures(span, Counts(), Labels(), (), kept, events_from_ms, None, ())
        record = Record(connection, span)
        counts = record.counts(told)
        return Figures(
            span=span,
            counts=counts,
            labels=record.labels(),
            golden=tuple(record.golden(proofs)),
            events=kept,
            events_from_ms=events_from_ms,
            record_from_ms=record.oldest_ms(),
            shown=tuple(_shown(record, counts, data, pictures)),
        )


def _shown(record: Record, counts: Counts, data: Path, most: int) -> list[Shown]:
    if not most or not counts.ko:
        return []
    # Without a KO part no picture is drawn, and nothing of OpenCV is loaded.
    from dashboard.report.drawing import pictures_of

    return record.shown(counts.kinds, most, partial(pictures_of, data))


def _proofs(station: Station) -> Mapping[str, Collection[str]]:
    golden = station.golden
    return {} if golden is None else {part.part_id: part.reasons for part in golden.parts}
