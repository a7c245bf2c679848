"""`okko users` and `okko audit`, typed as people type them."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from dashboard.access.book import Book
from dashboard.access.hashing import matches
from okko import cli
from pseudo_terminal import PseudoTerminal

PASSWORD = "correct horse battery"  # noqa: S105 - of nobody


@pytest.fixture
def station(tmp_path: Path) -> Path:
    """A station of which only the data folder matters here."""
    (tmp_path / "station.toml").write_text('[recorder]\npath = "kept"\n')
    return tmp_path


@dataclass(frozen=True)
class Typed:
    """What a command ended with, and said."""

    code: int
    out: str
    err: str


Okko = Callable[..., Typed]


@pytest.fixture
def okko(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Okko:
    """Types `okko ...`, with this on stdin."""

    def typed(*arguments: object, stdin: str = "") -> Typed:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        code = cli.run([str(argument) for argument in arguments])
        return Typed(code, *capsys.readouterr())

    return typed


def test_an_account_from_its_making_to_its_end(station: Path, okko: Okko) -> None:
    """Each change says what is now, and stands in the audit with who did it."""

    def done(*arguments: object, stdin: str = "") -> str:
        typed = okko(*arguments, stdin=stdin)
        assert typed.code == 0, typed.err
        return typed.out

    made = done("users", "add", station, "anna", "--role", "technician", "--password-stdin", stdin=f"{PASSWORD}\n")
    assert made == "anna is now a technician\n"
    done("users", "add", station, "ben", "--role", "viewer", "--password-stdin", stdin=f"{PASSWORD}\r\n")
    assert done("users", "role", station, "BEN", "operator") == "ben is now an operator (was viewer)\n"
    assert done("users", "disable", station, "ben") == "ben can no longer log in\n"
    assert "disabled" in done("users", "list", station)
    assert done("users", "enable", station, "ben") == "ben can log in\n"
    done("users", "password", station, "ben", "--password-stdin", stdin="another good one\n")
    book = Book.open(station / "kept")
    assert matches(book.users.hash_of(book.users.get("ben")), "another good one")
    assert matches(book.users.hash_of(book.users.get("anna")), PASSWORD)
    book.close()
    assert done("users", "remove", station, "ben") == "ben is removed\n"
    entries = [json.loads(line) for line in done("audit", station, "--json").splitlines()]
    assert [entry["action"].removeprefix("users.") for entry in entries] == [
        *("add", "add", "role", "disable", "enable", "password", "remove")
    ]
    assert {entry["who"].partition(":")[0] for entry in entries} == {"terminal"}
    assert len(done("audit", station, "--limit", "2").splitlines()) == 2
    assert done("audit", station, "--since", "2h").splitlines()[-1].endswith("users.remove ben  done")


@pytest.mark.parametrize(
    ("arguments", "stdin", "says"),
    [
        (["add", "anna", "--role", "viewer", "--password-stdin"], "short\n", "at least 10 characters, this one has 5"),
        (["add", "anna", "--role", "viewer", "--password-stdin"], "Password2026!\n", "first that anybody tries"),
        (["add", "<b>", "--role", "viewer", "--password-stdin"], f"{PASSWORD}\n", "can't have '<' in it"),
        (["add", "anna", "--role", "viewer"], f"{PASSWORD}\n", "--password-stdin"),
        (["add", "anna", "--role", "boss", "--password-stdin"], f"{PASSWORD}\n", "'technician'"),
        (["role", "anna", "viewer"], "", "there is no account 'anna'"),
        (["remove", "anna"], "", "there is no account 'anna'"),
        (["password", "anna", "--password-stdin"], f"{PASSWORD}\n", "there is no account 'anna'"),
    ],
)
def test_what_is_wrong_is_refused_with_the_reason(
    station: Path, okko: Okko, arguments: list[str], stdin: str, says: str
) -> None:
    """Exit 2, and no account is there afterwards."""
    verb, *rest = arguments
    typed = okko("users", verb, station, *rest, stdin=stdin)
    assert (typed.code, typed.out) == (2, "")
    assert says in typed.err
    book = Book.open(station / "kept")
    assert book.users.all() == []
    book.close()


def test_the_last_technician_goes_only_by_force(station: Path, okko: Okko) -> None:
    """The refusal is noted too."""
    okko("users", "add", station, "anna", "--role", "technician", "--password-stdin", stdin=f"{PASSWORD}\n")
    refused = okko("users", "remove", station, "anna")
    assert refused.code == 2
    assert "last technician" in refused.err
    assert okko("users", "remove", station, "anna", "--force").code == 0
    entries = okko("audit", station, "--json").out.splitlines()
    assert [json.loads(line)["result"] for line in entries] == ["done", "refused", "done"]


def test_where_there_is_nothing_nothing_is_made(station: Path, okko: Okko) -> None:
    """To look is no reason for a store; the list says how to make the first account."""
    assert f"okko users add {station} NAME --role technician" in okko("users", "list", station).err
    assert okko("audit", station).code == 0
    assert not (station / "kept").exists()


def test_the_password_is_asked_for_twice_and_not_shown(station: Path) -> None:
    """In a real terminal: what is typed does not come back on the screen."""
    command = [sys.executable, "-m", "okko", "users", "add", str(station), "anna", "--role", "technician"]
    with PseudoTerminal(command) as terminal:
        terminal.until("Password: ")
        terminal.type(PASSWORD.encode() + b"\n")
        terminal.until("The same again: ")
        terminal.type(b"something else\n")
        assert terminal.end() == 1
        assert "the two are not the same" in terminal.text
    with PseudoTerminal(command) as terminal:
        terminal.until("Password: ")
        terminal.type(PASSWORD.encode() + b"\n")
        terminal.until("The same again: ")
        terminal.type(PASSWORD.encode() + b"\n")
        assert terminal.end() == 0
        assert "anna is now a technician" in terminal.text
        assert PASSWORD not in terminal.text


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file for somebody else")
def test_what_root_makes_belongs_to_who_has_the_data(station: Path) -> None:
    """`sudo okko users add` must not keep the dashboard from its own store."""
    (station / "kept").mkdir()
    os.chown(station / "kept", 65534, 65534)
    subprocess.run(
        [sys.executable, "-m", "okko", "users", "add", station, "anna", "--role", "viewer", "--password-stdin"],
        input=PASSWORD.encode(),
        check=True,
    )
    folder = station / "kept" / "dashboard"
    assert {path.stat().st_uid for path in (folder, *folder.iterdir())} == {65534}
