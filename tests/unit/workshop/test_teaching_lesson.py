import io
from collections.abc import Iterable

import numpy as np
import pytest
from rich.console import Console

from a_backbone import plate, sees_colours
from inference_agent.anomaly.state import packed
from inference_agent.linear_head import LinearHead
from okko.errors import ConfigError
from workshop.teaching.example import Example
from workshop.teaching.learner import Learner
from workshop.teaching.lesson import Lesson, Wish, check_shown, learn
from workshop.teaching.progress import TellingPeople
from workshop.teaching.trained.model import Trained

GOOD = [plate(number) for number in range(30)]


def _bytes(lesson: Lesson) -> bytes:
    assert not isinstance(lesson.state, LinearHead | Trained)
    return packed(lesson.state)


def _learner(examples: Iterable[Example], *, compare: bool = False) -> Learner:
    learner = Learner(sees_colours(), compare=compare)
    for example in examples:
        learner.take(example)
    return learner


def _learn(learner: Learner, wish: Wish) -> Lesson:
    with TellingPeople(Console(file=io.StringIO())) as telling:
        return learn(learner, wish, telling)


def test_good_parts_teach_what_is_odd() -> None:
    """KO parts score above the threshold, good ones below; each part shown has its score."""
    ko = [plate(100 + number, "KO", spot=60) for number in range(5)]
    lesson = _learn(_learner([*GOOD, *ko]), Wish(0.05, "padim"))
    assert [one.role for one in lesson.scored] == ["good"] * 30 + ["KO"] * 5
    assert all((one.score > lesson.threshold.value) == (one.role == "KO") for one in lesson.scored[1:])
    assert lesson.threshold.escapes is not None
    assert lesson.threshold.escapes.found == 0
    assert lesson.suspects == ()


def test_the_methods_are_compared_where_none_is_named() -> None:
    """And what was found of each is told, the chosen one first."""
    lesson = _learn(_learner(GOOD, compare=True), Wish(0.05))
    assert len(lesson.tried) == 3
    assert lesson.tried[0].startswith(f"{lesson.method}: good parts told from ")
    assert all("made-up defects" in text for text in lesson.tried)


@pytest.mark.parametrize("method", ["padim", "mahalanobis", "nearest"])
def test_a_ko_among_the_good_ones_is_pointed_out(method: str) -> None:
    """By its name; nothing is taught from it, so that it is found as odd from then on."""
    hidden = plate(200, spot=80)
    lesson = _learn(_learner([*GOOD[:15], hidden, *GOOD[15:]]), Wish(0.05, method))
    assert lesson.suspects[0] == "good-200"
    assert len(lesson.suspects) <= 2  # one run in ten doubts a good one too
    assert "of 31 parts shown as good look very unlike the others" in lesson.warnings[0]
    assert "good-200 (score" in lesson.warnings[0]
    assert lesson.scored[15].role == "suspect"
    assert lesson.scored[15].score > lesson.threshold.value
    clean = _learn(
        _learner([one for one in GOOD if one.name not in lesson.suspects]), Wish(0.05, method, all_good=True)
    )
    assert _bytes(lesson) == _bytes(clean)


def test_who_says_that_all_are_good_is_believed() -> None:
    """Nothing is doubted; the threshold lies above the odd one if the wish says so."""
    lesson = _learn(_learner([*GOOD, plate(200, spot=80)]), Wish(0.01, "padim", all_good=True))
    assert lesson.suspects == ()
    assert lesson.threshold.value > max(one.score for one in lesson.scored)


def test_the_same_parts_teach_the_same() -> None:
    """Byte for byte."""
    first, second = (_learn(_learner(GOOD, compare=True), Wish(0.05)) for _ in range(2))
    assert _bytes(first) == _bytes(second)
    assert (first.threshold, first.scored, first.tried) == (second.threshold, second.scored, second.tried)


def test_pictures_of_different_sizes_and_twice_are_told() -> None:
    """They are taken, and a person hears of it."""
    examples = [*GOOD, GOOD[0], plate(300, size=(48, 36))]
    lesson = _learn(_learner(examples), Wish(0.05, "mahalanobis", all_good=True))
    assert "1 pictures came twice, byte for byte, and count once" in lesson.warnings
    assert any("different sizes (48 x 36, 96 x 72)" in text for text in lesson.warnings)


def test_a_threshold_is_never_nothing() -> None:
    """Parts of which the backbone sees no difference: whatever is odd at all is above."""
    flat = [plate(number) for number in range(12)]
    learner = _learner(flat)
    learner._good = [(np.ones(3, np.float32), np.ones((6, 6, 3), np.float32))] * 12  # noqa: SLF001 - no eye at all
    assert _learn(learner, Wish(0.05, "mahalanobis")).threshold.value >= 1e-6


@pytest.mark.parametrize(
    ("examples", "said"),
    [
        (GOOD[:9], "9 good parts are too few: nothing can be said of the next one"),
        ([*GOOD[:3], *GOOD[:3]], r"3 good parts are too few \(3 more are pictures that came before\)"),
        ([GOOD[0]] * 20, "all 20 good pictures are the same, byte for byte"),
        ([], "0 good parts are too few"),
    ],
)
def test_what_teaches_nothing_is_refused(examples: list[Example], said: str) -> None:
    """As the input that is wrong: exit 2."""
    with pytest.raises(ConfigError, match=said) as caught:
        check_shown(_learner(examples), "a folder")
    assert caught.value.exit_code == 2
