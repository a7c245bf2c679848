"""`okko users`: who may log in at the dashboard."""

import getpass
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from dashboard.access.book import Book, file_of
from dashboard.access.names import checked_name
from dashboard.access.now import now_ms
from dashboard.access.passwords import MOST
from dashboard.access.records import Entry, User
from dashboard.access.refused import AccessRefused
from dashboard.access.role import GIVEN, Role
from okko.clock import utc_text
from okko.commands.argument import station_argument
from okko.station_place import data_folder

_ROLES = [role.word for role in GIVEN]
_name = click.argument("name")
_from_stdin = click.option(
    "--password-stdin", is_flag=True, help="Read the password from the first line of stdin, and ask nothing."
)
_force = click.option("--force", is_flag=True, help="Even if no technician is left who can log in.")


@click.group(
    short_help="Who may log in at the dashboard.",
    epilog="""\b
Examples:
  okko users add stations/ducks anna --role technician
  okko users list stations/ducks
  okko users role stations/ducks ben operator
  okko users disable stations/ducks ben
  okko users password stations/ducks anna
""",
)
def users() -> None:
    """Manage the accounts of a station's dashboard, while it runs or when it does not.

    There is none at first, and no default password: make a technician here, who can make others on the page. A viewer
    may look, an operator trigger as well, a technician label, teach, configure and manage users.
    """


@users.command("list", short_help="All accounts.")
@station_argument
def list_users(station: Path) -> None:
    """The accounts of STATION: role, sessions that are open, since when."""
    data = data_folder(station)
    if not file_of(data).exists():
        click.echo(f"There is no account yet. Make one: okko users add {station} NAME --role technician", err=True)
        return
    with _opened(data) as book:
        found = [(user, book.sessions.count(user, now_ms())) for user in book.users.all()]
    width = max((len(user.name) for user, _ in found), default=4)
    if found:
        click.echo(f"{'name'.ljust(width)}  role        state     sessions  since")
    for user, sessions in found:
        state = "disabled" if user.disabled else "active"
        since = utc_text(user.created_ms * 1_000_000)
        click.echo(f"{user.name.ljust(width)}  {user.role.word:<10}  {state:<8}  {sessions:>8}  {since}")


@users.command(short_help="Make an account.")
@station_argument
@_name
@click.option("--role", "word", type=click.Choice(_ROLES), required=True, help="What it may do.")
@_from_stdin
def add(station: Path, name: str, word: str, *, password_stdin: bool) -> None:
    """Make an account at STATION; asks twice for its password, of 10 characters or more."""
    data = data_folder(station)
    name, role = checked_name(name), Role.of(word)
    with _opened(data) as book:
        if book.users.find(name) is not None:
            raise AccessRefused("name_taken", {"name": name})
    password_hash = _hashed(_password(from_stdin=password_stdin), name)
    with _change(data, "users.add", name, role.word) as book:
        book.users.add(name, role, password_hash, now_ms())
    click.echo(f"{name} is now {_with_article(role)}")


@users.command(short_help="Give an account another role.")
@station_argument
@_name
@click.argument("word", metavar="ROLE", type=click.Choice(_ROLES))
@_force
def role(station: Path, name: str, word: str, *, force: bool) -> None:
    """Give the account NAME another ROLE: viewer, operator or technician. Its sessions end."""
    with _change(data_folder(station), "users.role", name, word) as book:
        user = book.users.set_role(name, Role.of(word), now_ms(), force=force)
    click.echo(f"{user.name} is now {_with_article(Role.of(word))} (was {user.role.word})")


@users.command(short_help="Give an account another password.")
@station_argument
@_name
@_from_stdin
def password(station: Path, name: str, *, password_stdin: bool) -> None:
    """Give the account NAME another password; asks twice for it. Its sessions end, and its lock-out with them."""
    data = data_folder(station)
    with _opened(data) as book:
        user = book.users.get(name)
    password_hash = _hashed(_password(from_stdin=password_stdin), user.name)
    with _change(data, "users.password", name) as book:
        book.users.set_password(name, password_hash, now_ms())
        book.failures.forget(name)
    click.echo(f"{user.name} has another password")


@users.command(short_help="Keep an account from logging in.")
@station_argument
@_name
@_force
def disable(station: Path, name: str, *, force: bool) -> None:
    """Keep the account NAME from logging in; its sessions end within a second."""
    _set_disabled(station, name, disabled=True, force=force)


@users.command(short_help="Let a disabled account in again.")
@station_argument
@_name
def enable(station: Path, name: str) -> None:
    """Let the account NAME log in again."""
    _set_disabled(station, name, disabled=False, force=False)


@users.command(short_help="Remove an account.")
@station_argument
@_name
@_force
def remove(station: Path, name: str, *, force: bool) -> None:
    """Remove the account NAME; what it did stays in `okko audit`."""
    with _change(data_folder(station), "users.remove", name) as book:
        user = book.users.remove(name, force=force)
    click.echo(f"{user.name} is removed")


def _set_disabled(station: Path, name: str, *, disabled: bool, force: bool) -> None:
    action = "users.disable" if disabled else "users.enable"
    with _change(data_folder(station), action, name) as book:
        user: User = book.users.set_disabled(name, now_ms(), disabled=disabled, force=force)
    click.echo(f"{user.name} {'can no longer log in' if disabled else 'can log in'}")


def _with_article(role: Role) -> str:
    return f"{'an' if role is Role.OPERATOR else 'a'} {role.word}"


@contextmanager
def _opened(data: Path) -> Iterator[Book]:
    book = Book.open(data)
    try:
        yield book
    except sqlite3.Error as error:
        message = f"{file_of(data)} cannot be read or written: {error}"
        raise click.ClickException(message) from error
    finally:
        book.close()


@contextmanager
def _change(data: Path, action: str, name: str, detail: str = "") -> Iterator[Book]:
    """The store for one change, which the audit has an entry of: done, or refused."""
    who = f"terminal:{getpass.getuser()}"
    with _opened(data) as book:
        try:
            with book.change():
                yield book
                book.audit.add(Entry(who, None, "", action, name, "done", detail), now_ms())
        except AccessRefused as refused:
            with book.change():
                book.audit.add(Entry(who, None, "", action, name, "refused", str(refused)), now_ms())
            raise


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        # A line is read to a bound: a file that is none of passwords is not read whole.
        return sys.stdin.readline(4 * MOST).rstrip("\r\n")
    if not sys.stdin.isatty():
        message = "There is no terminal to ask in. Give the password on stdin, with --password-stdin."
        raise click.UsageError(message)
    first = getpass.getpass("Password: ")
    if first != getpass.getpass("The same again: "):
        message = "the two are not the same; nothing was changed"
        raise click.ClickException(message)
    return first


def _hashed(password: str, name: str) -> str:
    try:
        from dashboard.access.hashing import hashed
    except ModuleNotFoundError as error:
        message = f"{error.name} is not installed here, which hashes passwords: install okko[dashboard]"
        raise click.ClickException(message) from error
    return hashed(password, name)
