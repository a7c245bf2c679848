"""The one threshold at which a verdict changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okko.contracts import VerdictWord
from workshop.replay.sweep_step import Step, step_of

SCORES = st.lists(st.integers(0, 20).map(lambda n: n / 20), max_size=12)


@given(SCORES, st.data())
def test_the_step_tells_the_verdict_at_every_threshold(scores: list[float], data: st.DataObject) -> None:
    """Whichever score decides, rising or falling, `>=` or `>`."""
    at = data.draw(st.sampled_from([*scores, None]))
    inclusive, falls = data.draw(st.booleans()), data.draw(st.booleans())

    def judge(threshold: float) -> VerdictWord:
        below = at is not None and (threshold < at or (inclusive and threshold == at))
        return "OK" if below == falls else "KO"

    step = step_of(scores, judge)
    for threshold in (n / 40 for n in range(-1, 42)):
        assert step.verdict(threshold) == judge(threshold)


def test_few_judgements_find_it() -> None:
    """Three hundred detections are not judged one by one."""
    asked: list[float] = []

    def judge(threshold: float) -> VerdictWord:
        asked.append(threshold)
        return "OK" if threshold <= 0.25 else "KO"

    assert step_of((n / 300 for n in range(300)), judge) == Step("OK", "KO", 0.25, inclusive=True)
    assert len(asked) < 15


@pytest.mark.parametrize("word", ["OK", "KO"])
def test_an_item_without_scores_is_what_it_is(word: VerdictWord) -> None:
    """Nothing is compared with the threshold."""
    assert step_of([], lambda _: word) == Step(word, word)
