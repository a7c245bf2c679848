"""The sessions, in SQLite: of a token only its hash, so that who reads the file cannot log in with it."""

import hashlib
import secrets
import sqlite3
from dataclasses import dataclass

from dashboard.access import expiry
from dashboard.access.records import Person, Session, User
from dashboard.access.role import Role

MOST_OF_A_USER = 20
"""Sessions at once; the oldest goes when another is opened."""


@dataclass(frozen=True, slots=True)
class Sessions:
    """The table `sessions`."""

    db: sqlite3.Connection

    def open(self, user: User, now_ms: int, length_ms: int) -> Session:
        """A new session, with a token of 256 random bits; what has ended is cleared away."""
        token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        expires_ms = now_ms + length_ms
        self.db.execute("DELETE FROM sessions WHERE expires_ms <= ?", (now_ms,))
        self.db.execute(
            "DELETE FROM sessions WHERE token_sha256 IN (SELECT token_sha256 FROM sessions WHERE user = ?"
            " ORDER BY created_ms DESC LIMIT -1 OFFSET ?)",
            (user.id, MOST_OF_A_USER - 1),
        )
        self.db.execute(
            "INSERT INTO sessions (token_sha256, user, csrf, created_ms, seen_ms, expires_ms)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (sha256_of(token), user.id, csrf, now_ms, now_ms, expires_ms),
        )
        return Session(token, Person(user.name, user.role, csrf, user.language), expires_ms)

    def person(self, token_sha256: str, now_ms: int, *, active: bool) -> Person | None:
        """Whose session it is, if it goes on. `active`: the person does something just now, and is not idle."""
        row = self.db.execute(
            "SELECT name, role, csrf, language, sessions.created_ms, seen_ms, expires_ms FROM sessions"
            " JOIN users ON users.id = sessions.user WHERE token_sha256 = ? AND NOT disabled",
            (token_sha256,),
        ).fetchone()
        if row is None:
            return None
        name, role, csrf, language, *instants = row
        times = expiry.Times(*instants)
        if expiry.has_ended(times, Role(role), now_ms):
            return None
        if active and expiry.is_to_be_touched(times, now_ms):
            self.db.execute("UPDATE sessions SET seen_ms = ? WHERE token_sha256 = ?", (now_ms, token_sha256))
        return Person(name, Role(role), csrf, language)

    def count(self, user: User, now_ms: int) -> int:
        """How many sessions of a user go on."""
        rows = self.db.execute("SELECT created_ms, seen_ms, expires_ms FROM sessions WHERE user = ?", (user.id,))
        return sum(not expiry.has_ended(expiry.Times(*row), user.role, now_ms) for row in rows)

    def end(self, token_sha256: str) -> None:
        """End one."""
        self.db.execute("DELETE FROM sessions WHERE token_sha256 = ?", (token_sha256,))

    def end_all_of(self, user: User) -> int:
        """End all of a user; gives how many there were."""
        return self.db.execute("DELETE FROM sessions WHERE user = ?", (user.id,)).rowcount


def sha256_of(token: str) -> str:
    """What is stored of a token: it is random, so that a fast hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()
