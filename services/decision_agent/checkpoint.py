"""Checkpoints of the journal: the log is brought into the database without the agent's loop ever waiting for a lock.

The waiting for the disk is done in a thread, by a checkpoint of the kind that takes no lock which a writer wants. The
log is emptied by the loop itself, the one writer, once all of it is in the database: then there is nothing to wait for.
"""

import os
import sqlite3
import struct
from dataclasses import dataclass
from pathlib import Path

WORTH_A_CHECKPOINT_BYTES = 16 * 1024 * 1024
LONGEST_LOG_BYTES = 64 * 1024 * 1024
"""A line that writes without a pause leaves the thread no moment at which all is copied: then the loop waits, once."""

PAGE_BYTES = 4096
_INDEX = struct.Struct("=16x I 76x I")
"""The log's index, as sqlite.org/walformat.html has it: frames in the log, and how many of them are in the database."""


@dataclass(frozen=True, slots=True)
class Log:
    """How long the write-ahead log is, and how much of it is not in the database yet, in pages."""

    pages: int
    uncopied: int

    @property
    def worth_copying(self) -> bool:
        """Whether the thread should go to work."""
        return self.pages * PAGE_BYTES >= WORTH_A_CHECKPOINT_BYTES

    @property
    def too_long(self) -> bool:
        """Whether it cannot wait for a quiet moment any longer."""
        return self.pages * PAGE_BYTES >= LONGEST_LOG_BYTES


def log_of(path: Path) -> Log:
    """The log of the journal at `path` as it is just now; without an index, an empty one."""
    try:
        with Path(f"{path}-shm").open("rb") as index:
            pages, copied = _INDEX.unpack(index.read(_INDEX.size))
    except (OSError, struct.error):
        return Log(0, 0)
    return Log(pages, max(0, pages - copied))


def copy(path: Path) -> None:
    """Bring the log into the database as far as it goes, durably. Waits for the disk: for a thread.

    Raises:
        sqlite3.Error: if the disk does not take it.
    """
    db = sqlite3.connect(path, isolation_level=None, timeout=0)
    try:
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    finally:
        db.close()


def make_emptying_durable(path: Path) -> None:
    """Have the disk know that the log is empty before many new pages are written over its blocks. For a thread."""
    descriptor = os.open(f"{path}-wal", os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
