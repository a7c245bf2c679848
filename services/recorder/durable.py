"""Making a group of files safe from a power cut with one call, where the system has it."""

import ctypes
import errno
import fcntl
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from okko.errors import ConfigError

_libc = ctypes.CDLL(None, use_errno=True)


def _syncfs(fd: int) -> int:
    result: int = _libc.syncfs(fd)
    return 0 if result == 0 else ctypes.get_errno()


SYNCFS: Callable[[int], int] | None = _syncfs if hasattr(_libc, "syncfs") else None
"""syncfs(2): 0, or the errno. fsync for each file was rejected as the rule: 100 files cost 100 flushes of the disk."""


class Disk:
    """The file system that holds a folder.

    The folder is kept open, since Linux reports a failed write-back once to each descriptor that was open then.
    """

    def __init__(self, folder: Path, syncfs: Callable[[int], int] | None = SYNCFS) -> None:
        self._folder = folder
        self._fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        self._syncfs = syncfs

    def claim(self) -> None:
        """Keep other recorders out of the folder, whatever their station is called, until this process ends.

        Raises:
            ConfigError: if another one writes there.
        """
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConfigError.one(
                self._folder, "", "another recorder writes there", "Give each station's [recorder] a `path` of its own"
            ) from error

    def sync(self, files: Iterable[Path]) -> None:
        """Return when `files`, and the folders from them up to ours, survive a power cut.

        Raises:
            OSError: if the disk did not take them.
        """
        if self._syncfs is not None:
            code = self._syncfs(self._fd)
            if code == 0:
                return
            if code not in {errno.ENOSYS, errno.EINVAL}:
                raise OSError(code, os.strerror(code), str(self._folder))
            self._syncfs = None
        folders = {self._folder}
        for file in files:
            _fsync(file)
            folders |= {parent for parent in file.parents if parent.is_relative_to(self._folder)}
        for folder in folders:
            _fsync(folder)

    def close(self) -> None:
        """Let go of the folder."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _fsync(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
