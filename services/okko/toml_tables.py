"""A TOML file as it is, not yet understood."""

import tomllib
from pathlib import Path
from typing import Any

from okko.errors import ConfigError


def read(path: Path) -> dict[str, Any]:
    """The tables of a TOML file.

    Raises:
        ConfigError: if it is not there, not readable or not TOML; with the line where it breaks.
    """
    return understood(path, text_of(path))


def text_of(path: Path) -> str:
    """The text of a file, each line end as it stands there.

    Raises:
        ConfigError: if it is not there, not readable or not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError as error:
        raise ConfigError.one(path, "", "there is no such file") from error
    except UnicodeDecodeError as error:
        raise ConfigError.one(path, "", f"is not UTF-8 text: byte {error.start} is wrong") from error
    except OSError as error:
        raise ConfigError.one(path, "", f"cannot be read: {error.strerror or error}") from error


def understood(path: Path, text: str) -> dict[str, Any]:
    """The tables of TOML text that stands, or is to stand, in a file.

    Raises:
        ConfigError: if it is not TOML; with the line where it breaks.
    """
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError.one(path, "", f"is not valid TOML: {error}") from error


def parse(text: str) -> dict[str, Any]:
    """The tables of TOML text.

    Raises:
        ValueError: if it is none.
    """
    return tomllib.loads(text)
