"""The people of the dashboard for the event loop: logins, who a browser is, and the audit. Nothing here blocks it."""

import asyncio
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar

from dashboard.access import hashing
from dashboard.access.audit import Query
from dashboard.access.book import Book
from dashboard.access.now import now_ms
from dashboard.access.records import Audited, Entry, Person, Refused, Session
from dashboard.access.sessions import sha256_of

T = TypeVar("T")

FRESH_S = 1.0
"""How old an answer of `person` may be: `okko users disable` works within it."""

NOTED_S = 30.0
"""How long an activity that was noted stands for those that follow it, so that few of them ask the store."""

MOST_LOGINS = 16
"""That wait for their turn; who comes then is refused, so that a flood of them stays small."""

_MOST_KNOWN = 500
_NICENESS = 10
_log = logging.getLogger("okko.dashboard.access")


@dataclass(frozen=True, slots=True)
class _Known:
    """Who holds a session: as the store said at `asked_s`, and last told of an activity at `active_s` (monotonic)."""

    person: Person
    asked_s: float
    active_s: float


class Access:
    """Open while the dashboard runs. One thread has the store, another one hashes: one password at a time."""

    def __init__(self, book: Book, session_hours: float) -> None:
        self._book = book
        self._length_ms = int(session_hours * 3_600_000)
        self._store = ThreadPoolExecutor(1, "access")
        # Niced: the line's own work goes before any flood of logins.
        self._hashing = ThreadPoolExecutor(1, "passwords", initializer=_be_nice)
        self._turn = asyncio.Lock()
        self._logins = 0
        self._known: dict[str, _Known] = {}

    @classmethod
    def open(cls, data: Path, *, session_hours: float = 12.0) -> Self:
        """Open the store in `data`, the station's data folder; made where there is none.

        Raises:
            ConfigError: if it cannot be used; the text says why and what to do.
        """
        return cls(Book.open(data), session_hours)

    async def close(self) -> None:
        """Finish what is being done and close the store."""
        await asyncio.to_thread(self._hashing.shutdown)
        await self.ask(Book.close)
        await asyncio.to_thread(self._store.shutdown)

    async def login(self, name: str, password: str, address: str) -> Session | Refused:
        """A session for who knows the password of this name; failures are counted by name and by address.

        Raises:
            sqlite3.Error: if the store is locked for long, or the disk does not take it.
        """
        if self._logins >= MOST_LOGINS:
            return Refused("busy", 1.0)
        self._logins += 1
        try:
            # One at a time from the question whether to wait until the failure is counted: many attempts at once are
            # as slow as one after the other.
            async with self._turn:
                return await self._login(name, password, address)
        finally:
            self._logins -= 1

    async def change_own_password(self, person: Person, old: str, new: str) -> Refused | None:
        """Give a person another password; their other sessions end. Guesses at the old one count as those at a login.

        Raises:
            AccessRefused: if the new one is weak.
            sqlite3.Error: as `login`.
        """
        async with self._turn:
            wait_ms, known = await self.ask(lambda book: _before(book, person.name, ""))
            if wait_ms:
                return Refused("wait", wait_ms / 1000)
            if known is None or not await self._hash(lambda: hashing.matches(known, old)):
                wait_ms = await self.change(lambda book: book.failures.add(person.name, "", now_ms()))
                return Refused("wrong", wait_ms / 1000)
            newer = await self.hashed(new, person.name)
            await self.change(lambda book: book.users.set_password(person.name, newer, now_ms(), keep_csrf=person.csrf))
            return None

    async def person(self, token: str, *, active: bool = True) -> Person | None:
        """Whose token this is, if the session goes on; cheap, and true as of `FRESH_S` ago at most.

        `active`: the person does something (asks for a page, presses a button), which keeps the session from ending by
        idleness. A page that only refreshes itself says False.

        Raises:
            sqlite3.Error: if the store cannot be read.
        """
        token_sha256 = sha256_of(token)
        now_s = time.monotonic()
        known = self._known.get(token_sha256)
        if known is not None and now_s - known.asked_s < FRESH_S and not (active and now_s >= known.active_s + NOTED_S):
            return known.person
        person = await self.ask(lambda book: _look_up(book, token_sha256, active=active))
        if person is None:
            self._known.pop(token_sha256, None)
            return None
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        before_s = known.active_s if known is not None else -NOTED_S
        self._known[token_sha256] = _Known(person, now_s, now_s if active else before_s)
        return person

    async def logout(self, token: str, address: str = "") -> None:
        """End a session; nothing where there is none."""
        token_sha256 = sha256_of(token)
        await self.ask(lambda book: _log_out(book, token_sha256, address))
        self.forget_known()

    async def audit(self, entry: Entry) -> None:
        """Note what was done, or tried, now.

        Raises:
            sqlite3.Error: if the disk does not take it.
        """
        await self.ask(lambda book: _add_entry(book, entry))

    async def audited(self, query: Query) -> list[Audited]:
        """The audit's entries that fit, the newest first."""
        return await self.ask(lambda book: book.audit.entries(query))

    async def has_technician(self) -> bool:
        """Whether there is anybody yet who can manage the dashboard."""
        return await self.ask(lambda book: book.users.has_technician())

    async def ask(self, work: Callable[[Book], T]) -> T:
        """What some work with the store gives; it runs in the store's thread, after what came before.

        Raises:
            sqlite3.Error: if the store is locked for long, or the disk does not take it.
            AccessRefused: as the work does.
        """
        return await asyncio.get_running_loop().run_in_executor(self._store, work, self._book)

    async def change(self, work: Callable[[Book], T]) -> T:
        """As `ask`, in one transaction: kept whole or not at all. Who a browser is, is looked up anew afterwards.

        Raises:
            sqlite3.Error: if the store is locked for long, or the disk does not take it.
            AccessRefused: as the work does.
        """

        def changed(book: Book) -> T:
            with book.change():
                return work(book)

        result = await self.ask(changed)
        self.forget_known()
        return result

    async def hashed(self, password: str, name: str) -> str:
        """The hash of a new password for this name.

        Raises:
            AccessRefused: if it is a weak one.
        """
        return await self._hash(lambda: hashing.hashed(password, name))

    def forget_known(self) -> None:
        """Look up everybody anew."""
        self._known.clear()

    async def _login(self, name: str, password: str, address: str) -> Session | Refused:
        wait_ms, known = await self.ask(lambda book: _before(book, name, address))
        if wait_ms:
            return Refused("wait", wait_ms / 1000)
        right = await self._hash(lambda: hashing.matches(known or hashing.DUMMY, password))
        if known is None or not right:
            return await self.change(lambda book: _failed(book, name, address))
        newer = await self._hash(lambda: hashing.rehashed(password)) if hashing.is_dated(known) else known
        return await self.change(lambda book: _succeeded(book, name, address, (known, newer), self._length_ms))

    async def _hash(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._hashing, work)


def _look_up(book: Book, token_sha256: str, *, active: bool) -> Person | None:
    try:
        return book.sessions.person(token_sha256, now_ms(), active=active)
    except sqlite3.OperationalError as error:
        # To note the activity is a write, which a full disk refuses: nobody is logged out for it.
        _log.warning("the activity of a session could not be noted: %s", error)
        return book.sessions.person(token_sha256, now_ms(), active=False)


def _log_out(book: Book, token_sha256: str, address: str) -> None:
    now = now_ms()
    with book.change():
        person = book.sessions.person(token_sha256, now, active=False)
        book.sessions.end(token_sha256)
        if person is not None:
            book.audit.add(Entry(person.name, person.role, address, "logout"), now)


def _add_entry(book: Book, entry: Entry) -> None:
    with book.change():
        book.audit.add(entry, now_ms())


def _before(book: Book, name: str, address: str) -> tuple[int, str | None]:
    """How long to wait, and the hash to compare with, if this name may log in at all."""
    wait_ms = book.failures.wait_ms(name, address, now_ms())
    user = book.users.find(name)
    return wait_ms, None if user is None or user.disabled else book.users.hash_of(user)


def _failed(book: Book, name: str, address: str) -> Refused:
    now = now_ms()
    user = book.users.find(name)
    wait_ms = book.failures.add(name, address, now)
    if user is None:
        # What was typed is noted nowhere: people type passwords where the name belongs.
        entry = Entry("", None, address, "login", result="refused", detail="no such account")
    else:
        why = "the account is disabled" if user.disabled else "wrong password"
        entry = Entry(user.name, user.role, address, "login", result="refused", detail=why)
    book.audit.add(entry, now)
    return Refused("wrong", wait_ms / 1000)


def _succeeded(book: Book, name: str, address: str, hashes: tuple[str, str], length_ms: int) -> Session | Refused:
    """The session; `hashes`: the one that matched and its successor. The account may have changed meanwhile."""
    now = now_ms()
    known, newer = hashes
    user = book.users.find(name)
    if user is None or user.disabled or book.users.hash_of(user) != known:
        return _failed(book, name, address)
    if newer != known:
        book.users.rehash(user, known, newer)
    book.failures.succeeded(name, address, now)
    book.audit.add(Entry(user.name, user.role, address, "login"), now)
    return book.sessions.open(user, now, length_ms)


def _be_nice() -> None:
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
