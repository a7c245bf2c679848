from collections import deque

from hypothesis import given
from hypothesis import strategies as st

from okko.mqtt.outgoing import IN_FLIGHT, Outgoing


def add(outgoing: Outgoing[str], name: str, size: int = 3) -> tuple[int, bool]:
    """Add a message; its number, and whether it may go."""
    number = outgoing.next_id()
    return number, outgoing.add(number, (name.encode(), bytes(size)), name)


def test_the_brokers_receive_maximum_is_obeyed() -> None:
    """Two may be under way; the third goes when one is confirmed, with its bytes as they were."""
    outgoing: Outgoing[str] = Outgoing(2)
    (first, a), (second, b), (third, c) = (add(outgoing, name) for name in "abc")
    assert (a, b, c) == (True, True, False)
    assert (len(outgoing), outgoing.payload_bytes) == (3, 9)
    assert outgoing.confirmed(second) == ("b", (b"c", bytes(3)))
    assert (len(outgoing), outgoing.payload_bytes) == (2, 6)
    assert outgoing.confirmed(first) == ("a", None)
    assert outgoing.confirmed(third) == ("c", None)
    assert (len(outgoing), outgoing.payload_bytes) == (0, 0)
    assert add(outgoing, "d")[1]


def test_no_more_are_under_way_than_we_say_ourselves() -> None:
    """A broker that takes 65,535 gets 64 of them, lest they all lie in a buffer of the socket."""
    outgoing: Outgoing[str] = Outgoing(65_535)
    assert [add(outgoing, "x")[1] for _ in range(IN_FLIGHT + 5)] == [True] * IN_FLIGHT + [False] * 5


def test_what_was_not_sent_cannot_be_confirmed() -> None:
    """Nor what was confirmed already: nothing is counted twice."""
    outgoing: Outgoing[str] = Outgoing(1)
    first, _ = add(outgoing, "a")
    waiting, _ = add(outgoing, "b")
    for number in (waiting, 77, 0):
        assert outgoing.confirmed(number) == (None, None)
    outgoing.confirmed(first)
    assert outgoing.confirmed(first) == (None, None)
    assert len(outgoing) == 1


def test_a_number_comes_back_only_when_it_is_free() -> None:
    """After 65,535 they begin anew, without the one that the broker never confirmed."""
    outgoing: Outgoing[str] = Outgoing(10)
    stuck, _ = add(outgoing, "stuck")
    seen = set()
    for _ in range(65_534):
        number, _ = add(outgoing, "x")
        outgoing.confirmed(number)
        seen.add(number)
    assert stuck == 1
    assert seen == set(range(2, 65_536))
    assert add(outgoing, "x")[0] == 2


@given(st.integers(1, 5), st.lists(st.one_of(st.none(), st.integers(0, 4)), max_size=200))
def test_order_and_counts_hold_whatever_comes(receive_maximum: int, steps: list[int | None]) -> None:
    """A message (None), or a confirmation of the n-th that is under way: sent in the order in which they were added."""
    outgoing: Outgoing[str] = Outgoing(receive_maximum)
    under_way: deque[tuple[int, str]] = deque()
    numbers: dict[str, int] = {}
    sent: list[str] = []
    for count, step in enumerate(steps):
        if step is None:
            name = str(count)
            numbers[name], now = add(outgoing, name, count)
            if now:
                sent.append(name)
                under_way.append((numbers[name], name))
        elif step < len(under_way):
            number, name = under_way[step]
            del under_way[step]
            context, following = outgoing.confirmed(number)
            assert context == name
            if following is not None:
                next_name = following[0].decode()
                sent.append(next_name)
                under_way.append((numbers[next_name], next_name))
        assert len(under_way) <= receive_maximum
    assert sent == list(numbers)[: len(sent)]
    left = set(numbers) - set(sent) | {name for _, name in under_way}
    assert (len(outgoing), outgoing.payload_bytes) == (len(left), sum(map(int, left)))
