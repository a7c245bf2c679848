"""A store is brought to the latest version, or refused with words."""

import sqlite3
from pathlib import Path

import pytest

from okko.errors import ConfigError
from recorder.damage import is_damage
from recorder.migrations import LATEST, MIGRATIONS, migrate, version_of


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the store lies."""
    return tmp_path / "store.sqlite"


def _open(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(file, isolation_level=None)


def test_an_empty_file_becomes_a_store(file: Path) -> None:
    """All versions are applied in turn, and once."""
    connection = _open(file)
    assert version_of(connection, file) == 0
    migrate(connection, file)
    migrate(connection, file)
    assert version_of(connection, file) == LATEST == len(MIGRATIONS)


def test_a_store_of_a_newer_okko_is_refused(file: Path) -> None:
    """It is not touched, and the error says which versions there are."""
    connection = _open(file)
    migrate(connection, file)
    connection.execute("PRAGMA user_version = 99")
    with pytest.raises(ConfigError, match="version 99, written by a newer okko"):
        migrate(connection, file)


def test_another_programs_database_is_refused(file: Path) -> None:
    """It is not written to."""
    _open(file).execute("CREATE TABLE ducks (name TEXT)")
    before = file.read_bytes()
    with pytest.raises(ConfigError, match="no store of okko"):
        migrate(_open(file), file)
    assert file.read_bytes() == before


def test_what_is_no_database_is_told_as_damage(file: Path) -> None:
    """So that the recorder moves it aside; it is not written to."""
    file.write_text("This is no database. " * 100)
    with pytest.raises(sqlite3.DatabaseError) as caught:
        migrate(_open(file), file)
    assert is_damage(caught.value)
    assert file.read_text().startswith("This is no database.")


def test_a_step_that_fails_leaves_the_version_before(file: Path) -> None:
    """A migration is whole or not at all: its first statements are taken back when a later one fails."""
    broken = (*MIGRATIONS, ("CREATE TABLE extra (a)", "this is no SQL"))
    connection = _open(file)
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, file, broken)
    assert version_of(connection, file) == LATEST
    assert connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'extra'").fetchone() == (0,)
