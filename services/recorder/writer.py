"""The writer's thread: groups of messages from the queue to the disk, and what happens when the disk says no."""

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Literal

from okko.reserve import Reserve, is_full
from recorder.archive import Archive, Kept
from recorder.damage import is_damage, set_aside
from recorder.intake import Intake
from recorder.mend import Mended
from recorder.migrations import FILE_NAME
from recorder.records import Entry

_GROUP_ENTRIES = 512
_GROUP_BYTES = 16 * 1024 * 1024
_MAX_DAMAGED = 3
"""A disk that damages one store after the other is not to be filled with them."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """The disk does not take what it is given; the writer goes on trying."""

    code: Literal["disk_full", "store_failed"]
    why: str


@dataclass(frozen=True, slots=True)
class Recovered:
    """The disk takes it again."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The thread is over: stopped, or by an error that trying again does not mend."""

    error: Exception | None


@dataclass(frozen=True, slots=True)
class Damaged:
    """The store was damaged; it is `aside` now, and a new one is begun. None: there was none, and images are there."""

    aside: Path | None
    why: str


Report = Kept | Mended | Trouble | Recovered | Damaged | Ended


def trouble(error: Exception, folder: Path) -> Trouble | None:
    """What an error means for the record, or None for one that trying again will not mend (a defect of ours)."""
    if isinstance(error, sqlite3.OperationalError | OSError):
        return Trouble("disk_full" if is_full(error, folder) else "store_failed", str(error))
    if type(error) is sqlite3.DatabaseError:
        # Damaged again and again. Trying on keeps the agent in sight, faulted, with the reason, until someone acts.
        return Trouble("store_failed", str(error))
    return None


class Writer:
    """One thread between the queue and the data folder. `report` is called in that thread."""

    def __init__(  # noqa: PLR0913 - four are options, called by name
        self,
        folder: Path,
        intake: Intake,
        report: Callable[[Report], None],
        *,
        group_ms: int = 100,
        uplink: bool = False,
        ok_images_one_in: int = 1,
        retry_s: tuple[float, float] = (0.5, 10.0),
    ) -> None:
        self._folder = folder
        self._intake = intake
        self._report = report
        self._linger_s = group_ms / 1000
        self._uplink = uplink
        self._one_in = ok_images_one_in
        self._retry_s = retry_s
        self._stopping = Event()
        self._archive: Archive | None = None
        self._mended = False
        self._set_aside: list[Path] = []
        self._times_damaged = 0
        self._reserve = Reserve(folder)
        self._found_damaged: tuple[sqlite3.DatabaseError, int] | None = None
        self._troubled: Trouble | None = None
        self._thread = Thread(target=self._run, name="recorder-writer", daemon=True)

    def start(self) -> None:
        """Open the data folder and begin, in the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Take nothing more; what waits is still written, unless the disk refuses. `Ended` follows."""
        self._stopping.set()
        self._intake.close()

    def suspect(self, error: sqlite3.DatabaseError, inode: int) -> None:
        """Somebody else has found the store damaged, this file: with the next group a new one is begun."""
        self._found_damaged = (error, inode)

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for the thread; whether it is over."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        error: Exception | None = None
        try:
            # Opened before the first message, so that a store which cannot be used is known at the start.
            self._insist([])
            while group := self._intake.take(
                max_entries=_GROUP_ENTRIES, max_bytes=_GROUP_BYTES, linger_s=self._linger_s
            ):
                self._insist(group)
            self._settle()
        except Exception as caught:  # noqa: BLE001 - a thread has no caller: the agent raises it in its place
            error = caught
        finally:
            self._close()
            self._report(Ended(error))

    def _insist(self, group: list[Entry]) -> None:
        """Bring a group to the disk, again and again; given up only when stopped, since its producers still hold it."""
        pause_s, longest_s = self._retry_s
        while True:
            try:
                self._keep(group)
            except Exception as error:
                if is_damage(error) and self._begin_anew(error):
                    continue
                found = trouble(error, self._folder)
                if found is None:
                    raise
                if self._archive is None:
                    # Without it not even the sweeper could open the store, and so make room.
                    self._reserve.give()
                # After a failed write neither the connection nor the folder is to be trusted.
                self._close()
                if self._troubled is None or self._troubled.code != found.code:
                    self._report(found)
                self._troubled = found
                if self._stopping.wait(pause_s):
                    return
                pause_s = min(pause_s * 2, longest_s)
            else:
                return

    def _keep(self, group: list[Entry]) -> None:
        if (found := self._found_damaged) is not None:
            self._found_damaged = None
            error, inode = found
            # It may be the one that was set aside meanwhile.
            if (self._folder / FILE_NAME).stat().st_ino == inode:
                raise error
        if self._archive is None:
            self._archive = Archive.open(self._folder, uplink=self._uplink, ok_images_one_in=self._one_in)
            self._look_after(self._archive)
        kept = self._archive.keep(group) if group else None
        if self._troubled is not None:
            self._troubled = None
            self._report(Recovered())
        if kept is not None:
            # Before the report, which tells how much still waits.
            self._intake.release(group)
            self._report(kept)

    def _settle(self) -> None:
        """Say at a clean end that there is nothing to mend; where the disk refuses, the next start looks for itself."""
        if self._archive is not None:
            with suppress(sqlite3.Error):
                self._archive.settle()

    def _look_after(self, archive: Archive) -> None:
        """What is to be done with a record that was just opened."""
        if archive.lacks_rows and not self._set_aside:
            self._report(Damaged(None, "there is no store, but there are images"))
        while self._set_aside:
            archive.salvage(self._set_aside[0])
            self._set_aside.pop(0)
        if not self._mended and (mended := archive.mend()):
            self._report(mended)
        self._mended = True
        self._reserve.keep()

    def _begin_anew(self, error: Exception) -> bool:
        """Move a damaged store aside; whether a new one may be begun."""
        self._close()
        self._times_damaged += 1
        if self._times_damaged > _MAX_DAMAGED:
            return False
        try:
            aside = set_aside(self._folder)
        except OSError:
            return False
        self._set_aside.append(aside)
        self._report(Damaged(aside, str(error)))
        return True

    def _close(self) -> None:
        archive, self._archive = self._archive, None
        if archive is not None:
            archive.close()
