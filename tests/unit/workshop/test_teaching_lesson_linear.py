"""`okko teach --method linear` with the real backbone: a bundle, of what people labelled, that tells bad ducks."""

import json
from pathlib import Path
from typing import Any

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
