"""The sweeper's thread: removes what the rule of retention says, a little at a time, beside the writer.

A step removes a few dozen files with the store's lock held, so that nobody labels an item golden while its images go;
the writer waits for that at most once, and then the lock is left alone for as long as the step took. A lower priority
for the thread was rejected: whoever is preempted with Python's own lock in hand holds up the whole recorder.
"""

import logging
import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

from okko import clock
from okko.errors import ConfigError, ContractError
from recorder.beside import NotThereYet
from recorder.damage import is_damage
from recorder.facts_store import add_lacking
from recorder.images import Images
from recorder.retention import DAY_MS, Holding, RetentionSettings, Wish, chosen, excess, nearly_full, wish
from recorder.salvage import Salvage, Salvaged
from recorder.sweep_store import Leaving, SweepStore
from recorder.swept import Forgotten, FoundDamaged, Looked, NearlyFull, Removed, SweepReport, removed

log = logging.getLogger(__name__)

STEP_IMAGES = 32
STEP_ROWS = 200
LOOK_S = 1.0
TELL_S = 60.0
"""How often at most people hear of images that go; sums in between."""

ROWS_EVERY_S = 3600.0
_PAUSE_S = 0.01
_MS_TO_NS = 1_000_000
_FIRST = (-(2**63), -(2**63))


def disk_space(folder: Path) -> tuple[int, int]:
    """What we may still use of the disk that holds a folder, and all of it, in bytes."""
    space = os.statvfs(folder)
    return space.f_bavail * space.f_frsize, space.f_blocks * space.f_frsize


class Sweeper:
    """One thread over one data folder. `report` is called in that thread."""

    def __init__(  # noqa: PLR0913 - the last ones are options, called by name
        self,
        folder: Path,
        settings: RetentionSettings,
        report: Callable[[SweepReport], None],
        *,
        uplink: bool,
        look_s: float = LOOK_S,
        tell_s: float = TELL_S,
        space: Callable[[Path], tuple[int, int]] = disk_space,
    ) -> None:
        self._folder = folder
        self._images = Images(folder)
        self._settings = settings
        self._report = report
        self._uplink = uplink
        self._look_s = look_s
        self._tell_s = tell_s
        self._space = space
        self._stopping = Event()
        self._reopening = Event()
        self._store: SweepStore | None = None
        self._salvage: Salvage | None = None
        self._making_room = False
        self._warned: set[bool] = set()
        self._untold: dict[tuple[str, int], Removed] = {}
        self._told_s = -tell_s
        self._rows_after = _FIRST
        self._rows_due_s = 0.0
        self._thread = Thread(target=self._run, name="recorder-sweeper", daemon=True)

    def start(self) -> None:
        """Begin, in the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End after the step in hand."""
        self._stopping.set()

    def reopen(self) -> None:
        """The writer has begun a new store: what we hold open is another one."""
        self._reopening.set()

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for the thread; whether it is over."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def step(self) -> float:
        """One bounded piece of work; gives how long (s) to leave the store alone after it.

        Raises:
            OSError: if the disk does not let us.
            sqlite3.Error: likewise.
        """
        began = time.monotonic()
        if self._reopening.is_set():
            self._reopening.clear()
            self._let_go()
        if self._store is None:
            try:
                self._store = SweepStore.open(self._folder)
            except NotThereYet:
                return self._look_s
            self._salvage = Salvage(
                self._store.connection,
                self._images,
                uplink=self._uplink,
                ok_images_one_in=self._settings.ok_images_one_in,
            )
        held = self._look(self._store)
        wanted = wish(self._settings, held, uplink=self._uplink, making_room=self._making_room)
        self._making_room = wanted is not None and wanted.before_ms is None
        if wanted is not None and self._remove(self._store, wanted, held.now_ms):
            return max(_PAUSE_S, time.monotonic() - began)
        if self._salvage is not None and (found := self._salvage.step()):
            if isinstance(found, Salvaged):
                self._report(found)
            return max(_PAUSE_S, time.monotonic() - began)
        if self._forget(self._store, held.now_ms, began) or add_lacking(self._store.connection):
            return max(_PAUSE_S, time.monotonic() - began)
        # A fast line fills what is left near a limit within a second.
        return self._look_s / 5 if nearly_full(self._settings, held) else self._look_s

    def close(self) -> None:
        """Let go of the store, and tell what was not told yet."""
        self._let_go()
        self._tell(now=True)

    def _run(self) -> None:
        pause_s = 0.0
        while not self._stopping.wait(pause_s):
            try:
                pause_s = self.step()
            except (sqlite3.Error, OSError, ConfigError) as error:
                # The writer meets the same trouble, and it is the one that tells people.
                log.warning("nothing is removed for now: %s", error)
                if isinstance(error, sqlite3.DatabaseError) and is_damage(error) and self._store is not None:
                    self._report(FoundDamaged(error, self._store.inode))
                self._let_go()
                pause_s = self._look_s
            self._tell(now=False)
        self.close()

    def _let_go(self) -> None:
        store, self._store = self._store, None
        salvage, self._salvage = self._salvage, None
        if salvage is not None:
            salvage.close()
        if store is not None:
            store.close()

    def _look(self, store: SweepStore) -> Holding:
        images, kept_bytes = store.kept()
        free_bytes, total_bytes = self._space(self._folder)
        held = Holding(
            now_ms=clock.unix_ns() // _MS_TO_NS,
            kept_bytes=kept_bytes,
            free_bytes=free_bytes,
            total_bytes=total_bytes,
            oldest_ms=store.oldest_ms(),
        )
        self._report(Looked(images, held))
        near = nearly_full(self._settings, held)
        over, why = excess(self._settings, held, making_room=False)
        stuck = over > 0 and not held.oldest_ms
        for is_stuck, limit in ((False, near), (True, why if stuck else None)):
            if limit is None:
                self._warned.discard(is_stuck)
            elif is_stuck not in self._warned:
                self._warned.add(is_stuck)
                self._report(NearlyFull(limit, is_stuck, held, self._settings))
        return held

    def _remove(self, store: SweepStore, wanted: Wish, now_ms: int) -> bool:
        with store.change():
            found = store.leaving(wanted.rank, STEP_IMAGES)
            going = {candidate.item_id for candidate in chosen(wanted, [leaving.candidate for leaving in found])}
            leaving = [one for one in found if one.candidate.item_id in going]
            # Files first: should the commit fail, or the power, the same rows are the oldest again.
            self._unlink(leaving)
            store.mark_gone(leaving, wanted.why, now_ms)
        if not leaving:
            return False
        done = removed(
            wanted,
            sum(len(one.paths) for one in leaving),
            sum(one.candidate.size_bytes for one in leaving),
            tuple(one.candidate.taken_ms for one in leaving),
        )
        key = (done.why, done.rank)
        before = self._untold.get(key)
        self._untold[key] = done if before is None else before + done
        return True

    def _unlink(self, leaving: list[Leaving]) -> None:
        folders = set()
        for path in (path for one in leaving for path in one.paths):
            try:
                place = self._images.place(path)
            except ContractError as error:
                log.error("a record names a file that is none of ours: %s", error)  # noqa: TRY400 - told, not traced
                continue
            place.unlink(missing_ok=True)
            folders.add(place.parent)
        for hour in folders:
            # Refused where something is left in it; the writer makes it again where it needs it.
            with suppress(OSError):
                hour.rmdir()
                hour.parent.rmdir()

    def _forget(self, store: SweepStore, now_ms: int, now_s: float) -> bool:
        """Forget old items, a few; whether there may be more."""
        if self._settings.rows_days is None or now_s < self._rows_due_s:
            return False
        before_ms = now_ms - round(self._settings.rows_days * DAY_MS)
        rows = store.forget_rows(before_ms, self._rows_after, STEP_ROWS)
        if rows.forgotten:
            self._report(Forgotten(rows.forgotten))
        self._rows_after = rows.after or _FIRST
        if rows.after is None:
            self._rows_due_s = now_s + ROWS_EVERY_S
        return rows.after is not None

    def _tell(self, *, now: bool) -> None:
        if self._untold and (now or time.monotonic() - self._told_s >= self._tell_s):
            self._told_s = time.monotonic()
            untold, self._untold = self._untold, {}
            for report in untold.values():
                self._report(report)
