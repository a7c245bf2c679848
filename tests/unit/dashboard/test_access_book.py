"""The store of people: who may read it, what each table keeps, and what it refuses."""

import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from dashboard.access.audit import DETAIL_MOST, Query
from dashboard.access.book import Book, file_of
from dashboard.access.records import Entry
from dashboard.access.refused import AccessRefused
from dashboard.access.role import Role
from dashboard.access.schema import AUDIT_KEPT
from dashboard.access.sessions import MOST_OF_A_USER, sha256_of
from okko.errors import ConfigError

NOW_MS = 1_800_000_000_000
LENGTH_MS = 12 * 3_600_000


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    """Folder, file and what SQLite puts beside it; also where somebody had opened them to all."""
    file = file_of(tmp_path)
    file.parent.mkdir(mode=0o755)
    file.touch(0o644)
    book = Book.open(tmp_path)
    book.users.add("anna", Role.TECHNICIAN, "hash", NOW_MS)
    assert _mode(file.parent) == 0o700
    assert {path.name: _mode(path) for path in file.parent.iterdir()} == {
        "access.db": 0o600,
        "access.db-shm": 0o600,
        "access.db-wal": 0o600,
    }
    book.close()


@pytest.mark.parametrize(
    ("makes", "says"),
    [
        ("CREATE TABLE ducks (name TEXT)", "no store of the dashboard's people"),
        ("PRAGMA user_version = 99", "version 99, written by a newer okko"),
    ],
)
def test_a_foreign_store_is_refused(tmp_path: Path, makes: str, says: str) -> None:
    """Another program's, or a newer okko's: it is left as it is."""
    file_of(tmp_path).parent.mkdir()
    db = sqlite3.connect(file_of(tmp_path))
    db.execute(makes)
    db.close()
    before = file_of(tmp_path).read_bytes()
    with pytest.raises(ConfigError, match=says):
        Book.open(tmp_path)
    assert file_of(tmp_path).read_bytes() == before


def test_a_damaged_store_is_refused_with_what_to_do(tmp_path: Path) -> None:
    """Nobody is let in on the ground that the list of people is gone."""
    file_of(tmp_path).parent.mkdir()
    file_of(tmp_path).write_text("no database " * 1000)
    with pytest.raises(ConfigError, match=r"cannot be used.*Move it away and add the accounts anew"):
        Book.open(tmp_path)


def test_an_account_is_found_however_it_is_spelt(book: Book) -> None:
    """And a second one of that name is refused."""
    book.users.add("Zoë", Role.VIEWER, "hash", NOW_MS)
    assert book.users.get("ZOE\u0308").name == "Zoë"
    with pytest.raises(AccessRefused) as caught:
        book.users.add("zoë", Role.VIEWER, "hash", NOW_MS)
    assert caught.value.key == "name_taken"


def test_the_last_technician_stays(book: Book) -> None:
    """Not removed, not disabled, not made less, unless by force; with a second one each of it goes."""
    users = book.users
    users.add("anna", Role.TECHNICIAN, "hash", NOW_MS)
    users.add("ben", Role.OPERATOR, "hash", NOW_MS)
    tries: list[Callable[[], object]] = [
        lambda: users.set_role("anna", Role.OPERATOR, NOW_MS),
        lambda: users.set_disabled("anna", NOW_MS, disabled=True),
        lambda: users.remove("anna"),
    ]
    for attempt in tries:
        with pytest.raises(AccessRefused) as caught:
            attempt()
        assert caught.value.key == "last_technician"
    users.remove("ben")
    users.add("cleo", Role.TECHNICIAN, "hash", NOW_MS)
    users.set_disabled("cleo", NOW_MS, disabled=True)
    with pytest.raises(AccessRefused):
        users.remove("anna")
    users.set_disabled("cleo", NOW_MS, disabled=False)
    users.remove("anna")
    users.remove("cleo", force=True)
    assert users.all() == []


@pytest.mark.parametrize("change", ["role", "disabled", "password", "removed", "sessions"])
def test_what_changes_an_account_ends_its_sessions(book: Book, change: str) -> None:
    """Its own alone."""
    for name in ("anna", "ben"):
        book.users.add(name, Role.TECHNICIAN, "hash", NOW_MS)
    tokens = {name: book.sessions.open(book.users.get(name), NOW_MS, LENGTH_MS).token for name in ("anna", "ben")}
    match change:
        case "role":
            book.users.set_role("ben", Role.OPERATOR, NOW_MS)
        case "disabled":
            book.users.set_disabled("ben", NOW_MS, disabled=True)
        case "password":
            book.users.set_password("ben", "other", NOW_MS)
        case "removed":
            book.users.remove("ben")
        case _:
            assert book.sessions.end_all_of(book.users.get("ben")) == 1
    found = {n: book.sessions.person(sha256_of(t), NOW_MS, active=True) is not None for n, t in tokens.items()}
    assert found == {"anna": True, "ben": False}


def test_who_changes_their_own_password_stays(book: Book) -> None:
    """In the session in which it is done; the others end."""
    anna = book.users.add("anna", Role.TECHNICIAN, "hash", NOW_MS)
    here, there = (book.sessions.open(anna, NOW_MS, LENGTH_MS) for _ in range(2))
    book.users.set_password("anna", "other", NOW_MS, keep_csrf=here.person.csrf)
    assert book.sessions.person(sha256_of(here.token), NOW_MS, active=True) == here.person
    assert book.sessions.person(sha256_of(there.token), NOW_MS, active=True) is None


def test_no_token_stands_in_the_file(book: Book, tmp_path: Path) -> None:
    """Who reads it, a backup too, cannot log in with what stands there."""
    token = book.sessions.open(book.users.add("anna", Role.VIEWER, "hash", NOW_MS), NOW_MS, LENGTH_MS).token
    assert all(token.encode() not in path.read_bytes() for path in file_of(tmp_path).parent.iterdir())


def test_sessions_are_bounded(book: Book) -> None:
    """The oldest of a user goes, and what has ended is cleared away."""
    anna = book.users.add("anna", Role.VIEWER, "hash", NOW_MS)
    first, *_rest = [book.sessions.open(anna, NOW_MS + i, LENGTH_MS).token for i in range(MOST_OF_A_USER + 1)]
    assert book.sessions.person(sha256_of(first), NOW_MS, active=False) is None
    assert book.sessions.count(anna, NOW_MS + 1_000) == MOST_OF_A_USER
    book.sessions.open(anna, NOW_MS + 2 * LENGTH_MS, LENGTH_MS)
    assert book.db.execute("SELECT count(*) FROM sessions").fetchone() == (1,)


def test_activity_keeps_a_technician_logged_in(book: Book) -> None:
    """What a page does by itself does not."""
    anna = book.users.add("anna", Role.TECHNICIAN, "hash", NOW_MS)
    token = sha256_of(book.sessions.open(anna, NOW_MS, LENGTH_MS).token)
    minute = 60_000
    assert book.sessions.person(token, NOW_MS + 20 * minute, active=True) is not None
    assert book.sessions.person(token, NOW_MS + 40 * minute, active=False) is not None
    assert book.sessions.person(token, NOW_MS + 51 * minute, active=True) is None


def test_failures_count_for_a_name_that_does_not_exist_too(book: Book) -> None:
    """Whether there is such an account cannot be told from the wait; what was typed stands nowhere."""
    for _ in range(4):
        assert book.failures.add("my secret typed here", "10.0.0.9", NOW_MS) == 0
    assert book.failures.add("MY SECRET typed here", "10.0.0.8", NOW_MS) == 1_000
    assert book.failures.wait_ms("my secret typed here", "10.0.0.7", NOW_MS) == 1_000
    assert "secret" not in repr(book.db.execute("SELECT * FROM failures").fetchall())


def test_an_address_that_tries_many_names_waits(book: Book) -> None:
    """And goes on waiting after a login with an account of its own."""
    waits = [book.failures.add(f"name-{i}", "10.0.0.9", NOW_MS) for i in range(21)]
    assert waits[:19] == [0] * 19
    assert waits[19:] == [1_000, 2_000]
    book.failures.forget("name-0")
    assert book.failures.wait_ms("anna", "10.0.0.9", NOW_MS) == 2_000
    assert book.failures.wait_ms("anna", "10.0.0.1", NOW_MS) == 0


def test_an_audit_entry_is_neither_changed_nor_removed(book: Book) -> None:
    """By the store itself, whoever asks."""
    book.audit.add(Entry("anna", Role.TECHNICIAN, "10.0.0.9", "trigger"), NOW_MS)
    with pytest.raises(sqlite3.IntegrityError, match="never changed"):
        book.db.execute("UPDATE audit SET who = 'ben'")
    with pytest.raises(sqlite3.IntegrityError, match="stays until"):
        book.db.execute("DELETE FROM audit")


def test_the_audit_is_bounded_and_says_so(book: Book) -> None:
    """The oldest go, and a note of it comes."""
    with book.change():
        for _ in range(AUDIT_KEPT + 999):
            book.db.execute(
                "INSERT INTO audit (at_ms, who, role, address, action, object, result, detail)"
                " VALUES (1, '', '', '', 'x', '', 'done', '')"
            )
    book.audit.add(Entry("anna", None, "", "last but one"), NOW_MS)
    assert book.db.execute("SELECT count(*) FROM audit").fetchone() == (AUDIT_KEPT + 1_000,)
    book.audit.add(Entry("anna", None, "", "last"), NOW_MS)
    assert book.db.execute("SELECT count(*) FROM audit").fetchone() == (AUDIT_KEPT + 1,)
    note, last = book.audit.entries(Query(limit=2))
    assert (note.action, last.action) == ("audit.prune", "last")
    assert note.detail.startswith("1001 entries up to number 1001 made room")


def test_what_is_too_long_is_cut(book: Book) -> None:
    """And looks cut."""
    book.audit.add(Entry("n" * 999, None, "", "a", detail="d" * 9_999), NOW_MS)
    (entry,) = book.audit.entries(Query())
    assert len(entry.detail) == DETAIL_MOST
    assert entry.detail.endswith("d...")
    assert len(entry.who) == 200


def test_the_audit_is_found_by_each_of_its_fields(book: Book) -> None:
    """All that are given must fit; the newest come first, a page at a time."""
    for i, (who, action, result) in enumerate(
        [("anna", "trigger", "done"), ("ben", "trigger", "refused"), ("ben", "label", "done")]
    ):
        book.audit.add(
            Entry(who, Role.OPERATOR, "", action, f"object-{i}", "done" if result == "done" else "refused", "50% <b>"),
            NOW_MS + i,
        )

    def ids(query: Query) -> list[int]:
        return [entry.id for entry in book.audit.entries(query)]

    assert ids(Query()) == [3, 2, 1]
    assert ids(Query(who="ben", action="trigger")) == [2]
    assert ids(Query(result="refused")) == [2]
    assert ids(Query(since_ms=NOW_MS + 1, until_ms=NOW_MS + 2)) == [2]
    assert ids(Query(text="OBJECT-0")) == [1]
    assert ids(Query(text="0% <")) == [3, 2, 1]
    assert ids(Query(limit=1)) == [3]
    assert ids(Query(before_id=3, limit=1)) == [2]
    assert book.audit.words() == (["anna", "ben"], ["label", "trigger"])
