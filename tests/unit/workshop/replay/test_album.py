"""The flips that are shown."""

from collections import Counter

from msgspec.structs import replace

from replayed import item_of, policy_of, prediction_of, stored_of
from workshop.replay.album import Album, Picture
from workshop.replay.evidence import Evidence, read_evidence
from workshop.replay.judge import judge
from workshop.replay.tally import Looked, outcome_of


def flip(number: int, now: float = 0.1) -> Looked:
    """An item that was OK and is not, or not any more."""
    stamp = f"2026-11-23T02:{number // 60:02d}:{number % 60:02d}.000Z"
    item = replace(item_of(), item_id=f"item-{number}", decided_at=stamp)
    evidence = read_evidence(stored_of(item), {"left": ("model",), "right": ("model",)})
    assert isinstance(evidence, Evidence)
    predictions = [prediction_of("right", now), prediction_of("left")]
    return Looked(evidence, {}, predictions, outcome_of(evidence, judge(evidence, predictions, policy_of())))


def shown(album: Album) -> list[int]:
    """The numbers of those that became KO."""
    return [int(page.outcome.item_id.removeprefix("item-")) for page in album.pages("KO")]


def filled(flips: list[Looked]) -> tuple[Album, list[str]]:
    """An album of ten, and whose pictures were made for it."""
    made: list[str] = []

    def picture(looked: Looked) -> list[Picture]:
        made.append(looked.outcome.item_id)
        return [Picture("left", b"jpeg")]

    album = Album(picture, size=10)
    for one in flips:
        album.add(one)
    return album, made


def test_few_are_all_shown_in_order() -> None:
    """Each direction for itself."""
    album, _ = filled([flip(2), flip(1), flip(3, now=0.9)])
    assert shown(album) == [1, 2]
    assert [page.outcome.item_id for page in album.pages("OK")] == ["item-3"]
    assert (album.seen("KO"), album.seen("OK")) == (2, 1)


def test_of_many_some_from_all_over_are_shown_and_no_picture_is_made_in_vain() -> None:
    """As many as there is room for; the same each time."""
    flips = [flip(number) for number in range(400)]
    album, made = filled(flips)
    assert album.seen("KO") == 400
    assert len(shown(album)) == len(set(shown(album))) == 10
    assert shown(album) == sorted(shown(album)) == shown(filled(flips)[0])
    assert Counter(number // 200 for number in shown(album)).keys() == {0, 1}
    assert len(made) < 100
