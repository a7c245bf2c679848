"""Where a taught bundle goes: a new folder for each version, whole or not at all, and never over another."""

import contextlib
import fcntl
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_PARTIAL = ".teaching-"


def next_version(folder: Path, name: str) -> int:
    """One more than the highest version of bundles of that name in the folder; 1 for the first."""
    pattern = re.compile(rf"{re.escape(name)}-(\d+)")
    found = [int(match[1]) for path in _listed(folder) if (match := pattern.fullmatch(path.name))]
    return max(found, default=0) + 1


def write_version(folder: Path, name: str, write: Callable[[Path, str], None]) -> Path:
    """The folder `name`-N in `folder`, written by `write(empty folder, version)`; safe on the disk when it is given.

    Whoever is killed meanwhile leaves no bundle: what was begun lies under a name that is none, until the next time.

    Raises:
        OSError: if the disk does not take it; nothing is left of it.
    """
    made = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with _alone_in(folder):
            for left in folder.glob(f"{_PARTIAL}*"):
                shutil.rmtree(left, ignore_errors=True)
            version = next_version(folder, name)
            target, begun = folder / f"{name}-{version}", folder / f"{_PARTIAL}{name}-{version}"
            begun.mkdir()
            try:
                write(begun, str(version))
                _sync(begun)
                begun.rename(target)
                _sync_one(folder)
            except BaseException:
                shutil.rmtree(begun, ignore_errors=True)
                raise
            return target
    except BaseException:
        if made:
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """While it is held, no other teaching writes there: two would take the same version."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _sync(folder: Path) -> None:
    for path in folder.rglob("*"):
        _sync_one(path)
    _sync_one(folder)


def _sync_one(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _listed(folder: Path) -> Iterator[Path]:
    return folder.iterdir() if folder.is_dir() else iter(())
