"""Where a station's file lies, and where it keeps what it makes.

Without the rest of its file: who reads the record waits for no camera's and no model's settings to be checked (and for
no library that checks them), and reads it even where one of them is wrong.
"""

import os
from pathlib import Path

from okko import toml_tables
from okko.errors import ConfigError

FILE_NAME = "station.toml"
DATA_VARIABLE = "OKKO_DATA"
"""Takes the place of `path` under [recorder]: the same station with its data on the volume of a container."""

DATA_FOLDER = "data"


def find(path: Path) -> Path:
    """The station file that a folder, or the path of the file itself, names.

    Raises:
        ConfigError: if there is none.
    """
    file = path / FILE_NAME if path.is_dir() else path
    if not file.is_file():
        what = f"there is no {FILE_NAME} in this folder" if path.is_dir() else "there is no such file or folder"
        raise ConfigError.one(path, "", what, "Give a station's folder or its station.toml")
    return file.resolve()


def data_folder(path: Path) -> Path:
    """The folder below which the station of this folder, or file, keeps what it makes.

    Raises:
        ConfigError: if there is no station, if its file is no TOML, or does not say where.
    """
    file = find(path)
    recorder = toml_tables.read(file).get("recorder", {})
    folder = recorder.get("path", DATA_FOLDER) if isinstance(recorder, dict) else None
    if not isinstance(folder, str):
        raise ConfigError.one(file, "recorder.path", "must be text, in quotes", "`okko check` says all that is wrong")
    return file.parent / (os.environ.get(DATA_VARIABLE) or folder)
