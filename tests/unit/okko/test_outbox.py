"""Nothing leaves the outbox but by a receipt, or for want of room, and then the least precious first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okko.outbox import MAX_RESENT, REMEMBERED_VERDICTS, Outbox

TIMEOUT = 5_000


def _filled(count: int, *, max_bytes: int = 1_000_000, now: int = 0) -> Outbox:
    outbox = Outbox(max_bytes, TIMEOUT)
    for index in range(count):
        assert outbox.add(f"f{index}", f"i{index}", 10, now) == ()
    return outbox


def test_a_receipt_takes_out_what_was_here() -> None:
    """Known ids come back, to be deleted; others' ids and repeats do not."""
    outbox = _filled(3)
    assert outbox.received(("f1", "other")) == ("f1",)
    assert outbox.received(("f1",)) == ()
    assert (len(outbox), outbox.size_bytes) == (2, 20)


def test_nothing_is_sent_again_before_its_time() -> None:
    """Only what had no receipt for the timeout is due."""
    outbox = _filled(1)
    assert outbox.due(TIMEOUT - 1) == ()
    assert outbox.due(TIMEOUT) == ("f0",)


def test_few_are_under_way_again_at_once() -> None:
    """Eight without receipt at most; each receipt makes room for one more, oldest first."""
    outbox = _filled(20)
    first = outbox.due(TIMEOUT)
    assert first == tuple(f"f{index}" for index in range(MAX_RESENT))
    for entry_id in first:
        outbox.resent(entry_id, TIMEOUT)
    assert outbox.due(TIMEOUT) == ()
    outbox.received(("f3", "f4"))
    assert outbox.due(TIMEOUT) == ("f8", "f9")


def test_what_stays_without_receipt_comes_again_ever_later() -> None:
    """Each time the wait doubles, up to a bound, and it never ends."""
    outbox = _filled(1)
    now, waits = TIMEOUT, []
    for _ in range(7):
        assert outbox.due(now) == ("f0",)
        outbox.resent("f0", now)
        before = now
        while not outbox.due(now):
            now += TIMEOUT
        waits.append((now - before) // TIMEOUT)
    assert waits == [1, 2, 4, 8, 16, 16, 16]


def test_a_new_recorder_gets_everything_at_once() -> None:
    """A recorder that was not there before may lack anything; the same one again does not."""
    outbox = _filled(2)
    outbox.recorder("one", online=True, now_ns=10)
    assert outbox.due(10) == ("f0", "f1")
    for entry_id in ("f0", "f1"):
        outbox.resent(entry_id, 10)
    outbox.recorder("one", online=True, now_ns=20)
    assert outbox.due(20) == ()
    outbox.recorder("two", online=True, now_ns=30)
    assert outbox.due(30) == ("f0", "f1")


def test_nothing_is_sent_to_a_recorder_that_is_away() -> None:
    """While it says offline or faulted, resending would only be noise."""
    outbox = _filled(1)
    outbox.recorder("one", online=False, now_ns=0)
    assert outbox.due(10 * TIMEOUT) == ()
    outbox.recorder("one", online=True, now_ns=10 * TIMEOUT)
    assert outbox.due(10 * TIMEOUT) == ("f0",)


def test_left_overs_are_due_at_once_and_first() -> None:
    """What was found from before the start waited long enough, and newer frames do not keep it back."""
    outbox = _filled(1)
    assert outbox.add_left_overs((("old", 10), ("less old", 10)), 1) == ()
    assert outbox.due(1) == ("old", "less old")
    assert outbox.due(TIMEOUT) == ("old", "less old", "f0")


def test_a_frame_published_while_left_overs_were_listed_is_none() -> None:
    """Its file is found too, and counts once."""
    outbox = _filled(1)
    outbox.add_left_overs((("f0", 10),), 1)
    assert (len(outbox), outbox.size_bytes, outbox.due(1)) == (1, 10, ())


@pytest.mark.parametrize(
    ("verdicts", "dropped"),
    [
        ({}, "f0"),
        ({"i1": "OK"}, "f1"),
        ({"i0": "KO", "i1": "KO"}, "f2"),
        ({"i0": "KO", "i1": "KO", "i2": "KO", "i3": "KO"}, "f0"),
        ({"i0": "KO", "i2": "OK", "i3": "OK"}, "f2"),
    ],
)
def test_ok_goes_first_then_undecided_then_ko(verdicts: dict[str, str], dropped: str) -> None:
    """When full, the oldest frame of an OK item goes; then of one without verdict; a KO item's last."""
    outbox = _filled(3, max_bytes=30)
    for item_id, verdict in verdicts.items():
        outbox.decided(item_id, "OK" if verdict == "OK" else "KO")
    assert outbox.add("f3", "i3", 10, 0) == ((dropped,) if dropped != "f3" else ("f3",))
    assert outbox.size_bytes == 30


def test_what_never_fits_goes_itself() -> None:
    """A frame larger than the whole outbox does not stay."""
    outbox = Outbox(10, TIMEOUT)
    assert outbox.add("big", "i", 11, 0) == ("big",)
    assert (len(outbox), outbox.size_bytes) == (0, 0)


def test_the_memory_of_verdicts_is_bounded() -> None:
    """Only the last verdicts count."""
    outbox = _filled(2, max_bytes=20)
    outbox.decided("i1", "OK")
    for index in range(REMEMBERED_VERDICTS):
        outbox.decided(f"x{index}", "OK")
    assert outbox.add("f2", "i2", 10, 0) == ("f0",)


steps = st.one_of(
    st.tuples(st.just("add"), st.integers(0, 9), st.integers(0, 40)),
    st.tuples(st.just("receipt"), st.integers(0, 9), st.just(0)),
    st.tuples(st.just("resend"), st.just(0), st.just(0)),
    st.tuples(st.just("verdict"), st.integers(0, 9), st.just(0)),
)


@given(st.lists(steps, max_size=60))
def test_size_is_bounded_and_nothing_is_forgotten(actions: list[tuple[str, int, int]]) -> None:
    """Whatever happens: within its bytes, and each entry is still here, was receipted, or was given back as dropped."""
    outbox = Outbox(100, TIMEOUT)
    here: dict[str, int] = {}
    now = 0
    for action, number, size in actions:
        now += TIMEOUT
        entry_id = f"f{number}"
        if action == "add":
            here[entry_id] = size
            for gone in outbox.add(entry_id, f"i{number}", size, now):
                del here[gone]
        elif action == "receipt":
            assert outbox.received((entry_id,)) == ((entry_id,) if here.pop(entry_id, None) is not None else ())
        elif action == "verdict":
            outbox.decided(f"i{number}", "OK")
        else:
            due = outbox.due(now)
            assert len(due) <= MAX_RESENT
            for resent in due:
                outbox.resent(resent, now)
        assert outbox.size_bytes == sum(here.values()) <= 100
        assert len(outbox) == len(here)
        assert all(entry in outbox for entry in here)
