from dataclasses import replace

import cv2
import numpy as np
import pytest

from a_backbone import plate, sees_colours
from okko.errors import ConfigError, ImageError
from workshop.teaching import learner as learning
from workshop.teaching.album import THUMB_PX
from workshop.teaching.learner import Learner


def test_good_and_ko_parts_are_kept_apart() -> None:
    """With what the backbone sees of each, in order, and a small picture."""
    learner = Learner(sees_colours(), compare=False)
    for example in (plate(1), plate(2, "KO", spot=100), plate(3)):
        assert learner.take(example)
    assert [shown.name for shown in learner.good] == ["good-1", "good-3"]
    assert [shown.name for shown in learner.ko] == ["ko-2"]
    assert learner.good_features().patches.shape == (2, 6, 6, 3)
    assert learner.ko_features().pooled[0].mean() < learner.good_features().pooled.mean() - 5
    thumb = cv2.imdecode(np.frombuffer(learner.good[0].thumb, np.uint8), cv2.IMREAD_COLOR)
    assert thumb is not None
    assert thumb.shape == (THUMB_PX * 72 // 96, THUMB_PX, 3)


def test_a_picture_that_comes_again_counts_once() -> None:
    """A folder in a loop, a camera that hangs."""
    learner = Learner(sees_colours(), compare=True)
    assert [learner.take(plate(number)) for number in (1, 1, 2, 1)] == [True, False, True, False]
    assert (len(learner.good), learner.twice) == (2, 2)
    assert len(learner.good_features()) == 2


def test_a_picture_cannot_be_good_and_ko() -> None:
    """Somebody has put it into both folders."""
    learner = Learner(sees_colours(), compare=False)
    learner.take(plate(1))
    with pytest.raises(ConfigError, match="is shown as KO and, as good-1, as OK"):
        learner.take(replace(plate(1), known="KO", name="ko/1.png"))


def test_what_cannot_be_decoded_is_not_kept() -> None:
    """And may be shown again when it can be."""
    learner = Learner(sees_colours(), compare=False)
    with pytest.raises(ImageError):
        learner.take(replace(plate(1), data=b"rubbish"))
    assert learner.take(plate(1))


def test_made_up_defects_are_looked_at_for_the_first_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of each kind for each of them, and none where no methods are compared."""
    monkeypatch.setattr(learning, "COMPARED", 3)
    learner = Learner(sees_colours(), compare=True)
    for number in range(5):
        learner.take(plate(number))
    assert [len(features) for features in learner.made_up_features()] == [3, 3, 3, 3]
    assert all(not np.array_equal(f.patches, learner.good_features().patches[:3]) for f in learner.made_up_features())
    other = Learner(sees_colours(), compare=False)
    other.take(plate(1))
    assert [len(features) for features in other.made_up_features()] == [0, 0, 0, 0]
