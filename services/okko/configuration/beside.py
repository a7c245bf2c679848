"""The station file looked at and changed where nothing runs: what the decision agent does else."""

from pathlib import Path
from typing import Any

from okko import station, toml_tables
from okko.configuration import activation, history
from okko.configuration.activation import Signed
from okko.configuration.masking import masked, told_sha256
from okko.errors import ConfigError
from okko.station_check import problems_of
from okko.station_place import find


def get(folder: Path) -> dict[str, Any]:
    """The station file, whether it is right or not.

    Raises:
        ConfigError: if there is none.
    """
    return activation.told(find(folder))


def versions(folder: Path) -> dict[str, Any]:
    """The versions that were in force, the newest first.

    Raises:
        ConfigError: if the history cannot be read.
    """
    file = find(folder)
    kept = history.read(file.parent).settled(history.sha256_of(file.read_bytes()))
    return {"versions": [v.model_dump(exclude={"sha256"}, exclude_none=True) for v in reversed(kept.version)]}


def version(folder: Path, number: int) -> str:
    """The text of one, as it may be told.

    Raises:
        ConfigError: if it is not kept.
    """
    return masked(history.text_of(find(folder).parent, number))


def activate(folder: Path, text: str, based_on: str | None, by: str, note: str) -> dict[str, Any]:
    """Put a text in the place of the station file. `based_on` None: whatever is there.

    Raises:
        ConfigError: if it is wrong, or the file is not what it was based on. Nothing has changed.
    """
    file = find(folder)
    whole = activation.whole(file, text)
    return _put(file, whole, based_on, Signed(by, note))


def roll_back(folder: Path, number: int, by: str, note: str) -> dict[str, Any]:
    """Put an earlier version in the place of the station file.

    Raises:
        ConfigError: if it is not kept, or does not fit the station's models any more. Nothing has changed.
    """
    file = find(folder)
    return _put(file, history.text_of(file.parent, number), None, Signed(by, note, number))


def _put(file: Path, text: str, based_on: str | None, signed: Signed) -> dict[str, Any]:
    after = station.load(file, text=text)
    if problems := problems_of(after):
        raise ConfigError(file, problems)
    signed = Signed(signed.by, signed.note, signed.of, after.config_sha256)
    present = told_sha256(toml_tables.text_of(file)) if based_on is None else based_on
    made = activation.put_in_force(file, text, present, signed, done=True)
    return {"number": made.number, "sha256": told_sha256(text), "config_sha256": after.config_sha256, "behind": []}
