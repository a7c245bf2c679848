"""Logins and sessions as the dashboard asks for them, with real hashes and a real store."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dashboard.access import hashing
from dashboard.access.access import FRESH_S, MOST_LOGINS, Access
from dashboard.access.audit import Query
from dashboard.access.book import Book
from dashboard.access.failures import network_of
from dashboard.access.now import now_ms
from dashboard.access.records import Entry, Refused, Session
from dashboard.access.role import Role

PASSWORD = "correct horse battery"  # noqa: S105 - of nobody
HERE = "127.0.0.1"


@pytest.fixture
async def access(tmp_path: Path) -> AsyncIterator[Access]:
    """With one technician, anna."""
    opened = Access.open(tmp_path)
    known = await opened.hashed(PASSWORD, "anna")
    await opened.change(lambda book: book.users.add("anna", Role.TECHNICIAN, known, now_ms()))
    yield opened
    await opened.close()


async def _session(access: Access) -> Session:
    session = await access.login("anna", PASSWORD, HERE)
    assert isinstance(session, Session)
    return session


async def _told(access: Access) -> list[tuple[str, str, str, str]]:
    entries = await access.audited(Query())
    return [(entry.who, entry.action, entry.result, entry.detail) for entry in reversed(entries)]


async def test_who_knows_the_password_is_known_by_the_token(access: Access) -> None:
    """Until logged out; both are noted."""
    session = await _session(access)
    person = await access.person(session.token)
    assert person == session.person
    assert person is not None
    assert (person.name, person.role) == ("anna", Role.TECHNICIAN)
    assert await access.person("another token") is None
    await access.logout(session.token, HERE)
    assert await access.person(session.token) is None
    assert await _told(access) == [("anna", "login", "done", ""), ("anna", "logout", "done", "")]


async def test_two_sessions_have_nothing_in_common(access: Access) -> None:
    """Neither token nor CSRF secret."""
    first, second = await _session(access), await _session(access)
    assert len({first.token, second.token, first.person.csrf, second.person.csrf}) == 4


async def test_a_login_that_fails_says_the_same_whatever_was_wrong(access: Access) -> None:
    """Name, password, disabled: the audit alone tells which, and does not repeat what was typed as a name."""
    await access.change(lambda book: book.users.set_disabled("anna", now_ms(), disabled=True, force=True))
    answers = [
        await access.login("anna", PASSWORD, HERE),
        await access.login("anna", "not the password", HERE),
        await access.login("nobody here", PASSWORD, HERE),
        await access.login("", "", HERE),
        await access.login("anna", "x" * 100_000, HERE),
    ]
    assert answers == [Refused("wrong")] * 5
    assert {(who, detail) for who, _, _, detail in await _told(access)} == {
        ("anna", "the account is disabled"),
        ("", "no such account"),
    }


async def test_many_at_once_are_no_faster_than_one_after_the_other(access: Access) -> None:
    """Five guesses are looked at; the sixth waits, though it is the right one; beyond the queue nobody waits at all."""
    guesses = [access.login("anna", f"guess number {i}", HERE) for i in range(5)]
    waiting = [access.login("anna", PASSWORD, HERE) for _ in range(MOST_LOGINS - 5)]
    too_many = [access.login("anna", PASSWORD, HERE) for _ in range(3)]
    answers = await asyncio.gather(*guesses, *waiting, *too_many)
    reasons = [answer.reason if isinstance(answer, Refused) else "in" for answer in answers]
    assert reasons == ["wrong"] * 5 + ["wait"] * (MOST_LOGINS - 5) + ["busy"] * 3
    told = answers[4]
    assert isinstance(told, Refused)
    assert told.wait_s == 1.0


async def test_a_login_forgets_the_failures_of_its_name(access: Access) -> None:
    """Who mistypes four times a day is not locked out on the second day."""
    for _ in range(3):
        for guess in range(4):
            assert isinstance(await access.login("anna", f"guess number {guess}", HERE), Refused)
        await _session(access)


async def test_a_change_from_another_process_holds_within_a_second(access: Access, tmp_path: Path) -> None:
    """`okko users disable` has its own connection to the same file."""
    session = await _session(access)
    assert await access.person(session.token) is not None
    other = Book.open(tmp_path)
    with other.change():
        other.users.set_disabled("anna", now_ms(), disabled=True, force=True)
    other.close()
    await asyncio.sleep(FRESH_S)  # what was asked before this may be remembered
    assert await access.person(session.token) is None


async def test_an_activity_is_noted_although_the_page_asked_a_moment_before(access: Access) -> None:
    """What a page fetches by itself keeps nobody logged in, and does not hide what its person does."""

    def seen_ms(book: Book) -> int:
        return int(book.db.execute("SELECT seen_ms FROM sessions").fetchone()[0])

    session = await _session(access)
    long_ago = now_ms() - 20 * 60_000
    await access.ask(lambda book: book.db.execute("UPDATE sessions SET seen_ms = ?", (long_ago,)))
    assert await access.person(session.token, active=False) is not None
    assert await access.ask(seen_ms) == long_ago
    assert await access.person(session.token) is not None
    assert await access.ask(seen_ms) > long_ago


async def test_a_change_of_our_own_holds_at_once(access: Access) -> None:
    """What is remembered of people is forgotten with it."""
    session = await _session(access)
    assert await access.person(session.token) is not None
    await access.change(lambda book: book.users.set_role("anna", Role.VIEWER, now_ms(), force=True))
    assert await access.person(session.token) is None


async def test_a_hash_of_other_parameters_is_renewed(access: Access) -> None:
    """At the next login; the password stays the same."""
    import argon2

    old = argon2.PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    await access.change(lambda book: book.users.set_password("anna", old, now_ms()))
    await _session(access)
    renewed = await access.ask(lambda book: book.users.hash_of(book.users.get("anna")))
    assert renewed != old
    assert not hashing.is_dated(renewed)
    await _session(access)


def test_a_name_that_is_not_there_costs_as_much_as_one_that_is() -> None:
    """The hash that is verified instead has the parameters of today, or the time would tell."""
    assert not hashing.is_dated(hashing.DUMMY)


def test_what_is_no_hash_matches_nothing() -> None:
    """A row that somebody edited by hand lets nobody in."""
    assert not hashing.matches("plain text", "plain text")
    assert not hashing.matches("", "")


async def test_entries_come_from_others_too(access: Access) -> None:
    """What the actions of the dashboard note."""
    await access.audit(Entry("anna", Role.TECHNICIAN, HERE, "label", "item-1", "done", "KO"))
    (entry,) = await access.audited(Query())
    assert (entry.role, entry.object, entry.detail) == ("technician", "item-1", "KO")
    assert abs(entry.at_ms - now_ms()) < 60_000


async def test_the_first_technician_is_missed(tmp_path: Path) -> None:
    """So that the login page can say what to type."""
    access = Access.open(tmp_path)
    assert not await access.has_technician()
    await access.change(lambda book: book.users.add("ben", Role.OPERATOR, "hash", now_ms()))
    assert not await access.has_technician()
    await access.change(lambda book: book.users.add("anna", Role.TECHNICIAN, "hash", now_ms()))
    assert await access.has_technician()
    await access.close()


async def test_guesses_from_elsewhere_keep_nobody_out_of_where_they_have_logged_in_before(access: Access) -> None:
    """Else somebody on the network could keep the technician out for ever, by a guess each quarter of an hour."""
    await _session(access)
    for number in range(20):
        await access.change(lambda book, n=number: book.failures.add("anna", f"10.0.0.{n}", now_ms()))  # type: ignore[misc] # run before the next
    assert isinstance(await access.login("Anna", PASSWORD, HERE), Session)
    elsewhere = await access.login("anna", PASSWORD, "10.0.0.66")
    assert isinstance(elsewhere, Refused), "who guesses elsewhere waits on, whoever logs in here"
    assert elsewhere.reason == "wait"
    for _ in range(5):
        await access.login("anna", "not the password", HERE)
    waits = await access.login("anna", PASSWORD, HERE)
    assert isinstance(waits, Refused)
    assert waits.reason == "wait"
    await access.change(lambda book: book.failures.forget("anna"))
    assert isinstance(await access.login("anna", PASSWORD, HERE), Session)
    assert isinstance(await access.login("anna", PASSWORD, "10.0.0.66"), Session)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.0.0.9", "10.0.0.9"),
        ("::ffff:10.0.0.9", "10.0.0.9"),
        ("fd00:1:2:3:aaaa::1", "fd00:1:2:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::1"),
        ("test", "test"),
    ],
)
def test_of_ipv6_the_network_is_counted(address: str, network: str) -> None:
    """One machine has all of its addresses."""
    assert network_of(address) == network
