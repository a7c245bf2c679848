"""What was taught, as a file."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference_agent.anomaly.mahalanobis import Mahalanobis
from inference_agent.anomaly.nearest import Nearest
from inference_agent.anomaly.padim import Padim
from inference_agent.anomaly.state import State, packed, read_state, sha256_with

RANDOM = np.random.default_rng(5)


def numbers(*shape: int) -> Any:
    """Random float32."""
    return RANDOM.normal(size=shape).astype(np.float32)


STATES: dict[str, State] = {
    "padim": Padim(np.array([2, 3], np.int32), np.array([0, 4], np.int32), numbers(6, 2), numbers(6, 2, 2)),
    "mahalanobis": Mahalanobis(numbers(9), numbers(9), numbers(3, 9), numbers(3), numbers(1)),
    "nearest": Nearest(np.array([2, 3], np.int32), numbers(5), numbers(7, 5)),
}


@pytest.mark.parametrize("method", STATES)
def test_what_is_written_is_read(tmp_path: Path, method: str) -> None:
    """Each array comes back as it was, and the same state is the same bytes whenever it is written."""
    path = tmp_path / "state.npz"
    path.write_bytes(packed(STATES[method]))
    state, _ = read_state(path, method)
    assert type(state) is type(STATES[method])
    assert packed(state) == path.read_bytes()


def with_array(name: str, array: Any) -> bytes:
    """A state of `mahalanobis` with one of its arrays replaced."""
    target = io.BytesIO()
    arrays = {key: getattr(STATES["mahalanobis"], key) for key in ("mean", "scale", "axes", "gains", "ridge")}
    np.savez(target, **{**arrays, name: array})
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no .npz file"),
        (b"PK\x03\x04 and so on", "no .npz file"),
        (packed(STATES["mahalanobis"])[:-40], "no .npz file"),
        (packed(STATES["nearest"]), "a state of `mahalanobis` holds"),
        (with_array("mean", np.zeros(9)), "`mean` holds float64"),
        (with_array("mean", np.full(9, np.nan, np.float32)), "no number"),
        (with_array("mean", np.array([{"a": 1}], dtype=object)), "no .npz file|pickle|Object"),
    ],
)
def test_what_is_no_state_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    """With what is wrong and how to mend it; nothing in it is ever run."""
    path = tmp_path / "state.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=said) as caught:
        read_state(path, "mahalanobis")
    assert "teach it again" in str(caught.value)


def test_a_state_that_is_not_there_is_told(tmp_path: Path) -> None:
    """By its name."""
    with pytest.raises(ValueError, match=r"state\.npz cannot be read"):
        read_state(tmp_path / "state.npz", "padim")


def test_the_sha256_is_of_model_and_state() -> None:
    """Another of either is another model."""
    one = sha256_with("a" * 64, "b" * 64)
    assert one == sha256_with("a" * 64, "b" * 64)
    assert len({one, sha256_with("b" * 64, "b" * 64), sha256_with("a" * 64, "a" * 64), "a" * 64}) == 4
