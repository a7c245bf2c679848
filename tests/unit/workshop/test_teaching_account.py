from an_account import account, scored
from workshop.teaching.account import scores_of


def test_parts_are_told_by_their_role_the_highest_score_first() -> None:
    """Of equal scores by name, so that it is the same each time."""
    found = account()
    assert scores_of(found.of("good"))[:2] == [30.0, 29.0]
    assert [one.shown.name for one in found.of("KO")][:2] == ["104.jpg", "103.jpg"]
    assert len(found.of("suspect")) == 1


def test_the_period_and_the_sizes_are_those_of_the_pictures() -> None:
    """No clock is read."""
    found = account(ko=0, suspects=0)
    assert found.period == ("2026-11-23T02:19:00.000Z", "2026-11-23T02:19:29.000Z")
    assert found.sizes == ((640, 480),)
    assert scored(1, 2.0, "good").shown.known == "OK"
