from okko.mqtt.keepalive import TICKS, Act, KeepAlive


def acts(keepalive: KeepAlive, count: int, *, sent: bool = False, heard: bool = False) -> list[Act]:
    """What some ticks of one kind ask for."""
    return [keepalive.tick(sent=sent, heard=heard) for _ in range(count)]


def test_a_connection_at_rest_is_pinged_within_its_keepalive() -> None:
    """Since a broker that hears nothing for one and a half ends it."""
    keepalive = KeepAlive()
    for _ in range(5):
        assert acts(keepalive, TICKS - 1) == [*[Act.NOTHING] * (TICKS - 2), Act.PING]
        assert keepalive.tick(sent=True, heard=True) is Act.NOTHING


def test_a_connection_with_traffic_both_ways_needs_no_ping() -> None:
    """Bytes are sign enough."""
    assert acts(KeepAlive(), 100, sent=True, heard=True) == [Act.NOTHING] * 100


def test_who_only_listens_pings() -> None:
    """The broker counts what it hears from us."""
    assert acts(KeepAlive(), 6, heard=True).count(Act.PING) == 2


def test_a_broker_that_is_silent_is_pinged_once_and_then_gone() -> None:
    """Although we publish and publish: it has one more keep-alive to answer in."""
    found = acts(KeepAlive(), 2 * TICKS, sent=True)
    assert found == [*[Act.NOTHING] * (TICKS - 1), Act.PING, *[Act.NOTHING] * (TICKS - 1), Act.GIVE_UP]


def test_a_broker_at_rest_that_dies_is_gone_after_two_keepalives() -> None:
    """Pings do not put it off."""
    found = acts(KeepAlive(), 2 * TICKS)
    assert found[-1] is Act.GIVE_UP
    assert Act.GIVE_UP not in found[:-1]


def test_an_answer_at_the_last_moment_counts() -> None:
    """From then on it has its whole time again."""
    keepalive = KeepAlive()
    acts(keepalive, 2 * TICKS - 1, sent=True)
    assert keepalive.tick(sent=True, heard=True) is Act.NOTHING
    assert Act.GIVE_UP not in acts(keepalive, 2 * TICKS - 1, sent=True)
