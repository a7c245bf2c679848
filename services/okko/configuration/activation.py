"""Another text in the place of the station file, so that a kill at any moment leaves the old one or the new one, whole.

In this order: the version that is there is kept, if it is not yet; the new one is kept as begun; the file is replaced.
A version that was begun and is not the file's was never in force.
"""

import errno
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from okko import clock, toml_tables
from okko.configuration import history as versions
from okko.configuration.history import History, Kind, Version
from okko.configuration.masking import UnknownSecret, masked, told_sha256, unmasked
from okko.durable_file import replace_file
from okko.errors import ConfigError, Problem
from okko.station import Station

_IDENTITY = ("site", "line", "name", "base")
_REFUSED = {errno.EROFS, errno.EACCES, errno.EPERM}


@dataclass(frozen=True, slots=True)
class Signed:
    """Who wants a version in force, and why. `of`: it goes back to the one of this number.

    `config_sha256` is what the items will have that are judged by it.
    """

    by: str
    note: str = ""
    of: int | None = None
    config_sha256: str = ""

    @property
    def kind(self) -> Kind:
        """How it is called in the history."""
        return "activated" if self.of is None else "rolled_back"


def whole(file: Path, text: str) -> str:
    """The text with what was masked in it put back from the file.

    Raises:
        ConfigError: if something was masked that the file does not have.
    """
    try:
        return unmasked(text, toml_tables.text_of(file))
    except UnknownSecret as error:
        what = f"{error.url} has its user or key masked, and the station file has none for it"
        raise ConfigError.one(file, "", what, "Write the address in full") from error


def fixed(before: Station, after: Station) -> Iterator[Problem]:
    """What cannot be changed while the station runs: by what all find it, and each other."""
    one, other = before.own or before.file, after.own or after.file
    remedy = "Stop the station, `okko config activate --offline`, and start it again"
    for key in _IDENTITY:
        was, wanted = getattr(one.station, key), getattr(other.station, key)
        if was != wanted:
            yield Problem(f"station.{key}", f"is {was!r}, and cannot become {wanted!r} while the station runs", remedy)
    if one.broker != other.broker:
        yield Problem("broker", "cannot be changed while the station runs", remedy)


def put_in_force(file: Path, text: str, based_on: str, signed: Signed, *, done: bool = False) -> Version:
    """Write the text, checked before, into the station file, and the history. `based_on`: what it was made of.

    `based_on` is the `told_sha256` of that text. `done`: nobody runs who would have to take it over.

    Raises:
        ConfigError: if the file is not what the text was made of, if nothing would change, or if it cannot be written.
            The file is as it was.
    """
    try:
        with versions.changing(file.parent):
            return _replaced(file, text, based_on, signed, done=done)
    except OSError as error:
        why = error.strerror or str(error)
        remedy = "Make room" if error.errno == errno.ENOSPC else "Look at the disk"
        if error.errno in _REFUSED:
            remedy = (
                "The decision agent must be allowed to write into the station's folder; where a container mounts it "
                "read-only, change the file on the machine itself and start the containers again"
            )
        raise ConfigError.one(file, "", f"cannot be replaced: {why}", remedy) from error


def finish(folder: Path) -> None:
    """Say that all agents have taken over what is in force.

    Raises:
        OSError, ConfigError: if the history cannot be read or written.
    """
    with versions.changing(folder):
        history = versions.read(folder)
        versions.write(folder, history.done(), {})


def _replaced(file: Path, text: str, based_on: str, signed: Signed, *, done: bool) -> Version:
    present, wanted = file.read_bytes(), text.encode()
    history = versions.read(file.parent).settled(versions.sha256_of(present))
    if told_sha256(present.decode(errors="replace")) != based_on:
        raise ConfigError.one(file, "", _changed(history, present), _AGAIN)
    if wanted == present:
        raise ConfigError.one(file, "", "is this very text already; nothing is to be changed")
    texts = {}
    newest = history.newest
    if newest is None or newest.sha256 != versions.sha256_of(present):
        found = _version(history, "found", present, Signed(by="", note="written with an editor"))
        found = found.model_copy(update={"at": clock.utc_text(file.stat().st_mtime_ns)})
        texts[found.number] = present
        history = history.and_then(found)
    version = _version(history, signed.kind, wanted, signed).model_copy(update={"done": False})
    texts[version.number] = wanted
    begun = history.done().and_then(version)
    versions.write(file.parent, begun, texts)
    replace_file(file, wanted, mode=stat.S_IMODE(file.stat().st_mode))
    if done:
        versions.write(file.parent, begun.done(), {})
    return version


_AGAIN = "Take what is in force now (`okko config show`) and put your changes into that"


def _changed(history: History, present: bytes) -> str:
    newest = history.newest
    if newest is None or newest.sha256 != versions.sha256_of(present):
        return "is not what yours was made of: it was changed with an editor meanwhile"
    who = f" by {newest.by}" if newest.by else ""
    return f"is not what yours was made of: version {newest.number} was activated{who} at {newest.at}"


def _version(history: History, kind: Kind, content: bytes, signed: Signed) -> Version:
    return Version(
        number=history.next_number,
        kind=kind,
        at=clock.utc_now(),
        by=signed.by,
        note=signed.note,
        sha256=versions.sha256_of(content),
        config_sha256=signed.config_sha256,
        of=signed.of,
    )


def told(file: Path) -> dict[str, object]:
    """The text of a station file as it may be told, and the hash that a change of it is to be based on."""
    text = toml_tables.text_of(file)
    return {"text": masked(text), "sha256": told_sha256(text)}
