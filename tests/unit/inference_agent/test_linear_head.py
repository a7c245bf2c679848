"""The file of a head: written to the same bytes, read with care."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference_agent.linear_head import LinearHead, packed, read_head

HEAD = LinearHead(np.arange(6, dtype=np.float32).reshape(2, 3), np.array([0.5, -0.5], np.float32))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """The same numbers, from the same bytes each time."""
    file = tmp_path / "head.npz"
    file.write_bytes(packed(HEAD))
    head, sha256 = read_head(file)
    assert np.array_equal(head.weights, HEAD.weights)
    assert np.array_equal(head.bias, HEAD.bias)
    assert packed(head) == file.read_bytes()
    assert len(sha256) == 64


def test_probabilities_are_the_softmax_of_the_logits() -> None:
    """Also where these are large; of one picture and of several alike."""
    vector = np.array([1.0, 2.0, 3.0], np.float32)
    logits = np.array([8.5, 25.5])
    wanted = np.exp(logits - 25.5) / np.exp(logits - 25.5).sum()
    assert HEAD.probabilities(vector) == pytest.approx(wanted, rel=1e-5)
    assert HEAD.probabilities(np.stack([vector, vector]))[1] == pytest.approx(wanted, rel=1e-5)
    assert HEAD.probabilities(1e6 * vector).tolist() == [0.0, 1.0]


def test_what_it_does_not_suit_is_said() -> None:
    """Another backbone, other labels."""
    assert HEAD.check(3, 2) is None
    assert HEAD.check(4, 2) == "it weighs 3 numbers of a picture, this backbone gives 4"
    assert HEAD.check(3, 3) == "it tells 2 labels apart, the bundle names 3"


def _npz(**arrays: Any) -> bytes:
    target = io.BytesIO()
    np.savez(target, **arrays)
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"rubbish", "no .npz file|pickled"),
        (packed(HEAD)[:200], "no .npz file"),
        (_npz(weights=HEAD.weights), "a head holds weights, bias, this one weights"),
        (_npz(weights=HEAD.weights.astype(float), bias=HEAD.bias), "finite float32"),
        (_npz(weights=HEAD.weights * np.float32("nan"), bias=HEAD.bias), "finite float32"),
        (_npz(weights=HEAD.weights, bias=np.zeros(3, np.float32)), "do not fit together"),
        (_npz(weights=np.array([{}], object), bias=HEAD.bias), "no .npz file|Object arrays"),
    ],
)
def test_a_damaged_or_foreign_file_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    """With its name and what to do; nothing in it is run."""
    file = tmp_path / "head.npz"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=why) as caught:
        read_head(file)
    assert str(file) in str(caught.value)
    assert "teach it again" in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """Its name, and the system's reason."""
    with pytest.raises(ValueError, match="cannot be read: No such file"):
        read_head(tmp_path / "head.npz")
