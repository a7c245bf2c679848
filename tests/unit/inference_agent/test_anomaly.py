"""The anomaly decoder: settings, what is read with it, and what it says."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from inference_agent import maps
from inference_agent.anomaly.features import around, patches_of, pooled_of, sizes_of
from inference_agent.anomaly.mahalanobis import Mahalanobis
from inference_agent.anomaly.padim import Padim
from inference_agent.anomaly.reader import Reader, decided
from inference_agent.anomaly.state import packed
from inference_agent.decoders import Anomaly
from inference_agent.decoders.decoded import Output, OutputSpec
from inference_agent.geometry import Geometry
from inference_agent.tensor import TensorSpec

WHOLE = Geometry(8, 8)
TAKEN = TensorSpec("input", 8, 8, 3, channels_first=False, dtype=np.dtype(np.float32))


def settings(method: str, **given: Any) -> Anomaly:
    """The decoder with a threshold of 1."""
    return Anomaly.model_validate({"method": method, "threshold": 1.0, **given})


def outputs(*arrays: Any) -> tuple[Output, ...]:
    """Outputs of a model."""
    return tuple(Output(f"o{i}", np.asarray(values, np.float32)) for i, values in enumerate(arrays))


def specs(*arrays: Any) -> tuple[OutputSpec, ...]:
    """What is known of them before the model has run."""
    return tuple(OutputSpec(one.name, one.values.shape) for one in outputs(*arrays))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"method": "padim"}, "needs `state`"),
        ({"method": "heatmap", "state": "state.npz"}, "has no `state`"),
        ({"method": "padim", "state": "../state.npz"}, "inside the bundle's folder"),
        ({"method": "padim", "state": "/state.npz"}, "inside the bundle's folder"),
        ({"method": "padim", "state": "state.npz", "threshold": 0.0}, "greater than 0"),
    ],
)
def test_settings_that_cannot_be_are_refused(given: dict[str, Any], said: str) -> None:
    """A state where one is needed, in the folder, nowhere else."""
    with pytest.raises(ValidationError, match=said):
        Anomaly.model_validate({"threshold": 1.0, **given})


@given(st.floats(0, 1e6), st.floats(1e-5, 1e6))
def test_the_label_follows_from_score_and_threshold(score: float, threshold: float) -> None:
    """KO above it, the label's own score is never the lower of the two, and OK is below 0.5 where it is KO."""
    found = decided(score, threshold)
    assert found.scores is not None
    assert found.anomaly_score is not None
    assert found.anomaly_threshold is not None
    assert (found.label == "KO") == (found.anomaly_score > found.anomaly_threshold)
    assert found.score == found.scores[found.label or ""] >= 0.5
    assert (found.scores["OK"] < 0.5) == (found.label == "KO")


def test_a_heat_map_is_scored_by_its_highest_place_and_shown() -> None:
    """The map of the prediction has the threshold at mid-grey."""
    values = np.zeros((1, 4, 4, 1))
    values[0, 2, 1] = 1.5
    found = Reader(settings("heatmap"), Path(), specs(values), TAKEN).decode(outputs(values), WHOLE, ())
    assert (found.label, found.anomaly_score, found.anomaly_threshold) == ("KO", 1.5, 1.0)
    assert found.map is not None
    assert (found.map.low, found.map.high) == (0.0, 2.0)
    assert maps.pixels(found.map)[2, 1] == 191
    half = Reader(settings("heatmap", quantile=0.5, map=False), Path(), specs(values), TAKEN)
    assert half.decode(outputs(values), WHOLE, ()).anomaly_score == 0.0
    assert half.decode(outputs(values), WHOLE, ()).map is None


def test_an_autoencoder_is_scored_by_its_mean_squared_error() -> None:
    """Over all values; the map has that of each pixel."""
    given_back, taken = np.zeros((1, 8, 8, 3)), np.zeros((1, 8, 8, 3))
    taken[0, 3, 4] = 2.0
    reader = Reader(settings("autoencoder"), Path(), specs(given_back), TAKEN)
    found = reader.decode(outputs(given_back, taken), WHOLE, ())
    assert reader.needs_input
    assert found.anomaly_score == pytest.approx(4 / 64)
    assert found.label == "OK"
    assert found.map is not None
    assert np.argwhere(maps.pixels(found.map)).tolist() == [[3, 4]]


@pytest.mark.parametrize(
    ("method", "shape", "said"),
    [("heatmap", (1, 10), "a heat map is"), ("autoencoder", (1, 9), "gives its input")],
)
def test_a_model_that_gives_something_else_is_refused(method: str, shape: tuple[int, ...], said: str) -> None:
    """When it is loaded."""
    with pytest.raises(ValueError, match=said):
        Reader(settings(method), Path(), specs(np.zeros(shape)), TAKEN)


@pytest.mark.parametrize("method", ["heatmap", "autoencoder"])
def test_what_is_no_number_is_an_error(method: str) -> None:
    """Never OK."""
    values = np.zeros((1, 8, 8, 3 if method == "autoencoder" else 1))
    reader = Reader(settings(method), Path(), specs(values), TAKEN)
    values[0, 0, 0, 0] = np.nan
    with pytest.raises(ValueError, match="not a number"):
        reader.decode(outputs(values, np.zeros((1, 8, 8, 3))), WHOLE, ())


def test_a_state_is_checked_against_the_model(tmp_path: Path) -> None:
    """That of another backbone is refused when the bundle is loaded."""
    embedding = np.zeros((1, 5), np.float32)
    vector = np.ones(5, np.float32)
    state = Mahalanobis(0 * vector, vector, np.eye(5, dtype=np.float32)[:2], np.ones(2, np.float32), vector[:1])
    (tmp_path / "state.npz").write_bytes(packed(state))
    chosen = settings("mahalanobis", state="state.npz")
    found = Reader(chosen, tmp_path, specs(embedding), TAKEN).decode(outputs(embedding + 4), WHOLE, ())
    assert found.anomaly_score == pytest.approx(np.sqrt(20))
    with pytest.raises(ValueError, match=r"taught with another model: its `mean` is"):
        Reader(chosen, tmp_path, specs(np.zeros((1, 6))), TAKEN)


def test_padim_says_where(tmp_path: Path) -> None:
    """Its map has a place for each patch of the grid."""
    grid = np.zeros((1, 3, 4, 2), np.float32)
    state = Padim(
        np.array([3, 4], np.int32),
        np.array([0, 1], np.int32),
        np.zeros((12, 2), np.float32),
        np.tile(np.eye(2, dtype=np.float32), (12, 1, 1)),
    )
    (tmp_path / "state.npz").write_bytes(packed(state))
    reader = Reader(settings("padim", state="state.npz"), tmp_path, specs(grid), TAKEN)
    grid[0, 0, 3] = 3.0
    found = reader.decode(outputs(grid), WHOLE, ())
    assert found.label == "KO"
    assert found.map is not None
    assert maps.pixels(found.map).shape == (3, 4)
    assert maps.pixels(found.map).argmax() == 3


def test_features_are_pooled_and_laid_on_one_grid() -> None:
    """The finer map is averaged down to the coarser; outputs come in any order."""
    fine, coarse, embedding = np.arange(32.0).reshape(1, 4, 4, 2), np.ones((1, 2, 2, 3)), np.array([[4.0, -9.0]])
    found = outputs(coarse, embedding, fine)
    assert sizes_of(specs(coarse, embedding, fine)) == ((2, 3, 3), (2, 2, 5))
    assert pooled_of(found).tolist() == [2, -3, 1, 1, 1, 0, 0, 0]
    assert patches_of(found)[..., :2].mean() == pytest.approx(fine.mean())
    assert patches_of(found).shape == (2, 2, 5)


def test_a_place_is_averaged_with_its_neighbours() -> None:
    """In the middle of nine by a ninth each."""
    grid = np.zeros((3, 3, 1), np.float32)
    grid[1, 1] = 9
    assert around(grid)[1, 1, 0] == pytest.approx(1.0)
    assert around(grid + 1).sum() == pytest.approx(around(grid).sum() + 9)


@pytest.mark.parametrize("shapes", [[(1, 3), (1, 4)], [(3, 4)], [(1, 5, 5, 2), (1, 2, 2, 3)], []])
def test_what_is_no_backbone_is_refused(shapes: list[tuple[int, ...]]) -> None:
    """Two embeddings, a batch, maps that do not fit on one grid."""
    with pytest.raises(ValueError, match=r"backbone gives|does not divide"):
        sizes_of([OutputSpec("o", shape) for shape in shapes])
