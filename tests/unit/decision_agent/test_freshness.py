"""The barrier: whatever stood still, nothing that waited meanwhile is taken for news."""

import pytest

from decision_agent.freshness import LOST_NS, Barrier

MS = 1_000_000
STALL = 200 * MS


def _fresh(at: int = 0) -> Barrier:
    barrier = Barrier(stall_ns=STALL)
    token = barrier.connect(at)
    assert barrier.echo(token, at + MS) is None
    assert barrier.look(at + MS)
    return barrier


def test_nothing_is_fresh_before_the_first_echo() -> None:
    """What comes between a connection and the echo of its token is backlog."""
    barrier = Barrier(stall_ns=STALL)
    assert not barrier.look(0)
    token = barrier.connect(0)
    assert not barrier.look(MS)
    barrier.echo(token, 2 * MS)
    assert barrier.look(2 * MS)


def test_a_lost_connection_ends_it() -> None:
    """After a disconnection even an echo on its way proves nothing, nor does that of an older connection."""
    barrier = _fresh()
    old = barrier.tick(101 * MS)
    assert old is not None
    barrier.disconnect()
    assert not barrier.look(102 * MS)
    barrier.echo(old, 103 * MS)
    assert not barrier.look(103 * MS)
    new = barrier.connect(150 * MS)
    barrier.echo(old, 151 * MS)
    assert not barrier.look(151 * MS)
    barrier.echo(new, 152 * MS)
    assert barrier.look(152 * MS)


def test_tokens_are_sent_again_and_again_one_at_a_time() -> None:
    """A new one each period, once the one before is back."""
    barrier = _fresh()
    assert barrier.tick(50 * MS) is None
    token = barrier.tick(100 * MS)
    assert token is not None
    assert barrier.tick(150 * MS) is None
    barrier.echo(token, 160 * MS)
    assert barrier.tick(199 * MS) is None
    assert barrier.tick(200 * MS) not in (None, token)


@pytest.mark.parametrize(("gap", "fresh"), [(STALL, True), (STALL + 1, False)])
def test_a_loop_that_stood_still_is_noticed(gap: int, fresh: bool) -> None:
    """A message that is read after the loop did not tick for too long may have waited for it."""
    barrier = _fresh()
    barrier.tick(50 * MS)
    assert barrier.look(50 * MS + gap) == fresh
    assert barrier.stalls == (not fresh)


def test_a_loop_that_stood_still_is_believed_again_after_a_token_sent_since() -> None:
    """The echo that was on its way over the stall proves nothing; one that was sent after the next tick does."""
    barrier = _fresh()
    token = barrier.tick(100 * MS)
    assert token is not None
    again = barrier.echo(token, 900 * MS)
    barrier.tick(901 * MS)
    assert not barrier.look(902 * MS)
    ms = 902
    while again is not None:
        assert not barrier.look(ms * MS)
        ms += 1
        assert ms < 910
        again = barrier.echo(again, ms * MS)
    assert barrier.look(ms * MS)


def test_an_echo_that_takes_too_long_is_a_broker_that_stood_still() -> None:
    """The loop ticks on, the echo does not come: nothing is fresh until one has come in time."""
    barrier = _fresh()
    token = barrier.tick(100 * MS)
    assert token is not None
    for ms in range(110, 400, 10):
        barrier.tick(ms * MS)
    assert not barrier.look(400 * MS)
    again = barrier.echo(token, 401 * MS)
    assert again is not None
    assert not barrier.look(402 * MS)
    barrier.echo(again, 403 * MS)
    assert barrier.look(403 * MS)


def test_an_echo_that_never_comes_is_sent_for_again() -> None:
    """A token that the broker lost does not end the station; the echo of its successor alone proves nothing yet."""
    barrier = _fresh()
    lost = barrier.tick(100 * MS)
    now, second = 100 * MS, None
    while second is None:
        now += 20 * MS
        assert now < 5 * LOST_NS
        second = barrier.tick(now)
    third = barrier.echo(second, now + MS)
    assert third not in (None, lost, second)
    assert not barrier.look(now + MS)
    barrier.echo(third or "", now + 2 * MS)
    assert barrier.look(now + 2 * MS)


def test_foreign_tokens_prove_nothing() -> None:
    """Whoever else sends on the topic does not make backlog fresh."""
    barrier = Barrier(stall_ns=STALL)
    token = barrier.connect(0)
    for foreign in ("", "x-1", Barrier(stall_ns=STALL).connect(0), token + "1"):
        assert barrier.echo(foreign, MS) is None
    assert not barrier.look(MS)
