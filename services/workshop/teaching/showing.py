"""Where the parts come from that are shown, and how they get to who learns."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from okko.contracts import VerdictWord
from okko.errors import ConfigError
from okko.station import Station
from workshop.teaching.album import Album
from workshop.teaching.amounts import LEAST_GOOD, MOST_GOOD
from workshop.teaching.example import Example, Known
from workshop.teaching.from_folder import from_folder, pictures_in
from workshop.teaching.from_line import from_line
from workshop.teaching.from_record import Record
from workshop.teaching.progress import Telling
from workshop.teaching.seen_size import check_size, last_size

_NAMED = 8


@dataclass(frozen=True, slots=True)
class Sources:
    """What is to be shown: `good` parts of the running line, a `folder`, or what is `recorded`; and a folder of KO.

    `recorded` and `verdict`, `since_ms`, `until_ms`, `items` choose among the recorded items, `labels` those that
    people labelled.
    """

    good: int | None = None
    folder: Path | None = None
    ko_folder: Path | None = None
    recorded: int | None = None
    since_ms: int | None = None
    until_ms: int | None = None
    verdict: VerdictWord | None = None
    items: tuple[str, ...] | None = None
    labels: bool = False
    leave_out: frozenset[str] = frozenset()
    any_size: bool = False
    patience_s: float = 60.0

    @property
    def from_record(self) -> bool:
        """Whether recorded items are shown."""
        asked = (self.recorded, self.since_ms, self.until_ms, self.verdict, self.items)
        return self.labels or any(value is not None for value in asked)

    @property
    def problem(self) -> str | None:
        """Why these cannot be shown together, or None."""
        if self.folder is not None and self.from_record and self.labels is False:
            return (
                "--from shows a folder, and --recorded, --since, --until, --verdict, --items-from what is recorded: "
                "give one of them"
            )
        if self.good is None and self.folder is None and not self.from_record:
            return (
                "say where the good parts come from: --good N (the next N of the running line), --from FOLDER, "
                "--recorded N, --since WHEN, --items-from FILE, or --labels"
            )
        if self.good is not None and (self.folder is not None or self.from_record):
            return "--good takes parts of the running line: give it alone, or with --ko"
        if self.good is not None and self.leave_out:
            return "--leave-out names pictures of a folder or of the record; those of the line have no names yet"
        if self.good is not None and not LEAST_GOOD <= self.good <= MOST_GOOD:
            return f"--good: from {LEAST_GOOD} to {MOST_GOOD} parts; 50 are a good start"
        return None


def show(sources: Sources, station: Station, camera: str, learner: Album, telling: Telling) -> str:
    """Show all of it to the learner; gives where the good parts came from, as people call it.

    Raises:
        ConfigError: if something cannot be shown.
        BrokerUnavailable, SourceError: if the line does not run.
    """
    if sources.ko_folder is not None:  # before the line is asked for anything
        pictures_in(sources.ko_folder, "--ko")
    size = None if sources.any_size else last_size(station.data, camera)
    feed = _Feed(learner, telling, sources.leave_out, lambda one: check_size(one, size, camera))
    what = f"camera {camera}"
    if sources.good is not None:
        telling.stage(f"waiting for {sources.good} good parts of camera {camera}", sources.good)
        missed = asyncio.run(from_line(station, camera, sources.good, feed.take, patience_s=sources.patience_s))
        if missed:
            telling.say(f"note: passed over: {missed} golden parts, or items without a picture of their part")
    if sources.folder is not None:
        what = str(sources.folder)
        _folder(sources.folder, "--from", feed, telling, ko=False)
    if sources.from_record:
        what = str(station.data)
        _record(sources, station, camera, feed, telling)
    if sources.ko_folder is not None:
        _folder(sources.ko_folder, "--ko", feed, telling, ko=True)
    if unknown := sorted(sources.leave_out - feed.left_out):
        raise ConfigError.one(
            what, "--leave-out", f"there is no picture {', '.join(unknown)}", "Names are as in the card"
        )
    return what


class _Feed:
    """Hands examples on to the learner, but those that are to be left out and those that are too many."""

    def __init__(
        self, learner: Album, telling: Telling, leave_out: frozenset[str], check: Callable[[Example], None]
    ) -> None:
        self._learner, self._telling, self._leave_out, self._check = learner, telling, leave_out, check
        self.left_out: set[str] = set()
        self.too_many: Counter[Known] = Counter()

    def take(self, example: Example) -> None:
        self._telling.step()
        if example.name in self._leave_out:
            self.left_out.add(example.name)
        elif (
            len(self._learner.good if example.known == "OK" else self._learner.ko) >= self._learner.most[example.known]
        ):
            self.too_many[example.known] += 1
        else:
            self._check(example)
            self._learner.take(example)

    def all(self, examples: Iterator[Example]) -> None:
        for example in examples:
            self.take(example)
        for known, count in self.too_many.items():
            what = "good" if known == "OK" else "KO"
            self._telling.say(f"note: {count} {what} parts beyond the first {self._learner.most[known]} are not used")
        self.too_many.clear()


def _folder(folder: Path, option: str, feed: _Feed, telling: Telling, *, ko: bool) -> None:
    paths = pictures_in(folder, option)
    telling.stage(f"looking at {len(paths)} pictures of {folder}", len(paths))
    feed.all(from_folder(folder, paths, "KO" if ko else "OK", option))


def _record(sources: Sources, station: Station, camera: str, feed: _Feed, telling: Telling) -> None:
    record = Record(
        station.data,
        camera,
        labels=sources.labels,
        since_ms=sources.since_ms,
        until_ms=sources.until_ms,
        verdict=sources.verdict,
        limit=sources.recorded,
        items=sources.items,
    )
    telling.stage("looking at recorded pictures", record.count())
    feed.all(record.examples())
    if record.defects:
        named = ", ".join(f"{label} ({count})" for label, count in record.defects.most_common(_NAMED))
        telling.say(f"note: labels that are neither OK nor KO count as KO parts: {named}")
    for why, count in sorted((+record.left_out).items()):
        telling.say(f"note: {count} {'is' if count == 1 else 'are'} left out: {why}")
