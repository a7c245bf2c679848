"""The disk: room, speed, what it is made of, and whether the store on it is sound."""

import contextlib
import importlib
import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from okko.doctor import retention
from okko.doctor.finding import Finding, good, grave, note, size_text, warning
from okko.doctor.retention import Growth, Limits
from okko.errors import OkkoError

SUBJECT = "disk"

QUICK_CHECK_S = 2.0
_SYNCS = 10
_GB = 1_000_000_000
_BIG_WAL_BYTES = 256_000_000
_SLOW_SYNC_MS = 50.0
_VERY_SLOW_SYNC_MS = 500.0
_STEPS_BETWEEN_LOOKS = 10_000
_NEWEST_FRAMES = 5000


@dataclass(frozen=True, slots=True)
class StoreSeen:
    """The store. `sound` None: it was not looked at to the end. `frames`: the largest of each camera, in bytes."""

    size_bytes: int
    wal_bytes: int
    sound: bool | None = None
    error: str = ""
    remedy: str = ""
    frames: tuple[tuple[str, int], ...] = ()
    growth: Growth | None = None


@dataclass(frozen=True, slots=True)
class DiskSeen:
    """The file system that holds the data folder.

    `sync_p50_ms` None: it could not be written, and `error` says why; `only_not_ours`: by this user, another one may.
    """

    folder: Path
    total_bytes: int
    free_bytes: int
    inodes: int
    free_inodes: int
    device: str = ""
    is_card: bool = False
    sync_p50_ms: float | None = None
    error: str = ""
    only_not_ours: bool = False
    on_card: tuple[str, ...] = ()
    store: StoreSeen | None = None


def look(folder: Path, others: dict[str, Path]) -> DiskSeen:
    """The disk under `folder`, and which of `others` (by what they are) lie on the same card.

    Raises:
        OSError: if nothing of the path is there.
    """
    nearest = _nearest(folder)
    space = os.statvfs(nearest)
    device = _device(nearest)
    seen = DiskSeen(
        folder=folder,
        total_bytes=space.f_blocks * space.f_frsize,
        free_bytes=space.f_bavail * space.f_frsize,
        inodes=space.f_files,
        free_inodes=space.f_favail,
        device=device,
        is_card=device.startswith("mmcblk"),
        on_card=tuple(what for what, path in others.items() if _device(_nearest(path)).startswith("mmcblk")),
        store=look_at_store(folder),
    )
    try:
        return replace(seen, sync_p50_ms=_sync_ms(nearest))
    except OSError as error:
        return replace(seen, error=error.strerror or str(error), only_not_ours=isinstance(error, PermissionError))


def judge(seen: DiskSeen, limits: Limits | None) -> Iterator[Finding]:
    """`limits`: how long the record stays there; None: the station keeps none."""
    yield _room(seen, limits)
    if seen.inodes and seen.free_inodes * 100 < seen.inodes * 5:
        yield warning(
            SUBJECT,
            f"only {seen.free_inodes} more files fit on the file system of {seen.folder}, whatever room there is",
            "Remove small files, or make the file system anew with more inodes",
        )
    yield _speed(seen)
    if seen.is_card:
        yield note(
            SUBJECT,
            f"the record is on an SD card ({seen.device}), which wears out by writing and is slow at times",
            "Put `path` under [recorder] on a USB SSD or NVMe disk",
        )
    for what in seen.on_card:
        yield note(SUBJECT, f"the {what} is on an SD card", f"Put the {what} on tmpfs (a folder below /run) or a disk")
    if limits is not None:
        yield from _store(seen.store)
        growth = seen.store.growth if seen.store is not None else None
        yield from retention.judge(limits, growth, free_bytes=seen.free_bytes, total_bytes=seen.total_bytes)


def _room(seen: DiskSeen, limits: Limits | None) -> Finding:
    share = seen.free_bytes / seen.total_bytes if seen.total_bytes else 0.0
    what = f"{size_text(seen.free_bytes)} free ({share:.0%}) where {seen.folder} is"
    if seen.free_bytes < _GB // 4:
        return grave(SUBJECT, f"{what}: soon nothing is recorded", "Make room, or give [recorder] another `path`")
    if limits is not None and 0.9 <= share * 100 / (limits.min_free_percent or 100) <= 2:  # noqa: PLR2004 - near it
        return good(SUBJECT, what)  # as little as that is what was asked for
    if seen.free_bytes < _GB or share < 0.05:  # noqa: PLR2004 - a twentieth: file systems slow down from there
        return warning(SUBJECT, what, "Make room, or give [recorder] another `path`")
    return good(SUBJECT, what)


def _speed(seen: DiskSeen) -> Finding:
    if seen.sync_p50_ms is None and seen.only_not_ours:
        return warning(
            SUBJECT,
            f"this user may not write {seen.folder}, so that its speed was not tried; if the station runs as it, "
            "nothing is recorded",
            "Run the doctor as the station's user (`sudo -u USER okko doctor STATION`), or `chown` the folder",
        )
    if seen.sync_p50_ms is None:
        return grave(
            SUBJECT,
            f"{seen.folder} cannot be written: {seen.error}",
            "See `dmesg` and `mount`: a disk with errors is made read-only; a full one wants room",
        )
    what = f"a small file is safely written in {seen.sync_p50_ms:.1f} ms p50"
    if seen.sync_p50_ms >= _VERY_SLOW_SYNC_MS:
        return warning(SUBJECT, f"{what}: very slow", "The disk is failing, worn out or overloaded: replace it")
    if seen.sync_p50_ms >= _SLOW_SYNC_MS:
        return note(SUBJECT, f"{what}: slow; verdicts do not wait for it, the record does")
    return good(SUBJECT, what)


def _store(store: StoreSeen | None) -> Iterator[Finding]:
    if store is None:
        yield note(SUBJECT, "nothing is recorded yet")
        return
    size = f"the store's table of contents has {size_text(store.size_bytes)}"
    if store.error:
        yield grave(SUBJECT, f"the store cannot be read: {store.error}", store.remedy)
    elif store.sound is None:
        yield note(SUBJECT, f"{size}: too much to look through in {QUICK_CHECK_S:g} s; no damage up to there")
    else:
        yield good(SUBJECT, f"{size}, and is sound")
    if store.wal_bytes > _BIG_WAL_BYTES:
        yield warning(
            SUBJECT,
            f"its write-ahead log has {size_text(store.wal_bytes)}: somebody has been reading it for very long",
            "End the program that holds store.sqlite open (`fuser store.sqlite`)",
        )


_RESTORE = "End the recorder, copy the folder, and try `sqlite3 store.sqlite .recover`; the images are files beside it"


def look_at_store(folder: Path) -> StoreSeen | None:
    """The store in a data folder, read-only and for a bounded time; None where there is none."""
    file = folder / "store.sqlite"
    if not file.is_file():
        return None
    wal = file.with_name(f"{file.name}-wal")
    seen = StoreSeen(file.stat().st_size, wal.stat().st_size if wal.is_file() else 0)
    # By name: who only runs a camera needs nothing of the recorder.
    open_store = importlib.import_module("recorder.reader").open_store
    try:
        with open_store(folder) as connection:
            if connection is None:
                return replace(seen, sound=True)
            return _look_through(seen, connection)
    except OkkoError as error:
        return replace(seen, error=str(error), remedy="Give [recorder] another `path`, or install that okko")
    except sqlite3.Error as error:
        return replace(seen, error=str(error), remedy=_RESTORE)


def _look_through(seen: StoreSeen, connection: sqlite3.Connection) -> StoreSeen:
    until_s = time.monotonic() + QUICK_CHECK_S
    connection.set_progress_handler(lambda: time.monotonic() > until_s, _STEPS_BETWEEN_LOOKS)
    try:
        frames = connection.execute(
            "SELECT camera, max(size_bytes) FROM frames WHERE id > (SELECT coalesce(max(id), 0) - ? FROM frames) "
            "GROUP BY camera",
            (_NEWEST_FRAMES,),
        ).fetchall()
        seen = replace(seen, frames=tuple(frames), growth=_growth(seen, connection))
        found = [text for (text,) in connection.execute("PRAGMA quick_check(3)")]
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            return seen
        raise
    if found == ["ok"]:
        return replace(seen, sound=True)
    return replace(seen, sound=False, error="; ".join(found)[:500], remedy=_RESTORE)


def _growth(seen: StoreSeen, connection: sqlite3.Connection) -> Growth | None:
    """How the record grew over the newest frames; gone ones count too: their rows stay, and others like them come."""
    first, last, newest, frames, images_bytes = connection.execute(
        "SELECT min(captured_ms), max(captured_ms), max(id), count(*), sum(size_bytes) FROM frames "
        "WHERE id > (SELECT coalesce(max(id), 0) - ? FROM frames)",
        (_NEWEST_FRAMES,),
    ).fetchone()
    if not frames:
        return None
    (kept_bytes,) = connection.execute("SELECT bytes FROM kept").fetchone()
    return Growth(
        kept_bytes=kept_bytes,
        span_s=(last - first) / 1000,
        images_bytes=images_bytes,
        rows_bytes=round(seen.size_bytes / newest * frames),
    )


def _nearest(path: Path) -> Path:
    """The path, or the nearest folder above it that is there."""
    for candidate in (path, *path.parents):
        if candidate.is_dir():
            return candidate
    message = f"nothing of {path} is there"
    raise OSError(message)


def _device(path: Path) -> str:
    """The name of the block device that holds a path, as below /sys/block; empty where there is none (tmpfs)."""
    number = path.stat().st_dev
    with contextlib.suppress(OSError):
        return Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}").resolve(strict=True).name
    return ""


def _sync_ms(folder: Path) -> float:
    """The median of writing a small file and having it on the disk."""
    durations = []
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".okko-doctor-") as file:
        for _ in range(_SYNCS):
            began = time.perf_counter()
            file.write(b"x" * 512)
            file.flush()
            os.fsync(file.fileno())
            durations.append((time.perf_counter() - began) * 1e3)
    return sorted(durations)[_SYNCS // 2]
