"""The barrier: whatever stood still, nothing that waited meanwhile is taken for news."""

import pytest

from decision_agent.freshness import LONGEST_SETTLING_NS, LOST_NS, Barrier

MS = 1_000_000
WINDOW = 200 * MS
PERIOD = 50 * MS
DEADLINE = 1000 * MS


def _barrier() -> Barrier:
    return Barrier(WINDOW, DEADLINE)


def _fresh(at: int = 0) -> Barrier:
    barrier = _barrier()
    token = barrier.connect(at)
    assert barrier.echo(token, at + MS) is None
    assert barrier.look(at + MS) == MS
    return barrier


def _flow(barrier: Barrier, begin: int, end: int) -> list[int]:
    """Tick every 5 ms, each token back after 1 ms; gives the instants (ms) at which a trigger would be news."""
    news = []
    for ms in range(begin // MS, end // MS, 5):
        if (token := barrier.tick(ms * MS)) is not None:
            while token is not None:
                token = barrier.echo(token, ms * MS + MS)
        if barrier.look(ms * MS + 2 * MS) is not None:
            news.append(ms + 2)
    return news


def test_nothing_is_fresh_before_the_first_echo() -> None:
    """What comes between a connection and the echo of its token is backlog."""
    barrier = _barrier()
    assert barrier.look(0) is None
    token = barrier.connect(0)
    assert barrier.look(MS) is None
    assert barrier.why_not(MS) == "the broker has not given back the barrier"
    barrier.echo(token, 2 * MS)
    assert barrier.look(2 * MS) == 2 * MS
    assert barrier.why_not(2 * MS) is None


def test_a_trigger_is_at_most_as_old_as_the_last_token_that_came_back() -> None:
    """The broker delivers in its order: what is read after an echo was not there before that token was sent."""
    barrier = _fresh()
    token = barrier.tick(100 * MS)
    assert token is not None
    assert barrier.look(130 * MS) == 130 * MS
    barrier.echo(token, 150 * MS)
    assert barrier.look(150 * MS) == 50 * MS
    assert barrier.look(160 * MS) == 60 * MS


@pytest.mark.parametrize("window_ms", [20, 45, 200, 5000])
def test_a_loop_that_sleeps_as_it_is_told_knows_the_age_to_within_two_periods(window_ms: int) -> None:
    """The echo comes while the loop sleeps; it wakes soon enough for the next token all the same."""
    barrier = Barrier(window_ms * MS, DEADLINE)
    barrier.echo(barrier.connect(0), MS)
    now, oldest = MS, 0
    while now < 1000 * MS:
        now = barrier.wake_ns(now)
        oldest = max(oldest, barrier.look(now) or 10**12)
        if (token := barrier.tick(now)) is not None:
            barrier.echo(token, now + MS)
    assert barrier.stalls == 0
    assert oldest <= 2 * barrier.period_ns


@pytest.mark.parametrize(("window_ms", "period_ms"), [(20, 10), (100, 25), (200, 50), (400, 100), (5000, 100)])
def test_the_age_is_known_to_a_quarter_of_the_window(window_ms: int, period_ms: int) -> None:
    """In steady flow no trigger is given away for want of a token, and a token is not sent more often than needed."""
    barrier = Barrier(window_ms * MS, DEADLINE)
    assert barrier.period_ns == period_ms * MS


def test_a_lost_connection_ends_it() -> None:
    """After a disconnection even an echo on its way proves nothing, nor does that of an older connection."""
    barrier = _fresh()
    old = barrier.tick(101 * MS)
    assert old is not None
    barrier.disconnect()
    assert barrier.look(102 * MS) is None
    barrier.echo(old, 103 * MS)
    assert barrier.look(103 * MS) is None
    new = barrier.connect(150 * MS)
    barrier.echo(old, 151 * MS)
    assert barrier.why_not(151 * MS) == "the broker has not given back the barrier"
    barrier.echo(new, 152 * MS)
    assert barrier.why_not(153 * MS) == "the broker stood still or was away: triggers of that time may still come"


@pytest.mark.parametrize(("deadline_ms", "settled_ms"), [(300, 600), (1000, 2000), (5000, 3000)])
def test_after_a_reconnection_a_plc_is_given_time_to_send_again_what_is_old(deadline_ms: int, settled_ms: int) -> None:
    """A PLC's library publishes again what had no PUBACK: twice the deadline, at most as long as `ready` lasts."""
    barrier = Barrier(WINDOW, deadline_ms * MS)
    barrier.echo(barrier.connect(0), MS)
    assert barrier.look(2 * MS) is not None
    barrier.disconnect()
    barrier.echo(barrier.connect(100 * MS), 101 * MS)
    news = _flow(barrier, 105 * MS, 105 * MS + LONGEST_SETTLING_NS + 500 * MS)
    assert settled_ms <= news[0] - 101 <= settled_ms + 10
    assert news[-1] - news[0] == (len(news) - 1) * 5


def test_after_a_boot_a_plc_is_given_the_same_time() -> None:
    """The broker lost its connections with the box; a process that merely begins again has lost nobody."""
    for new_boot, settled_ms in ((True, 2000), (False, 0)):
        barrier = Barrier(WINDOW, DEADLINE)
        barrier.echo(barrier.connect(100 * MS, new_boot=new_boot), 101 * MS)
        news = _flow(barrier, 105 * MS, 105 * MS + LONGEST_SETTLING_NS)
        assert settled_ms <= news[0] - 101 <= settled_ms + 10


def test_tokens_are_sent_again_and_again_one_at_a_time() -> None:
    """A new one each period, once the one before is back."""
    barrier = _fresh()
    assert barrier.tick(PERIOD - MS) is None
    token = barrier.tick(PERIOD)
    assert token is not None
    assert barrier.tick(90 * MS) is None
    barrier.echo(token, 95 * MS)
    assert barrier.tick(99 * MS) is None
    assert barrier.tick(100 * MS) not in (None, token)


@pytest.mark.parametrize(("age", "fresh"), [(WINDOW, True), (WINDOW + 1, False)])
def test_what_may_be_older_than_the_window_is_of_unknown_age(age: int, fresh: bool) -> None:
    """No exposure could follow such a trigger in time, so that nobody needs to know how old it is."""
    barrier = _fresh()
    assert (barrier.look(age) is not None) == fresh
    assert barrier.stalls == (not fresh)


@pytest.mark.parametrize("stood_ms", [210, 500, 900])
def test_after_a_standstill_old_triggers_may_come_for_a_while(stood_ms: int) -> None:
    """The echo that was on its way proves nothing; and behind the next one old triggers may still lie in a socket."""
    barrier = _fresh()
    token = barrier.tick(PERIOD)
    assert token is not None
    on = PERIOD + stood_ms * MS
    assert barrier.look(on) is None
    again = barrier.echo(token, on)
    assert again is not None
    assert barrier.echo(again, on + MS) is None
    assert barrier.look(on + 2 * MS) is None
    news = _flow(barrier, on + 5 * MS, on + 3 * WINDOW)
    assert WINDOW <= news[0] * MS - on <= WINDOW + 12 * MS
    assert barrier.stalls == 1


def test_a_standstill_beyond_the_deadline_is_as_bad_as_a_lost_connection() -> None:
    """The PLC may have lost its own connection, and send again what is old."""
    barrier = _fresh()
    token = barrier.tick(PERIOD)
    assert token is not None
    on = PERIOD + DEADLINE
    again = barrier.echo(token, on)
    assert again is not None
    barrier.echo(again, on + MS)
    news = _flow(barrier, on + 5 * MS, on + 4 * DEADLINE)
    assert 2 * DEADLINE <= news[0] * MS - on <= 2 * DEADLINE + 12 * MS


def test_a_second_standstill_does_not_shorten_the_first_one() -> None:
    """Whoever is still settling after a lost connection does so to the end, whatever happens meanwhile."""
    barrier = _fresh()
    barrier.disconnect()
    barrier.echo(barrier.connect(100 * MS), 101 * MS)
    assert _flow(barrier, 105 * MS, 500 * MS) == []
    assert barrier.look(800 * MS) is None
    news = _flow(barrier, 800 * MS, 4000 * MS)
    assert news[0] >= 101 + 2 * DEADLINE // MS


def test_an_echo_that_never_comes_is_sent_for_again() -> None:
    """A token that the broker lost does not end the station."""
    barrier = _fresh()
    lost = barrier.tick(100 * MS)
    now, second = 100 * MS, None
    while second is None:
        now += 20 * MS
        assert now < 5 * LOST_NS
        second = barrier.tick(now)
    assert second != lost
    assert barrier.echo(second, now + MS) is None
    assert barrier.look(now + 2 * MS) is None
    assert _flow(barrier, now + 5 * MS, now + 4 * DEADLINE)


def test_foreign_tokens_prove_nothing() -> None:
    """Whoever else sends on the topic does not make backlog fresh."""
    barrier = _barrier()
    token = barrier.connect(0)
    for foreign in ("", "x-1", _barrier().connect(0), token + "1"):
        assert barrier.echo(foreign, MS) is None
    assert barrier.look(MS) is None


def _busy(barrier: Barrier, begin: int, end: int, every: int = 5 * MS) -> None:
    """Triggers are read one after the other, so many that the token of before has not come back."""
    for now in range(begin, end, every):
        barrier.heard(now)
        barrier.look(now)


def test_who_reads_without_a_pause_and_is_late_is_behind() -> None:
    """More comes than is read: what is old because of that is too much, not left over from a standstill."""
    barrier = _fresh()
    token = barrier.tick(PERIOD)
    assert token is not None
    _busy(barrier, MS, WINDOW // 2)
    assert not barrier.is_behind(WINDOW // 2)
    _busy(barrier, WINDOW // 2, WINDOW + 50 * MS)
    assert barrier.is_behind(WINDOW // 2 + 10 * MS)
    assert barrier.look(WINDOW + 50 * MS) is None
    assert barrier.is_behind(WINDOW + 50 * MS)
    assert barrier.why_not(WINDOW + 50 * MS) == "more triggers come than can be read"
    assert (barrier.stalls, barrier.backlogs) == (0, 1)


def test_who_has_caught_up_is_not_behind_and_need_not_settle() -> None:
    """Nothing stood still, so that no old trigger lies behind the echo that comes back in time."""
    barrier = _fresh()
    token = barrier.tick(PERIOD)
    assert token is not None
    end = PERIOD + WINDOW + 20 * MS
    _busy(barrier, MS, end)
    again = barrier.echo(token, end)
    assert again is not None
    _busy(barrier, end, end + 50 * MS)
    assert barrier.is_behind(end + 50 * MS)
    barrier.echo(again, end + 50 * MS)
    assert barrier.look(end + 51 * MS) == 51 * MS
    assert not barrier.is_behind(end + 51 * MS)


@pytest.mark.parametrize("behind_before", [False, True])
def test_a_pause_in_the_reading_is_a_standstill_however_much_comes(behind_before: bool) -> None:
    """Stopped for longer than half the window while triggers poured in: they are late, and more old ones may come."""
    barrier = _fresh()
    token = barrier.tick(PERIOD)
    assert token is not None
    stopped = PERIOD + (WINDOW + 20 * MS if behind_before else 0)
    _busy(barrier, MS, stopped)
    assert barrier.is_behind(stopped) == behind_before
    on = stopped + WINDOW
    _busy(barrier, on, on + 50 * MS)
    assert not barrier.is_behind(on + 50 * MS)
    again = barrier.echo(token, on + 50 * MS)
    assert again is not None
    barrier.echo(again, on + 52 * MS)
    news = _flow(barrier, on + 55 * MS, on + 3 * WINDOW)
    assert news[0] * MS >= on + 52 * MS + WINDOW
    assert barrier.stalls == 1


def test_who_stood_still_and_then_reads_on_without_a_pause_is_behind() -> None:
    """Once a token was on its way for as long as settling takes, what is old is too much, and no longer left over."""
    barrier = _fresh()
    token = barrier.tick(PERIOD)
    assert token is not None
    on = PERIOD + WINDOW
    token = barrier.echo(token, on + MS)
    assert token is not None
    _busy(barrier, on + 5 * MS, on + WINDOW)
    assert not barrier.is_behind(on + WINDOW)
    token = barrier.echo(token, on + WINDOW + 5 * MS)
    assert token is not None
    assert barrier.is_behind(on + WINDOW + 5 * MS)
    barrier.echo(token, on + WINDOW + 50 * MS)
    assert barrier.look(on + WINDOW + 51 * MS) == 46 * MS
    assert barrier.stalls == 1


def test_who_settles_after_a_lost_connection_is_not_behind() -> None:
    """Old triggers may come, and pour in as they like: they are late."""
    barrier = _fresh()
    barrier.disconnect()
    token = barrier.connect(100 * MS)
    _busy(barrier, 100 * MS, 400 * MS)
    assert not barrier.is_behind(400 * MS)
    barrier.echo(token, 150 * MS)
    _busy(barrier, 150 * MS, 160 * MS + WINDOW)
    assert not barrier.is_behind(160 * MS + WINDOW)


def _broker_stops(barrier: Barrier, tokens: list[str], begin: int, end: int) -> int:
    """The loop goes on, and its tokens lie in a socket, until the broker runs again; gives the first news (ms)."""
    tokens = [*tokens, *filter(None, map(barrier.tick, range(begin, end, 20 * MS)))]
    now = end
    while tokens:
        now += MS
        if (again := barrier.echo(tokens.pop(0), now)) is not None:
            tokens.append(again)
    return _flow(barrier, now + MS, now + 4 * DEADLINE)[0]


@pytest.mark.parametrize(
    ("stood_ms", "settling_ms"), [(300, WINDOW // MS), (900, WINDOW // MS), (1100, 2000), (5000, 2000)]
)
def test_how_long_a_standstill_was_is_known_at_its_end(stood_ms: int, settling_ms: int) -> None:
    """While the broker stands still our own loop goes on, and sees the beginning: what counts is all of it."""
    barrier = _fresh()
    end = stood_ms * MS
    news = _broker_stops(barrier, [], 2 * MS, end)
    assert settling_ms <= news - stood_ms <= settling_ms + 20
    assert barrier.stalls == 1


def test_a_broker_that_stands_still_before_it_was_ever_proved_is_seen() -> None:
    """Tokens are sent again meanwhile, and the last of them comes back in time: it does not hide the standstill."""
    barrier = _barrier()
    end = 5 * DEADLINE - 10 * MS
    news = _broker_stops(barrier, [barrier.connect(0)], 5 * MS, end)
    assert news * MS >= end + 2 * DEADLINE


def test_a_longer_standstill_right_behind_a_short_one_counts() -> None:
    """Before the echo that would have ended the first."""
    barrier = _fresh()
    token = barrier.tick(PERIOD)
    assert token is not None
    again = barrier.echo(token, PERIOD + 250 * MS)
    assert again is not None
    begin = PERIOD + 250 * MS
    news = _broker_stops(barrier, [again], begin, begin + 2 * DEADLINE)
    assert news * MS >= begin + 4 * DEADLINE
