"""Where a taught bundle goes: a new folder for each version, and never over another."""

import contextlib
import errno
import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from okko.errors import ConfigError


def check_place(folder: Path) -> None:
    """See that a bundle can be written there, before a minute of a line's time is spent on it.

    Raises:
        ConfigError: if it cannot.
        OSError: if the disk is full, with the folder's name.
    """
    near = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    try:
        with tempfile.TemporaryDirectory(prefix=".okko-", dir=near):
            pass
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise OSError(error.errno, error.strerror, str(folder)) from error
        what = f"no bundle can be written there: {near}: {error.strerror}"
        raise ConfigError.one(folder, "--to", what, "Name another folder") from error


def next_version(folder: Path, name: str) -> int:
    """One more than the highest version of bundles of that name in the folder; 1 for the first."""
    pattern = re.compile(rf"{re.escape(name)}-(\d+)")
    found = [int(match[1]) for path in _listed(folder) if (match := pattern.fullmatch(path.name))]
    return max(found, default=0) + 1


def write_version(folder: Path, name: str, write: Callable[[Path, str], None]) -> Path:
    """The folder `name`-N in `folder`, made by `write(its path, version)`, which makes it whole or not at all.

    What a writer that was killed has left under a name that begins with a dot goes the next time.

    Raises:
        OSError: if the disk does not take it, with the folder's name; nothing is left of it.
    """
    made = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with _alone_in(folder):
            for left in folder.glob(f".{name}-*"):
                shutil.rmtree(left, ignore_errors=True)
            version = next_version(folder, name)
            target = folder / f"{name}-{version}"
            write(target, str(version))
            _sync(folder)
            return target
    except BaseException as error:
        if made:
            with contextlib.suppress(OSError):
                folder.rmdir()
        # A write that fails does not say where, a copy names what is copied: a person is to know which disk is full.
        if isinstance(error, OSError) and (error.filename is None or error.filename2 is not None):
            raise OSError(error.errno, error.strerror, str(folder)) from error
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
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _listed(folder: Path) -> Iterator[Path]:
    return folder.iterdir() if folder.is_dir() else iter(())
