"""The failed logins, in SQLite: by the name that was typed, whether there is such an account or not, and by address."""

import hashlib
import sqlite3
from dataclasses import dataclass

from dashboard.access import lockout
from dashboard.access.names import name_key

MOST_ROWS = 10_000
"""A bound for who tries ever new names; the oldest go first."""

_ADDRESS_MOST = 64


@dataclass(frozen=True, slots=True)
class FailureCounts:
    """The table `failures`."""

    db: sqlite3.Connection

    def wait_ms(self, name: str, address: str, now_ms: int) -> int:
        """How long the next attempt with this name from this address has to wait; no address: by the name alone."""
        return max(
            lockout.wait_ms(self._of(kind, who), lockout.FREE[kind], now_ms) for kind, who in _places(name, address)
        )

    def add(self, name: str, address: str, now_ms: int) -> int:
        """Count one more; gives how long the next attempt has to wait (ms)."""
        for kind, who in _places(name, address):
            failures = lockout.after(self._of(kind, who), now_ms)
            self.db.execute(
                "INSERT OR REPLACE INTO failures (kind, who, count, last_ms) VALUES (?, ?, ?, ?)",
                (kind, who, failures.count, failures.last_ms),
            )
        self.db.execute("DELETE FROM failures WHERE last_ms <= ?", (now_ms - lockout.FORGOTTEN_MS,))
        self.db.execute(
            "DELETE FROM failures WHERE (kind, who) IN (SELECT kind, who FROM failures ORDER BY last_ms DESC"
            " LIMIT -1 OFFSET ?)",
            (MOST_ROWS,),
        )
        return self.wait_ms(name, address, now_ms)

    def forget(self, name: str) -> None:
        """A login under this name succeeded. The address stays counted: who has an account may still guess others'."""
        self.db.execute("DELETE FROM failures WHERE kind = 'name' AND who = ?", (_hidden(name),))

    def _of(self, kind: str, who: str) -> lockout.Failures:
        row = self.db.execute("SELECT count, last_ms FROM failures WHERE kind = ? AND who = ?", (kind, who)).fetchone()
        return lockout.Failures() if row is None else lockout.Failures(*row)


def _places(name: str, address: str) -> tuple[tuple[str, str], ...]:
    by_name = ("name", _hidden(name))
    return (by_name, ("address", address[:_ADDRESS_MOST])) if address else (by_name,)


def _hidden(name: str) -> str:
    """What is kept of a name that was typed: it may be a password that landed in the wrong place."""
    return hashlib.sha256(name_key(name).encode()).hexdigest()
