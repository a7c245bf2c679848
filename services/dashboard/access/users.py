"""The accounts, in SQLite. What changes one ends its sessions; each call belongs into a transaction of its caller."""

import sqlite3
from dataclasses import dataclass

from dashboard.access.names import checked_name, name_key
from dashboard.access.records import User
from dashboard.access.refused import AccessRefused
from dashboard.access.role import Role

_COLUMNS = "id, name, role, language, created_ms, changed_ms, disabled"


@dataclass(frozen=True, slots=True)
class Users:
    """The table `users`."""

    db: sqlite3.Connection

    def all(self) -> list[User]:
        """Every account, by name."""
        return [_user(row) for row in self.db.execute(f"SELECT {_COLUMNS} FROM users ORDER BY key")]  # noqa: S608

    def find(self, name: str) -> User | None:
        """The account of this name, if any."""
        row = self.db.execute(f"SELECT {_COLUMNS} FROM users WHERE key = ?", (name_key(name),)).fetchone()  # noqa: S608
        return None if row is None else _user(row)

    def get(self, name: str) -> User:
        """The account of this name.

        Raises:
            AccessRefused: if there is none.
        """
        if (user := self.find(name)) is None:
            raise AccessRefused("name_unknown", {"name": name})
        return user

    def has_technician(self) -> bool:
        """Whether there is a technician who can log in."""
        (found,) = self.db.execute(
            "SELECT EXISTS (SELECT 1 FROM users WHERE role >= ? AND NOT disabled)", (Role.TECHNICIAN,)
        ).fetchone()
        return bool(found)

    def hash_of(self, user: User) -> str:
        """The hash of its password."""
        (known,) = self.db.execute("SELECT hash FROM users WHERE id = ?", (user.id,)).fetchone()
        return str(known)

    def add(self, name: str, role: Role, password_hash: str, now_ms: int) -> User:
        """Make an account.

        Raises:
            AccessRefused: if the name is taken, or cannot be one.
        """
        name = checked_name(name)
        if self.find(name) is not None:
            raise AccessRefused("name_taken", {"name": name})
        self.db.execute(
            "INSERT INTO users (name, key, role, hash, created_ms, changed_ms) VALUES (?, ?, ?, ?, ?, ?)",
            (name, name_key(name), role, password_hash, now_ms, now_ms),
        )
        return self.get(name)

    def set_role(self, name: str, role: Role, now_ms: int, *, force: bool = False) -> User:
        """Give an account another role.

        Raises:
            AccessRefused: if there is none, or if no technician would be left (not with `force`).
        """
        user = self.get(name)
        if role < Role.TECHNICIAN and not force:
            self._spare_the_last_technician(user)
        self._change(user, "role", role, now_ms)
        return user

    def set_disabled(self, name: str, now_ms: int, *, disabled: bool, force: bool = False) -> User:
        """Keep an account from logging in, or let it in again; gives it as it was.

        Raises:
            AccessRefused: if there is none, or if no technician would be left (not with `force`).
        """
        user = self.get(name)
        if disabled and not force:
            self._spare_the_last_technician(user)
        self._change(user, "disabled", int(disabled), now_ms)
        return user

    def set_password(self, name: str, password_hash: str, now_ms: int, *, keep_csrf: str = "") -> User:
        """Give an account another password; all its sessions end but the one with this `csrf`.

        Raises:
            AccessRefused: if there is no such account.
        """
        user = self.get(name)
        self._change(user, "hash", password_hash, now_ms, keep_csrf)
        return user

    def remove(self, name: str, *, force: bool = False) -> User:
        """Remove an account; what it did stays in the audit.

        Raises:
            AccessRefused: if there is none, or if no technician would be left (not with `force`).
        """
        user = self.get(name)
        if not force:
            self._spare_the_last_technician(user)
        self.db.execute("DELETE FROM users WHERE id = ?", (user.id,))
        return user

    def set_language(self, name: str, language: str | None) -> None:
        """Remember in which language a person reads."""
        self.db.execute("UPDATE users SET language = ? WHERE key = ?", (language, name_key(name)))

    def rehash(self, user: User, before: str, now: str) -> None:
        """Take a newer hash of the same password, unless it was changed meanwhile; sessions go on."""
        self.db.execute("UPDATE users SET hash = ? WHERE id = ? AND hash = ?", (now, user.id, before))

    def _change(self, user: User, column: str, value: object, now_ms: int, keep_csrf: str = "") -> None:
        self.db.execute(f"UPDATE users SET {column} = ?, changed_ms = ? WHERE id = ?", (value, now_ms, user.id))  # noqa: S608 - our own names
        self.db.execute("DELETE FROM sessions WHERE user = ? AND csrf <> ?", (user.id, keep_csrf))

    def _spare_the_last_technician(self, user: User) -> None:
        if user.role < Role.TECHNICIAN or user.disabled:
            return
        (others,) = self.db.execute(
            "SELECT count(*) FROM users WHERE role >= ? AND NOT disabled AND id <> ?", (Role.TECHNICIAN, user.id)
        ).fetchone()
        if not others:
            raise AccessRefused("last_technician", {"name": user.name})


def _user(row: tuple[int, str, int, str | None, int, int, int]) -> User:
    number, name, role, language, created_ms, changed_ms, disabled = row
    return User(number, name, Role(role), language, created_ms, changed_ms, bool(disabled))
