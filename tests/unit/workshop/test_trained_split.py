import numpy as np

from workshop.teaching.trained.split import held_out


def test_every_fourth_part_is_held_out() -> None:
    """From the beginning of a shift to its end."""
    assert np.flatnonzero(held_out(10)).tolist() == [3, 7]
    assert held_out(20).sum() == 5
