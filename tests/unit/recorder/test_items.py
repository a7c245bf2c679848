"""`okko items` as people and programs use it."""

import hashlib
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from okko.errors import ConfigError
from recorder.archive import Archive
from recorder.items import items
from recorder.records import FrameEntry, ItemEntry

ItemMaker = Callable[..., ItemEntry]
FrameMaker = Callable[..., FrameEntry]


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(items, [str(argument) for argument in arguments])


@pytest.fixture
def recorded(station_folder: Path, item_entry: ItemMaker, frame_entry: FrameMaker) -> Path:
    """A station with one OK and one KO item, and a frame of the latter."""
    archive = Archive.open(station_folder / "data")
    ko = {"verdict": "KO", "reason": "camera_fault", "finding": "top: no frame", "part_id": "Entlein-ü"}
    archive.keep(
        [
            item_entry(),
            item_entry(item_id="item-2", decided_at="2026-11-23T03:00:00Z", seq=2, **ko),
            frame_entry(item_id="item-2", frame_id="item-2-top-0"),
        ]
    )
    archive.close()
    return station_folder


def test_json_is_the_item_and_its_frames(recorded: Path) -> None:
    """One object a line, oldest first; the path opens from anywhere and the file has the hash."""
    result = _run(recorded, "--json")
    first, second = [json.loads(line) for line in result.stdout.splitlines()]
    assert (first["item_id"], first["trigger"], first["frames"]) == ("item-1", {"part_id": "duck-1", "seq": 1}, [])
    assert (second["item_id"], second["part_id"]) == ("item-2", "Entlein-ü")
    (frame,) = second["frames"]
    content = Path(frame["path"]).read_bytes()
    assert Path(frame["path"]).is_absolute()
    assert hashlib.sha256(content).hexdigest() == frame["sha256"]
    assert (frame["camera"], frame["source"], frame["size_bytes"]) == ("top", "duck.jpg", len(content))
    assert (result.exit_code, result.stderr) == (0, "")


def test_a_table_for_people(recorded: Path) -> None:
    """Headings, then a line an item, with what they ask first: which part, and why."""
    lines = _run(recorded / "station.toml").stdout.splitlines()
    assert [line.split()[1] for line in lines] == ["verdict", "OK", "KO"]
    assert "Entlein-ü" in lines[2]
    assert lines[2].endswith("top: no frame")


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        (["--verdict", "KO"], ["item-2"]),
        (["--verdict", "ok"], ["item-1"]),
        (["--reason", "camera_fault"], ["item-2"]),
        (["--since", "2026-11-23T02:30Z"], ["item-2"]),
        (["--until", "2026-11-23T02:30Z"], ["item-1"]),
        (["--since", "1s", "--until", "2000-01-01"], []),
        (["--limit", "1"], ["item-2"]),
        (["--camera", "side"], []),
        (["--part", "duck-1"], ["item-1"]),
        (["--text", "ENTLEIN-Ü"], ["item-2"]),
        (["--finding", "no frame", "--unlabelled"], ["item-2"]),
        (["--labelled"], []),
        (["--min-score", "0.5"], []),
        (["--not-borderline", "--limit", "1"], ["item-2"]),
    ],
)
def test_options_choose(recorded: Path, options: list[str], wanted: list[str]) -> None:
    """Each by itself; nothing found is an empty list and no error."""
    result = _run(recorded, "--json", *options)
    assert [json.loads(line)["item_id"] for line in result.stdout.splitlines()] == wanted
    assert result.exit_code == 0


def test_what_is_not_searched_yet_is_said(recorded: Path) -> None:
    """A record of an older okko; only where it matters."""
    with sqlite3.connect(recorded / "data" / "store.sqlite") as store:
        store.execute("UPDATE facts_lacking SET id = 1")
    found = _run(recorded, "--finding", "no frame")
    assert "Only what was decided from 2026-11-23T03:00:00.000Z on is searched" in found.stderr
    assert _run(recorded, "--verdict", "KO").stderr == ""


@pytest.mark.parametrize(
    "options", [["--verdict", "MAYBE"], ["--reason", "weather"], ["--since", "noon"], ["--limit", "0"], ["--unknown"]]
)
def test_wrong_options_are_the_users_input(recorded: Path, options: list[str]) -> None:
    """Exit 2, the reason on stderr, nothing on stdout."""
    result = _run(recorded, *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert options[0] in result.stderr


def test_a_folder_without_a_station_is_a_configuration_error(tmp_path: Path) -> None:
    """Which the command line turns into exit 2."""
    assert isinstance(_run(tmp_path).exception, ConfigError)


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_nothing_recorded_yet_is_an_empty_list(station_folder: Path, options: list[str]) -> None:
    """With a note for people, and no data folder made by looking."""
    result = _run(station_folder, *options)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "Nothing is recorded yet" in result.stderr
    assert not (station_folder / "data").exists()


def test_a_damaged_store_is_a_failure_in_words(recorded: Path) -> None:
    """Exit 1 and no traceback."""
    store = recorded / "data" / "store.sqlite"
    content = bytearray(store.read_bytes())
    content[4096:] = b"\x55" * (len(content) - 4096)
    store.write_bytes(content)
    result = _run(recorded)
    assert result.exit_code == 1
    assert "cannot be read" in result.stderr


def test_a_reader_that_has_enough_is_no_error(station_folder: Path, item_entry: ItemMaker) -> None:
    """`| head -1` ends the list quietly with exit 0, also where much more was to come."""
    archive = Archive.open(station_folder / "data")
    archive.keep([item_entry(item_id=f"i{number:05d}") for number in range(5000)])
    archive.close()
    script = "from recorder.items import items; items()"
    command = [sys.executable, "-c", script, str(station_folder), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["item_id"] == "i00000"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 0


def test_help_has_examples() -> None:
    """And says what a limit means."""
    text = " ".join(_run("--help").stdout.split())
    assert "okko items stations/ducks --verdict KO" in text
    assert "The newest N that match; still printed oldest first" in text


@pytest.mark.parametrize(
    ("where_to", "told"),
    [("/dev/full", (1, "okko: where the output goes: No space left on device. Make room\n")), ("&-", (0, ""))],
)
def test_where_the_list_cannot_go_is_said_in_a_line(recorded: Path, where_to: str, told: tuple[int, str]) -> None:
    """A full disk, which is an error; and a stdout that was closed: whoever did that wants no list."""
    command = f'exec "$0" -m okko items "$1" --json >{where_to}'
    run = subprocess.run(["sh", "-c", command, sys.executable, recorded], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == told
