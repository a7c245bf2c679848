"""The shipped backbone: what it gives, and that it takes pixels as they are."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("ai_edge_litert", reason="the extra `inference` is not installed")

from inference_agent.anomaly.features import sizes_of
from inference_agent.bundle import load_bundle
from inference_agent.runtime import Network
from workshop.teaching.backbone import Backbone, find_backbone

FOLDER = Path(__file__).parents[3] / "models" / "backbone-lite0"


@pytest.fixture(scope="module")
def network() -> Network:
    """As the inference agent loads it."""
    bundle = load_bundle(FOLDER)
    return Network(FOLDER / bundle.file, bundle.input)


def test_it_gives_an_embedding_and_two_maps(network: Network) -> None:
    """In sizes that the methods of teaching can work with."""
    assert sorted(output.shape for output in network.outputs) == [(1, 14, 14, 112), (1, 28, 28, 40), (1, 1280)]
    assert sizes_of(network.outputs) == ((1280, 112, 112), (14, 14, 152))


def test_a_pixel_is_one_step(network: Network) -> None:
    """So that a picture gets in by the quickest way there is, and nothing of it is lost."""
    assert (network.input.scale, network.input.zero_point) == (1.0, -128)


def test_it_is_small_and_says_whose_weights_it_has() -> None:
    """It is in the package."""
    assert (FOLDER / "model.tflite").stat().st_size < 5_000_000
    assert "Apache License" in (FOLDER / "NOTICE").read_text(encoding="utf-8")


def test_it_is_found_and_tells_pictures_apart() -> None:
    """Without being told where it is: equal pictures are equal to it, others are not."""
    backbone = Backbone(find_backbone())
    random = np.random.default_rng(3)
    one, other = (random.integers(0, 256, (240, 320, 3), np.uint8) for _ in range(2))
    first, again, second = (backbone.look(image) for image in (one, one, other))
    assert first[0].tobytes() == again[0].tobytes()
    assert first[1].tobytes() == again[1].tobytes()
    assert np.abs(first[0] - second[0]).max() > 0.05
