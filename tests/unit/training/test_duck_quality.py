"""The shipped duck model: taught on what it gets to see when it runs, and as good as its card says."""

import runpy
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from camera_agent.simulator.duck import make_duck
from camera_agent.simulator.kinds import VIEWS
from camera_agent.simulator.render import render
from inference_agent.bundle import load_bundle
from inference_agent.images import open_picture
from inference_agent.preprocess import Preprocessor
from okko.contracts import Frame

pytest.importorskip("ai_edge_litert", reason="the extra `inference` is not installed")

from inference_agent.runtime import Network

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "models" / "duck-quality"
BUNDLE = load_bundle(FOLDER)
DATA = runpy.run_path(str(ROOT / "training" / "data.py"))


@pytest.fixture(scope="module")
def network() -> Network:
    """The model as the inference agent loads it."""
    return Network(FOLDER / BUNDLE.file, BUNDLE.input)


def fill_live(network: Network, image: NDArray[np.uint8]) -> NDArray[Any]:
    """Bring a camera's picture into the model as the inference agent does, and give a copy of what stands there."""
    height, width = image.shape[:2]
    packed = cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, 90))[1].tobytes()
    frame = Frame(
        item_id="item",
        camera="left",
        frame_id="frame",
        captured_at="2026-11-23T02:19:57.123Z",
        captured_mono_ns=1,
        boot_id="boot",
        deadline_mono_ns=2,
        published_mono_ns=1,
        width_px=width,
        height_px=height,
        encoding="jpeg",
        data=memoryview(packed),
        sha256="0" * 64,
    )
    picture = open_picture(frame)
    preprocessor = Preprocessor(BUNDLE.input, network.input)
    view = network.input_view()
    preprocessor.fill(picture.at(preprocessor.scale_for(picture)), view)
    return view.copy()


@pytest.mark.parametrize("size", [(640, 480), (320, 240)])
def test_training_sees_the_pixels_that_the_running_station_sees(network: Network, size: tuple[int, int]) -> None:
    """Another way to shrink a picture in training costs accuracy that no figure in training shows."""
    image = render(make_duck(5, 1), "left", *size)
    live = fill_live(network, image)
    assert network.input.dtype == np.int8
    assert np.array_equal(live[0].astype(np.int16) + 128, DATA["as_live"](image))


def test_the_shipped_model_tells_good_ducks_from_bad(network: Network) -> None:
    """On ducks that it never saw it is right on nearly all, so that the demo's verdicts make sense."""
    right = total = 0
    for number in range(1, 61):
        duck = make_duck(90_001, number, defect_rate=0.5)
        for view in VIEWS:
            fill_live(network, render(duck, view))
            scores = network.invoke()[0].values[0]
            right += BUNDLE.labels[int(np.argmax(scores))] == duck.truth(view)
            total += 1
    assert right / total >= 0.95


def test_the_bundle_is_small_and_its_card_tells_its_figures() -> None:
    """It is in the repository, so it stays below 300 kB; a model without a card is not shipped."""
    assert BUNDLE.labels == ("OK", "KO")
    assert (FOLDER / BUNDLE.file).stat().st_size < 300_000
    card = (FOLDER / "CARD.md").read_text(encoding="utf-8")
    assert card.startswith(f"# {BUNDLE.name} {BUNDLE.version}\n")
    assert "unseen variation" in card
