from workshop.teaching.meaning import choices, sentences
from workshop.teaching.threshold import choose_threshold

SCORES = [float(score) for score in range(1, 51)]


def test_what_a_threshold_means_is_said_in_parts_of_a_thousand() -> None:
    """False rejects, then escapes; each with what is to be expected and what can be promised."""
    rejects, escapes = sentences(choose_threshold(SCORES, 0.05, ko=[10.0, *[100.0] * 9]))
    assert rejects == (
        "Of a thousand good parts about 39 are to be expected above the threshold: rejected for nothing. "
        "Of 50 good parts 1 is above it; so, at 95 %, no more than 91 in a thousand and no fewer than 1 in a thousand."
    )
    assert escapes.startswith(
        "Of a thousand KO parts like those that were shown about 100 are to be expected to escape."
    )
    assert "Of 10 KO parts 1 is not above it" in escapes


def test_without_ko_parts_nothing_is_said_of_escapes() -> None:
    """But that nothing is known."""
    assert "nothing is known of escapes" in sentences(choose_threshold(SCORES, 0.05))[1]


def test_other_wishes_stand_beside_the_one_that_was_chosen() -> None:
    """Each once, from the strictest; thresholds fall as more may be rejected."""
    found = choices(SCORES, [], 0.03)
    assert [choice.wanted for choice in found] == [0.001, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1]
    assert [choice.wanted for choice in found if choice.chosen] == [0.03]
    values = [choice.threshold.value for choice in found]
    assert values == sorted(values, reverse=True)
