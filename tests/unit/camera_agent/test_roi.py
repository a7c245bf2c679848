"""The region of interest lies inside the frame and is told to the pixel."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from camera_agent.roi import Roi, crop

share = st.floats(0, 1)


@given(st.tuples(share, share), st.tuples(share, share), st.integers(1, 40), st.integers(1, 40))
def test_the_crop_is_the_part_that_its_place_names(
    xs: tuple[float, float], ys: tuple[float, float], width: int, height: int
) -> None:
    """Any region gives at least one pixel, and cutting the frame by the place that is told gives the same pixels."""
    image = np.arange(width * height * 3, dtype=np.uint32).reshape(height, width, 3).astype(np.uint8)
    part, (x0, y0, x1, y1) = crop(image, (min(xs), min(ys), max(xs), max(ys)))
    assert part.size
    assert 0 <= x0 < x1 <= 1
    assert 0 <= y0 < y1 <= 1
    same = image[round(y0 * height) : round(y1 * height), round(x0 * width) : round(x1 * width)]
    assert np.array_equal(part, same)


@pytest.mark.parametrize(
    "roi", [[0.5, 0, 0.5, 1], [0.6, 0, 0.5, 1], [0, 0, 1, 0], [0, 0, 1.1, 1], [-0.1, 0, 1, 1], [0, 1]]
)
def test_a_region_that_encloses_nothing_is_refused(roi: list[float]) -> None:
    """Empty, turned round or outside the frame."""
    with pytest.raises(ValidationError):
        TypeAdapter(Roi).validate_python(roi)
