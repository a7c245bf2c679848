"""`config-history/` beside a station file: the versions that were in force, by whom, when and why.

Beside the file and not among the station's data: where those lie is one of the things that the file says.
"""

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from okko import toml_file, toml_tables
from okko.durable_file import replace_file
from okko.errors import ConfigError
from okko.settings import Settings
from okko.toml_text import toml_table

FOLDER = "config-history"
KEPT = 50
"""How many versions are kept; the oldest go."""

_INDEX = "history.toml"
_MODE = 0o600
"""A camera's password may stand in them."""

_HEAD = """\
# The versions of the station file that were in force, the oldest first; the texts lie beside this. Written by the
# decision agent and by `okko config`; `okko config history` shows it.
"""

Kind = Literal["found", "activated", "rolled_back"]


class Version(Settings):
    """One version. `found`: a person wrote it with an editor, and it was there when the next one came.

    `done` is false from just before the file is replaced until all agents have taken it over.
    """

    number: Annotated[int, Field(ge=1)]
    kind: Kind
    at: Annotated[str, Field(max_length=40)]
    by: Annotated[str, Field(max_length=200)] = ""
    note: Annotated[str, Field(max_length=1000)] = ""
    sha256: str
    config_sha256: Annotated[str, Field(description="as the items have it that were judged by it")] = ""
    of: Annotated[int | None, Field(description="the number of the version that was gone back to")] = None
    done: bool = True


class History(Settings):
    """All versions that are kept, the oldest first."""

    version: tuple[Version, ...] = ()

    @property
    def newest(self) -> Version | None:
        """The last one."""
        return self.version[-1] if self.version else None

    def settled(self, sha256: str) -> "History":
        """The history beside a file of this hash: without a version that was begun and never put in its place."""
        before = self.version[:-1]
        if self.newest is not None and not self.newest.done and before and before[-1].sha256 == sha256:
            return History(version=before)
        return self

    def and_then(self, version: Version) -> "History":
        """With one more, and no more than are kept."""
        return History(version=(*self.version, version)[-KEPT:])

    def done(self) -> "History":
        """With nothing under way."""
        versions = (v if v.done else v.model_copy(update={"done": True}) for v in self.version)
        return History(version=tuple(versions))

    @property
    def next_number(self) -> int:
        """The number of the version to come."""
        return 1 if self.newest is None else self.newest.number + 1


def read(folder: Path) -> History:
    """The history of the station in this folder; none where nothing was changed yet.

    Raises:
        ConfigError: if it cannot be read.
    """
    path = folder / FOLDER / _INDEX
    return toml_file.validate(path, toml_tables.read(path), History) if path.exists() else History()


def text_of(folder: Path, number: int) -> str:
    """The text of a version.

    Raises:
        ConfigError: if there is none of that number; with those that there are.
    """
    known = [version.number for version in read(folder).version]
    if number not in known:
        kept = f"Kept are {known[0]} to {known[-1]}" if known else "None is kept: nothing was changed yet"
        raise ConfigError.one(folder / FOLDER, "", f"there is no version {number}", kept)
    return toml_tables.text_of(folder / FOLDER / _name(number))


def write(folder: Path, history: History, texts: Mapping[int, bytes]) -> None:
    """Keep the texts, then say that they are there; on the disk when this returns.

    Raises:
        OSError: if the disk does not take it; the history is then as it was.
    """
    place = folder / FOLDER
    place.mkdir(mode=0o700, exist_ok=True)
    for number, text in texts.items():
        replace_file(place / _name(number), text, mode=_MODE)
    tables = [toml_table("[[version]]", version.model_dump(exclude_none=True)) for version in history.version]
    replace_file(place / _INDEX, "\n".join([_HEAD, *tables]).encode(), mode=_MODE)
    kept = {_name(version.number) for version in history.version}
    for file in place.glob("[0-9]*.toml"):
        if file.name not in kept:
            file.unlink(missing_ok=True)


def sha256_of(content: bytes) -> str:
    """The hash by which a version is told from a file."""
    return hashlib.sha256(content).hexdigest()


@contextlib.contextmanager
def changing(folder: Path) -> Iterator[None]:
    """Nobody else changes this station's file or history meanwhile.

    Raises:
        OSError: if nothing can be written there.
    """
    place = folder / FOLDER
    place.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(place / ".lock", os.O_RDWR | os.O_CREAT, _MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _name(number: int) -> str:
    return f"{number:06d}.toml"
