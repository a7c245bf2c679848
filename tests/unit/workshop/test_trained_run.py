from importlib.util import find_spec
from pathlib import Path

import pytest

from okko.cli import run
from shown_parts import small_picture, write_folder, write_station


@pytest.fixture
def asked(tmp_path: Path) -> list[str]:
    """A station, twenty good parts and twenty KO parts."""
    station = write_station(tmp_path / "station")
    good = write_folder(tmp_path / "good", [small_picture(number) for number in range(20)])
    ko = write_folder(tmp_path / "ko", [small_picture(number) for number in range(100, 120)])
    return ["teach", str(station), "--from", str(good), "--ko", str(ko)]


@pytest.mark.skipif(find_spec("torch") is not None, reason="PyTorch is here; `make train-test` trains with it")
def test_without_pytorch_the_command_that_installs_it_is_told(
    asked: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 2, and nothing is written."""
    assert run([*asked, "--train"]) == 2
    said = capsys.readouterr()
    assert "pip install 'okko[train]'" in said.err
    assert not said.out
    assert not (tmp_path / "station" / "taught").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--train", "--method", "linear"], "leave --method, --backbone and --locate out"),
        (["--train", "--backbone", "there"], "leave --method, --backbone and --locate out"),
        (["--train", "--locate", "dark"], "leave --method, --backbone and --locate out"),
        (["--minutes", "5"], "are for --train"),
        (["--seed", "5"], "are for --train"),
        (["--any-way"], "are for --train"),
        (["--train", "--minutes", "0"], "not in the range"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    asked: list[str], options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is looked at."""
    assert run([*asked, *options]) == 2
    assert said in capsys.readouterr().err
