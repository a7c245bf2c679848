"""`okko teach --train` on a few small pictures, with PyTorch and the converter: what comes out runs in the agent."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="PyTorch is not installed here: `make train-test` runs what needs it")

from inference_agent.bundle import load_bundle
from inference_agent.model import Model
from okko.cli import run
from shown_parts import record, write_folder, write_station
from workshop.teaching.example import example_of

pytestmark = pytest.mark.timeout(600)

PARTS = 32


def part(number: int, *, bad: bool) -> bytes:
    """A grey plate that lies a little differently each time; a bad one has a dark hole somewhere."""
    rng = np.random.default_rng(number + 10_000 * bad)
    image = rng.normal(120 + rng.uniform(-10, 10), 6, (96, 128, 3))
    x, y = rng.integers(0, 12, 2)
    image[10 + y : 74 + y, 20 + x : 96 + x] += 60
    if bad:
        cv2.circle(image, (int(rng.integers(45, 85)), int(rng.integers(35, 60))), 7, (20, 20, 20), -1)
    return cv2.imencode(".png", image.clip(0, 255).astype(np.uint8))[1].tobytes()


def command(tmp_path: Path, *options: str) -> list[str]:
    """A station, and its parts in folders."""
    station = write_station(tmp_path / "station")
    if not (tmp_path / "good").exists():
        write_folder(tmp_path / "good", [part(number, bad=False) for number in range(PARTS)])
        write_folder(tmp_path / "ko", [part(number, bad=True) for number in range(PARTS)])
    return ["teach", str(station), "--from", str(tmp_path / "good"), "--ko", str(tmp_path / "ko"), "--train", *options]


def trained(tmp_path: Path, capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    """What the command tells as JSON."""
    assert run(command(tmp_path, *options, "--json")) == 0, capsys.readouterr().err
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def test_labelled_parts_train_a_network_that_tells_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An int8 bundle that the agent runs; its card's scores are the agent's own, its figures of parts held out."""
    told = trained(tmp_path, capsys)
    assert (told["method"], told["good"], told["ko"], told["activated"]) == ("cnn", PARTS, PARTS, False)
    assert (told["false_rejects"]["of"], told["escapes"]["of"]) == (PARTS // 4, PARTS // 4)
    bundle = Path(told["bundle"])
    settings = load_bundle(bundle)
    assert (settings.decoder.kind, settings.labels) == ("classification", ("OK", "KO"))
    assert {path.name for path in bundle.iterdir()} == {"CARD.md", "model.tflite", "model.toml", "report.html"}
    model = Model(bundle, settings)

    def chance(picture: bytes) -> float:
        scores = model.look(example_of(picture, "1", "OK").open()).decoded.scores
        assert scores is not None
        return scores["KO"]

    of_good = [chance(part(number, bad=False)) for number in range(500, 520)]
    of_ko = [chance(part(number, bad=True)) for number in range(500, 520)]
    right = sum(one < 0.5 for one in of_good) + sum(one > 0.5 for one in of_ko)
    assert right >= 36, (of_good, of_ko)
    card = (bundle / "CARD.md").read_text()
    rows = [row for line in card.splitlines() if len(row := [cell.strip() for cell in line.split("|")]) == 7]
    rows = [row for row in rows if len(row[5]) == 64]
    assert len(rows) == 2 * PARTS
    held = {row[1]: float(row[4]) for row in rows if row[3] == "good"}
    assert sorted(held) == [f"{number:03d}.jpg" for number in range(3, PARTS, 4)]
    for name, score in held.items():
        assert chance((tmp_path / "good" / name).read_bytes()) == pytest.approx(score, abs=2e-6)
    assert "int8 beside float" in card
    # The same parts, seed and versions: the same bytes, but for the version's number.
    again = Path(trained(tmp_path, capsys)["bundle"])
    assert again.name.endswith("-2")
    assert (again / "model.tflite").read_bytes() == (bundle / "model.tflite").read_bytes()


def test_time_that_is_short_ends_it_and_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What came of it is what it is; a person hears that there was no time for more."""
    station = write_station(tmp_path / "station")
    pictures = [part(number, bad=bad) for bad in (False, True) for number in range(20)]
    record(station / "data", pictures, ["OK"] * 20 + ["KO"] * 20)
    assert run(["teach", str(station), "--labels", "--train", "--minutes", "0.01", "--any-way", "--json"]) in {0, 1}
    said = capsys.readouterr()
    if said.out:
        assert any("there was time for" in warning for warning in json.loads(said.out)["warnings"])
    else:  # hardly trained at all, int8 may say something else: then it is refused
        assert "as int8 it is another model" in said.err


def test_too_few_parts_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2, how many it takes, and what learns from fewer."""
    station = write_station(tmp_path / "station")
    good = write_folder(tmp_path / "good", [part(number, bad=False) for number in range(20)])
    ko = write_folder(tmp_path / "ko", [part(number, bad=True) for number in range(19)])
    assert run(["teach", str(station), "--from", str(good), "--ko", str(ko), "--train"]) == 2
    said = capsys.readouterr().err
    assert "19 are too few" in said
    assert "--method linear" in said
    assert not (station / "taught").exists()


def test_a_training_that_is_killed_leaves_nothing(tmp_path: Path) -> None:
    """Neither a bundle nor half of one."""
    program = "import sys; from okko.cli import run; sys.exit(run(sys.argv[1:]))"
    process = subprocess.Popen([sys.executable, "-c", program, *command(tmp_path)], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("training a network"):
            break
    time.sleep(0.5)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert not (tmp_path / "station" / "taught").exists()
