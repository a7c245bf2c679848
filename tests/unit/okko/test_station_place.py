"""Where a station is and where its data go, told without its settings."""

import subprocess
import sys
from pathlib import Path

import pytest

from okko.errors import ConfigError
from okko.station_place import DATA_VARIABLE, data_folder, find


@pytest.fixture(autouse=True)
def _no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(DATA_VARIABLE, raising=False)


def test_a_station_that_is_not_there(tmp_path: Path) -> None:
    """A folder without a station file, and no folder at all, are told apart."""
    with pytest.raises(ConfigError, match=r"there is no station\.toml in this folder"):
        find(tmp_path)
    with pytest.raises(ConfigError, match="there is no such file or folder"):
        find(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("text", "folder"), [("", "data"), ("[recorder]\n", "data"), ('[recorder]\npath = "record"\n', "record")]
)
def test_data_lie_where_the_station_says(
    tmp_path: Path, text: str, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside the station file, in the folder that it names, or where OKKO_DATA says."""
    (tmp_path / "station.toml").write_text(text)
    assert data_folder(tmp_path) == tmp_path / folder
    monkeypatch.setenv(DATA_VARIABLE, "/volume")
    assert data_folder(tmp_path / "station.toml") == Path("/volume")


@pytest.mark.parametrize("text", ["recorder = 3", "[recorder]\npath = 3", "[recorder]\npath = {}", "[[recorder]]\n"])
def test_a_file_that_does_not_say_where_is_refused(tmp_path: Path, text: str) -> None:
    """With the key, and who tells all that is wrong."""
    (tmp_path / "station.toml").write_text(text)
    with pytest.raises(ConfigError, match=r"recorder\.path: must be text, in quotes\. `okko check`"):
        data_folder(tmp_path)


def test_who_reads_the_record_does_not_wait_for_settings_to_be_understood() -> None:
    """The record is looked up dozens of times a day: the command loads neither pydantic nor any agent's libraries."""
    script = "import sys, recorder.items; print(*{'pydantic', 'cv2', 'numpy', 'rich', 'asyncio'} & set(sys.modules))"
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert out.split() == []
