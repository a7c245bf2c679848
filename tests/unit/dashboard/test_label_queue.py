"""Whoever labels goes through a queue, back and forth, and takes back what was said here."""

from collections.abc import Sequence

import msgspec

from dashboard.label.queue import BEHIND, Queue
from okko import contracts as c
from recorded_item import recorded_item
from recorder.reader import StoredItem, StoredLabel
from recorder.search import Found


def _label(text: str) -> StoredLabel:
    return StoredLabel(text, golden=False, by="anna", at_ms=5)


def _found(*names: str, label: str | None = None) -> list[Found]:
    given = None if label is None else _label(label)
    texts = [c.encode(msgspec.structs.replace(recorded_item(), item_id=name)).decode() for name in names]
    return [Found((number, number), StoredItem(text, (), label=given)) for number, text in enumerate(texts)]


def _queue(*names: str) -> Queue:
    queue = Queue()
    queue.add(_found(*names))
    return queue


def _ids(waiting: Sequence[object]) -> list[str]:
    return [one.item_id for one in waiting]  # type: ignore[attr-defined] # they are of the queue


def test_it_goes_on_and_back_within_what_there_is() -> None:
    """One behind the last there is none; before the first there is the first."""
    queue = _queue("a", "b")
    seen = []
    for by in (0, 1, 1, 1, -1, -5):
        queue.step(by)
        seen.append(queue.current and queue.current.item_id)
    assert seen == ["a", "b", None, None, "b", "a"]
    assert _ids(queue.ahead(3)) == ["b"]


def test_no_item_comes_twice() -> None:
    """A queue that is asked for more gets the old ones again, as long as they have no label."""
    queue = _queue("a", "b")
    assert queue.add(_found("b", "a", "c")) == 1
    assert _ids(queue.ahead(5)) == ["b", "c"]
    assert queue.add(_found("a")) == 0


def test_what_was_said_is_taken_back_in_turn() -> None:
    """Its item is in hand again, with the label that it had."""
    queue = _queue("a", "b", "c")
    queue.labelled("a", _label("KO"), 1)
    queue.labelled("b", _label("OK"), 2)
    queue.step(2)
    assert (queue.done, queue.last_given and queue.last_given.entry) == (2, 2)
    queue.undone(None)
    assert queue.current is not None
    assert (queue.current.item_id, queue.current.label, queue.done) == ("b", None, 1)
    queue.undone(_label("dent"))
    assert queue.current is not None
    assert (queue.current.item_id, queue.current.label) == ("a", _label("dent"))
    assert queue.last_given is None


def test_what_somebody_else_said_since_is_left_alone() -> None:
    """It is no longer this one's to take back; the one before still is."""
    queue = _queue("a", "b")
    queue.labelled("a", _label("KO"), 1)
    queue.labelled("b", _label("OK"), 2)
    queue.forget_last()
    assert queue.last_given is not None
    assert queue.last_given.item_id == "a"


def test_more_is_fetched_before_it_ends() -> None:
    """While a dozen are left."""
    queue = _queue(*(f"i{number}" for number in range(20)))
    assert not queue.wants_more
    queue.step(8)
    assert queue.wants_more


def test_a_label_that_stands_already_is_shown() -> None:
    """To be looked at again."""
    queue = Queue()
    queue.add(_found("a", label="dent"))
    assert queue.current is not None
    assert queue.current.label == _label("dent")


def test_what_lies_far_behind_is_let_go() -> None:
    """Ten thousand labels take no more memory than a few hundred; they can still be taken back."""
    queue = Queue()
    for number in range(BEHIND + 100):
        queue.add(_found(f"i{number}"))
        queue.labelled(f"i{number}", _label("OK"), number)
        queue.step(1)
    queue.add(_found("next"))
    queue.step(-BEHIND - 100)
    assert queue.current is not None
    assert (queue.current.item_id, queue.done) == ("i100", BEHIND + 100)
    assert queue.add(_found("i5")) == 0, "known, though gone"
    for _ in range(BEHIND + 100):
        queue.undone(None)
    assert (queue.done, queue.passed_over) == (0, BEHIND + 1)
