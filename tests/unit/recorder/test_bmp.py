"""Raw frames become files that other programs read."""

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recorder.bmp import bmp


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_another_program_reads_the_same_pixels(width_px: int, height_px: int, seed: int) -> None:
    """Every width, also those whose rows need padding, comes back pixel by pixel and the right way up."""
    image = np.random.default_rng(seed).integers(0, 256, (height_px, width_px, 3), np.uint8)
    file = bmp(memoryview(image.tobytes()), width_px, height_px)
    read = cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR)
    assert read is not None
    assert np.array_equal(read, image)
    assert int.from_bytes(file[2:6], "little") == len(file)
