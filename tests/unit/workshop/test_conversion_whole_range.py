import numpy as np
import pytest

from inference_agent.bundle import Input
from inference_agent.tensor import TensorSpec
from workshop.conversion.whole_range import with_whole_range

FLOAT = TensorSpec("picture", 16, 16, 3, channels_first=False, dtype=np.dtype(np.float32))
PLANES = TensorSpec("picture", 16, 16, 3, channels_first=True, dtype=np.dtype(np.float32))


@pytest.mark.parametrize("tensor", [FLOAT, PLANES])
def test_every_pixel_value_is_within_what_is_learnt(tensor: TensorSpec) -> None:
    """A dim picture alone would teach a range in which a bright one is cut off."""
    settings = Input(mean=(123.0, 116.0, 103.0), std=(58.0, 57.0, 56.0))
    dim = np.full(tensor.shape, -1.0, np.float32)
    marked = with_whole_range(dim, settings, tensor)
    assert marked.min() == np.float32(-123.0 / 58.0)
    assert marked.max() == np.float32((255.0 - 103.0) / 56.0)
    assert (marked != dim).sum() == 6
    assert (dim == -1.0).all()
