"""Activations: scores of 0 to 1, of whatever a model gives."""

import numpy as np
import pytest

from inference_agent import activations


def test_sigmoid_does_not_overflow() -> None:
    """Values of any size become scores, 0 becomes a half; NaN stays NaN, so that it is seen."""
    with np.errstate(all="raise"):
        scores = activations.sigmoid(np.array([-1e30, -1, 0, 1, 1e30], np.float32))
    assert scores.tolist() == pytest.approx([0, 0.268941, 0.5, 0.731059, 1], abs=1e-6)
    assert np.isnan(activations.sigmoid(np.array([np.nan], np.float32))).all()


def test_softmax_adds_up_to_one_along_the_last_axis() -> None:
    """Large values do not overflow; an infinite one gives NaN, so that it is seen."""
    with np.errstate(over="raise"):
        scores = activations.softmax(np.array([[1e4, 1e4], [0, np.log(3)]], np.float32))
    assert scores == pytest.approx(np.array([[0.5, 0.5], [0.25, 0.75]]), abs=1e-6)
    assert np.isnan(activations.softmax(np.array([np.inf, 0], np.float32))).any()
