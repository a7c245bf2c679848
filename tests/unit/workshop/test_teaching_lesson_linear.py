"""`okko teach --method linear` with the real backbone: a bundle, of what people labelled, that tells bad ducks."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from inference_agent.bundle import load_bundle
from inference_agent.model import Model
from okko.cli import run
from shown_parts import draw_ducks, record, write_folder, write_station
from taught_station import backbone_folder
from workshop.teaching.amounts import LEAST_KO
from workshop.teaching.example import example_of

GOOD, KO = 20, 12


@pytest.fixture(scope="module")
def ducks() -> tuple[list[bytes], list[bytes]]:
    """Good ones and bad ones: to teach from, and six of each to ask about."""
    return draw_ducks(11, GOOD + 6, KO + 6)


@pytest.fixture(scope="module")
def backbone(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> str:
    """The folder of a backbone."""
    return str(backbone_folder(tmp_path_factory.mktemp("backbone"), shared_data))


def test_what_people_labelled_teaches_a_classifier(
    ducks: tuple[list[bytes], list[bytes]], backbone: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of ducks that it has not seen most good ones and bad ones get probabilities that tell them apart."""
    good, ko = ducks
    folder = write_station(tmp_path / "station")
    record(folder / "data", [*good[:GOOD], *ko[:KO]], ["OK"] * GOOD + ["KO"] * KO)
    asked = ("--labels", "--method", "linear", "--false-rejects", "5%", "--backbone", backbone, "--json")
    assert run(["teach", str(folder), *asked]) == 0, capsys.readouterr().err
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (told["method"], told["good"], told["ko"], told["activated"]) == ("linear", GOOD, KO, False)
    assert 0 < told["threshold"] < 1
    assert told["escapes"]["of"] == KO
    bundle = Path(told["bundle"])
    settings = load_bundle(bundle)
    assert (settings.decoder.kind, settings.labels, settings.files[1]) == ("classification", ("OK", "KO"), "head.npz")
    assert "so was each KO part" in (bundle / "CARD.md").read_text()
    model = Model(bundle, settings)

    def chance(picture: bytes) -> float:
        scores = model.look(example_of(picture, "1", "OK").open()).decoded.scores
        assert scores is not None
        return scores["KO"]

    of_good, of_ko = [chance(picture) for picture in good[GOOD:]], [chance(picture) for picture in ko[KO:]]
    right = sum(one < 0.5 for one in of_good) + sum(one > 0.5 for one in of_ko)
    assert right >= 9, (of_good, of_ko)


def test_too_few_ko_parts_are_refused(
    ducks: tuple[list[bytes], list[bytes]], backbone: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 2, how many it takes, and that there is another way; nothing is written."""
    good, ko = ducks
    folder = write_station(tmp_path / "station")
    shown_good, shown_ko = (
        write_folder(tmp_path / "good", good[:GOOD]),
        write_folder(tmp_path / "ko", ko[: LEAST_KO - 1]),
    )
    asked = ("--from", str(shown_good), "--ko", str(shown_ko))
    assert run(["teach", str(folder), *asked, "--method", "linear", "--backbone", backbone]) == 2
    assert f"{LEAST_KO - 1} KO parts are too few" in capsys.readouterr().err
    assert not (folder / "taught").exists()


def _ring(number: int, *, colour: tuple[int, int, int] = (90, 90, 90), hole: bool = False) -> bytes:
    """A part on a noisy ground, with a coloured stain or a hole."""
    random = np.random.default_rng(number)
    image = random.integers(150, 190, (240, 320, 3), np.uint8)
    cv2.circle(image, (160 + number % 5, 120), 80, colour, -1)
    if hole:
        cv2.rectangle(image, (120, 60), (200, 180), (250, 250, 250), -1)
    return cv2.imencode(".png", image)[1].tobytes()


def test_defects_are_told_apart_by_their_names(
    backbone: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name that enough parts have is a label of the bundle; those of a rare one teach nothing, which is said."""
    folder = write_station(tmp_path / "station")
    good = [_ring(number) for number in range(14)]
    stains = [_ring(100 + number, colour=(20, 20, 230)) for number in range(6)]
    holes = [_ring(200 + number, hole=True) for number in range(6)]
    rare = [_ring(300, colour=(230, 20, 20))]
    labels = ["OK"] * 14 + ["stain"] * 6 + ["hole"] * 6 + ["odd"]
    record(folder / "data", [*good, *stains, *holes, *rare], labels)
    asked = ("--labels", "--method", "linear", "--classes", "--backbone", backbone, "--json")
    assert run(["teach", str(folder), *asked]) == 0, capsys.readouterr().err
    out = capsys.readouterr()
    told: dict[str, Any] = json.loads(out.out)
    assert told["labels"] == ["OK", "hole", "stain"]
    assert "1 KO parts without the name of a defect that 5 have taught nothing" in out.err
    bundle = Path(told["bundle"])
    model = Model(bundle, load_bundle(bundle))

    def label(picture: bytes) -> str | None:
        return model.look(example_of(picture, "1", "OK").open()).decoded.label

    assert label(_ring(50)) == "OK"
    assert label(_ring(150, colour=(20, 20, 230))) == "stain"
    assert label(_ring(250, hole=True)) == "hole"


def test_classes_want_names_and_the_method_for_it(
    backbone: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each is said with what to do."""
    folder = write_station(tmp_path / "station")
    record(folder / "data", [_ring(number) for number in range(26)], ["OK"] * 14 + ["KO"] * 12)
    asked = ("--labels", "--backbone", backbone, "--classes")
    assert run(["teach", str(folder), *asked]) == 2
    assert "give that too" in capsys.readouterr().err
    assert run(["teach", str(folder), *asked, "--method", "linear"]) == 2
    assert "no defect has 5 parts. Label more of them by the name of their defect" in capsys.readouterr().err
