import cv2
import numpy as np
import pytest

from okko.errors import ConfigError
from shown_parts import small_picture
from workshop.teaching.example import example_of
from workshop.teaching.trained.pupil import SIDE_PX, Pupil


def test_pictures_are_kept_as_the_network_gets_them_good_ones_first() -> None:
    """In the order in which they were shown, each once, RGB."""
    pupil = Pupil()
    red = np.zeros((SIDE_PX, SIDE_PX, 3), np.uint8)
    red[:, :, 2] = 200
    of_red = cv2.imencode(".png", red)[1].tobytes()
    assert pupil.take(example_of(small_picture(1), "bad", "KO"))
    assert pupil.take(example_of(of_red, "red", "OK"))
    assert not pupil.take(example_of(of_red, "again", "OK"))
    assert pupil.take(example_of(small_picture(2), "good", "OK"))
    assert [shown.name for shown in (*pupil.good, *pupil.ko)] == ["red", "good", "bad"]
    assert pupil.twice == 1
    pictures = pupil.pictures()
    assert pictures.shape == (3, SIDE_PX, SIDE_PX, 3)
    assert pictures[0, 0, 0].tolist() == [200, 0, 0]


def test_a_picture_that_is_good_and_ko_is_refused() -> None:
    """One of the two is wrong."""
    pupil = Pupil()
    pupil.take(example_of(small_picture(1), "one", "OK"))
    with pytest.raises(ConfigError, match="as one, as OK"):
        pupil.take(example_of(small_picture(1), "other", "KO"))
