"""Checkpoints of the journal, from a thread of their own: the disk is waited for here and never on the loop."""

import os
import sqlite3
from pathlib import Path

WORTH_A_CHECKPOINT_BYTES = 4 * 1024 * 1024


def checkpoint(path: Path) -> bool:
    """Bring the log of the journal at `path` into the database, durably, and empty it.

    The passive step does the waiting without the write lock. The log is truncated only when all of it is in the
    database, which then takes microseconds; while the agent writes, that waits for the next time. Gives whether the
    log was emptied.
    """
    db = sqlite3.connect(path, isolation_level=None, timeout=0)
    try:
        db.execute("PRAGMA synchronous = NORMAL")
        _busy, in_log, done = db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        if in_log != done:
            return False
        busy, _in_log, _done = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError:
        return False  # the agent is writing just now: the next idle moment comes
    finally:
        db.close()
    if busy:
        return False
    _sync(Path(f"{path}-wal"))
    return True


def _sync(path: Path) -> None:
    """Make the truncation durable before new frames are written over the same blocks."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
