"""`okko teach` as people and programs use it, with the real backbone."""

import filecmp
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from inference_agent.bundle import load_bundle
from inference_agent.model import Model
from okko.cli import run
from okko.errors import ImageError
from shown_parts import draw_ducks, record, small_picture, write_folder, write_station
from workshop.teaching.example import example_of

GOOD, KO = 14, 4


@pytest.fixture(scope="module")
def ducks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `good`, `ko`, and `more` good ducks."""
    folder = tmp_path_factory.mktemp("ducks")
    good, ko = draw_ducks(31, GOOD + 4, KO)
    write_folder(folder / "good", good[:GOOD])
    write_folder(folder / "more", good[GOOD:])
    write_folder(folder / "ko", ko)
    return folder


@pytest.fixture
def station(tmp_path: Path) -> Path:
    """A station with a camera `top`, on a broker that is not there."""
    return write_station(tmp_path / "station")


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory, ducks: Path) -> Path:
    """A bundle, taught from the good ducks, with the KO ones shown."""
    to = tmp_path_factory.mktemp("taught") / "to"
    folder = write_station(to.parent / "station")
    options = ("--from", str(ducks / "good"), "--ko", str(ducks / "ko"), "--to", str(to))
    assert run(["teach", str(folder), *options, "--false-rejects", "10%", "--method", "padim"]) == 0
    return to / "station-top-taught-1"


def _label(bundle: Path, picture: bytes) -> str | None:
    return Model(bundle, load_bundle(bundle)).look(example_of(picture, "1", "OK").open()).decoded.label


def test_a_bundle_is_made_that_tells_bad_ducks(taught: Path, ducks: Path) -> None:
    """It loads as any bundle does; ducks that it has not seen pass, and those that were shown as KO do not."""
    assert {path.name for path in taught.iterdir()} >= {"model.toml", "model.tflite", "CARD.md", "report.html"}
    bundle = load_bundle(taught)
    assert (bundle.name, bundle.version, bundle.decoder.kind) == ("station-top-taught", "1", "anomaly")
    found = [_label(taught, path.read_bytes()) for path in sorted((ducks / "more").iterdir())]
    assert found.count("OK") >= 3
    assert [_label(taught, path.read_bytes()) for path in sorted((ducks / "ko").iterdir())].count("KO") >= 3


def test_a_part_that_lies_anyhow_is_found_first(station: Path, ducks: Path, tmp_path: Path) -> None:
    """The bundle carries how; a picture without a part gets no verdict but KO."""
    options = ("--from", str(ducks / "good"), "--to", str(tmp_path), "--all-good")
    assert run(["teach", str(station), *options, "--method", "padim", "--locate", "color"]) == 0
    folder = tmp_path / "station-top-taught-1"
    bundle = load_bundle(folder)
    assert bundle.input.locate is not None
    assert bundle.input.locate.by == "color"
    found = [_label(folder, path.read_bytes()) for path in sorted((ducks / "more").iterdir())]
    assert found.count("OK") >= 3
    with pytest.raises(ImageError, match="no part was found"):
        _label(folder, cv2.imencode(".png", np.full((480, 640, 3), 128, np.uint8))[1].tobytes())


def test_the_same_pictures_make_the_same_bundle(taught: Path, ducks: Path, tmp_path: Path) -> None:
    """Byte for byte, card and report too, whenever and wherever it is made."""
    copy = shutil.copytree(ducks, tmp_path / "elsewhere")
    folder = write_station(tmp_path / "station")
    options = ("--from", str(copy / "good"), "--ko", str(copy / "ko"))
    assert run(["teach", str(folder), *options, "--false-rejects", "10%", "--method", "padim"]) == 0
    again = folder / "taught" / taught.name
    names = sorted(path.name for path in taught.iterdir())
    assert sorted(path.name for path in again.iterdir()) == names
    assert filecmp.cmpfiles(taught, again, names, shallow=False) == (names, [], [])


def test_the_next_one_is_another_version(station: Path, ducks: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """None is written over; programs get the result as JSON."""
    options = ("--from", str(ducks / "good"), "--method", "mahalanobis", "--json")
    assert run(["teach", str(station), *options, "--progress", "json"]) == 0
    first = _files(station / "taught")
    said = capsys.readouterr()
    progress = [json.loads(line) for line in said.err.splitlines()]
    assert [line["done"] for line in progress if str(line.get("step")).startswith("looking at")][-1] == GOOD
    assert progress[-1]["result"] == json.loads(said.out)
    assert progress[-1]["result"]["report"] == str(station / "taught" / "station-top-taught-1" / "report.html")
    assert run(["teach", str(station), *options, "--false-rejects", "10%"]) == 0
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert result["bundle"] == str(station / "taught" / "station-top-taught-2")
    assert (result["version"], result["method"], result["wanted"], result["good"]) == ("2", "mahalanobis", 0.1, GOOD)
    assert result["escapes"] is None
    assert 0 < result["false_rejects"]["expected"] <= 0.1
    assert result["activated"] is False
    assert first.items() <= _files(station / "taught").items()


def test_what_people_labelled_is_shown(station: Path, ducks: Path) -> None:
    """Good ones teach, KO ones tell how many escape; each stands in the card with its hash and its part."""
    pictures = [path.read_bytes() for name in ("good", "ko") for path in sorted((ducks / name).iterdir())]
    record(station / "data", pictures, ["OK"] * GOOD + ["KO"] * KO)
    assert run(["teach", str(station), "--labels", "--method", "padim", "--name", "top"]) == 0
    card = (station / "taught" / "top-1" / "CARD.md").read_text()
    assert f"taught from: {GOOD} good parts, {KO} KO parts" in card
    assert "pictures taken: 1970-01-01T00:00:01.000Z to " in card
    assert "| item-1 | duck-1 | good |" in card


BAD_INPUT = [
    (["--from", "few"], 2, "3 good parts are too few"),
    (["--from", "equal"], 2, "all 12 good pictures are the same"),
    (["--from", "broken"], 2, "broken: 2 problems\n  - 001.jpg: cannot be read"),
    (["--from", "nowhere"], 2, "there is no such folder"),
    (["--from", "few", "--ko", "nowhere"], 2, "there is no such folder"),
    (["--from", "few", "--ko", "few"], 2, "is shown as KO and, as 000.jpg, as OK"),
    (["--from", "few", "--camera", "side"], 2, "there is no camera 'side'"),
    (["--from", "few", "--backbone", "few"], 2, "model.toml"),
    (["--from", "few", "--false-rejects", "0"], 2, "is no rate between 0 and 1"),
    (["--from", "few", "--false-rejects", "many"], 2, "write 1%, 0.5% or 0.01"),
    (["--from", "few", "--name", "a/b"], 2, "cannot name a bundle"),
    ([], 2, "say where the good parts come from"),
    (["--recorded", "50"], 2, "nothing is recorded here yet"),
    (["--good", "20"], 1, "no connection to the broker at mqtt://127.0.0.1:1"),
]


@pytest.mark.parametrize(("options", "code", "said"), BAD_INPUT, ids=lambda value: str(value)[:40])
def test_bad_input_is_said_and_changes_nothing(  # noqa: PLR0917 - fixtures
    options: list[str],
    code: int,
    said: str,
    station: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With its exit code; no bundle is made."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("workshop.teaching.from_line.CONNECT_TIMEOUT_S", 0.2)
    write_folder(tmp_path / "few", [small_picture(number) for number in range(3)])
    write_folder(tmp_path / "equal", [small_picture(1)] * 12)
    write_folder(tmp_path / "broken", [small_picture(1), b"rubbish"])
    assert run(["teach", str(station), *options, "--activate"]) == code
    assert said in capsys.readouterr().err
    assert sorted(path.name for path in station.iterdir()) == ["station.toml"]


def test_a_ko_among_the_good_ones_keeps_the_old_model_in_charge(
    station: Path, ducks: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is named, its picture is in the report, and --activate waits for a person."""
    mixed = shutil.copytree(ducks / "good", tmp_path / "mixed")
    hidden = mixed / "hidden.jpg"
    upside_down = example_of((mixed / "003.jpg").read_bytes(), "1", "OK").open().at(1)[::-1]
    cv2.imwrite(str(hidden), upside_down)
    options = ("--from", str(mixed), "--method", "padim", "--activate")
    assert run(["teach", str(station), *options]) == 1
    told = capsys.readouterr().err
    assert "look very unlike the others" in told
    assert "hidden.jpg (score" in told
    assert "is not put in charge: not all parts shown as good look good" in told
    bundle = station / "taught" / "station-top-taught-1"
    assert "Are these good?" in (bundle / "report.html").read_text()
    assert _label(bundle, hidden.read_bytes()) == "KO"
    assert not (station / "models.toml").exists()


def test_a_full_disk_leaves_what_there_was(
    station: Path, ducks: Path, small_disk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The state of a method alone has 8 MB, the disk 6: exit 1, and no half bundle."""
    options = ("--from", str(ducks / "good"), "--method", "padim", "--to", str(small_disk))
    assert run(["teach", str(station), *options]) == 1
    assert "No space left on device. Make room" in capsys.readouterr().err
    assert list(small_disk.iterdir()) == []


def test_killed_while_it_teaches_it_leaves_nothing(station: Path, ducks: Path) -> None:
    """All is learnt before anything is written."""
    command = [sys.executable, "-m", "okko", "teach", str(station), "--from", str(ducks / "good")]
    process = subprocess.Popen([*command], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert any("comparing the methods" in line for line in process.stderr)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stderr.close()
    assert sorted(path.name for path in station.iterdir()) == ["station.toml"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 6 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount, umount = shutil.which("mount"), shutil.which("umount")
    command = [mount or "", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(folder)]
    if not (mount and umount) or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("no right to mount a small file system here")
    yield folder
    subprocess.run([umount, "--lazy", folder], check=True)


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
