"""Stations made for a test, run as processes, and stopped at its end."""

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import pytest

from camera_agent.simulator.duck import make_duck
from camera_agent.simulator.render import render
from line import BuildStation, Line


@pytest.fixture
def build_station(tmp_path: Path) -> Iterator[BuildStation]:
    """Write a station file and run it; all stations are stopped at the end, and must stop cleanly."""
    lines: list[Line] = []

    def build(
        text: str, *, deadline_ms: int = 5000, capture_window_ms: int = 2000, start: bool = True, more: str = ""
    ) -> Line:
        folder = tmp_path / f"station-{len(lines)}"
        folder.mkdir(exist_ok=True)
        head = (
            '[station]\nsite = "test"\nline = "line"\nname = "station"\n'
            f"deadline_ms = {deadline_ms}\ncapture_window_ms = {capture_window_ms}\n{more}"
        )
        (folder / "station.toml").write_text(head + text)
        line = Line(folder)
        lines.append(line)
        if start:
            line.start()
        return line

    yield build
    for line in lines:
        line.end_ears()
        if line.process is not None:
            assert line.stop() == 0, line.log()
            assert "Traceback" not in line.log(), line.log()


@pytest.fixture(scope="session")
def good_ducks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few ducks that nothing is wrong with."""
    folder = tmp_path_factory.mktemp("ducks")
    ducks = [make_duck(11, number, defect_rate=0.0) for number in range(4)]
    for number, duck in enumerate(ducks):
        cv2.imwrite(str(folder / f"{number}.jpg"), render(duck, "left"))
    return folder


@pytest.fixture
def bundle(tmp_path: Path) -> Callable[..., Path]:
    """Make a model bundle from a model file and the rest of its model.toml."""

    def make(name: str, model: Path, text: str) -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        (folder / "model.tflite").write_bytes(model.read_bytes())
        (folder / "model.toml").write_text(f'name = "{name}"\nversion = "1.0.0"\nfile = "model.tflite"\n{text}')
        return folder

    return make


@pytest.fixture
def casting(bundle: Callable[..., Path], shared_data: Path) -> Path:
    """The bundle of the casting classifier."""
    text = 'labels = ["OK", "KO"]\n[decoder]\nkind = "classification"\n'
    return bundle("casting", shared_data / "models/trained/castsub96_okko_int8.tflite", text)
