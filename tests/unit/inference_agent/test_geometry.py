"""From the model's input to the full frame."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_agent.geometry import Geometry

UNIT = st.floats(0, 1)
SHARE = st.floats(0.05, 0.45)


@given(x=UNIT, y=UNIT, low=SHARE, high=SHARE)
def test_a_region_of_interest_comes_last(x: float, y: float, low: float, high: float) -> None:
    """A point of the cropped picture is the same point of the full frame, whatever was done to the picture before."""
    roi = (low, high, 1 - high, 1 - low)
    before = Geometry(96, 64, 1.5, 0.8, -0.25, 0.1)
    in_picture = before.to_frame(x, y)
    expected = roi[0] + in_picture[0] * (roi[2] - roi[0]), roi[1] + in_picture[1] * (roi[3] - roi[1])
    assert before.within(roi).to_frame(x, y) == pytest.approx(expected)


def test_without_a_region_of_interest_nothing_changes() -> None:
    """A camera that sends all it sees changes no box."""
    geometry = Geometry(96, 96, 1.2, 1, -0.1, 0)
    assert geometry.within(None) is geometry
    assert geometry.within((0, 0, 1, 1)) == geometry
