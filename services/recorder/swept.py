"""What the sweeper has to tell, in words for people."""

import sqlite3
from dataclasses import dataclass, replace

from okko.clock import utc_text
from okko.doctor.finding import size_text
from recorder.retention import KO, OK, SPARE, UNSENT, Holding, RetentionSettings, Why, Wish, min_free_bytes
from recorder.salvage import Salvaged


@dataclass(frozen=True, slots=True)
class Removed:
    """Images that were removed, by one limit: `oldest_ms` and `newest_ms` are when they were taken."""

    why: Why
    rank: int
    forced: bool
    images: int
    size_bytes: int
    oldest_ms: int
    newest_ms: int

    def __str__(self) -> str:
        return (
            f"{self.images} images ({size_text(self.size_bytes)}), taken {_instant(self.oldest_ms)} to "
            f"{_instant(self.newest_ms)}, by {self.why}"
        )

    @property
    def of_what(self) -> str:
        """What they showed, and what was still to be done with them."""
        kind = {SPARE: "OK items", OK: "OK items", KO: "KO or borderline items"}
        unsent = " that have not gone up yet" if self.rank & UNSENT else ""
        return kind.get(self.rank & ~UNSENT, "labelled items") + unsent

    def __add__(self, other: "Removed") -> "Removed":
        return replace(
            self,
            images=self.images + other.images,
            size_bytes=self.size_bytes + other.size_bytes,
            oldest_ms=min(self.oldest_ms, other.oldest_ms),
            newest_ms=max(self.newest_ms, other.newest_ms),
        )


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Items that were forgotten by `rows_days`."""

    items: int


@dataclass(frozen=True, slots=True)
class NearlyFull:
    """A limit is near, and images will be removed, or (`stuck`) none is left that may be."""

    why: Why
    stuck: bool
    held: Holding
    settings: RetentionSettings

    def __str__(self) -> str:
        if self.why == "max_bytes":
            there_is = f"the images take {size_text(self.held.kept_bytes)} of {size_text(self.settings.max_bytes or 0)}"
        else:
            wanted = min_free_bytes(self.settings, self.held.total_bytes)
            there_is = f"{size_text(self.held.free_bytes)} of the disk are free, {size_text(wanted)} are to stay free"
        return f"{there_is} ({self.why})"


@dataclass(frozen=True, slots=True)
class Looked:
    """What there is, for the gauges."""

    images: int
    held: Holding


@dataclass(frozen=True, slots=True)
class FoundDamaged:
    """The store cannot be read where the sweeper looked; `inode` is its file's."""

    error: sqlite3.DatabaseError
    inode: int


SweepReport = Removed | Forgotten | NearlyFull | Looked | FoundDamaged | Salvaged


def removed(wanted: Wish, images: int, size_bytes: int, taken_ms: tuple[int, ...]) -> Removed:
    """The report of one step."""
    return Removed(wanted.why, wanted.rank, wanted.forced, images, size_bytes, min(taken_ms), max(taken_ms))


def _instant(unix_ms: int) -> str:
    return utc_text(unix_ms * 1_000_000)
