from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okko.mqtt.errors import Malformed
from okko.mqtt.properties import varint
from okko.mqtt.receiving import KEPT_BYTES, RESTING_BYTES, Receiving

SIZE = st.one_of(
    st.integers(0, 300),
    st.integers(16_300, 16_400),
    st.sampled_from([RESTING_BYTES - 5, RESTING_BYTES - 4, RESTING_BYTES, 200_000]),
)


def packet(head: int, size: int, fill: int = 0) -> bytes:
    """A packet with a body of a size."""
    return bytes((head,)) + varint(size) + bytes((fill,)) * size


def read(receiving: Receiving, stream: bytes, *cuts: int) -> list[tuple[int, bytes]]:
    """What comes of a stream that arrives in pieces, as a socket would give them."""
    found: list[tuple[int, bytes]] = []
    for start, end in pairwise(sorted({0, *cuts, len(stream)})):
        rest = stream[start:end]
        while rest:
            space = receiving.space()
            taken = min(len(space), len(rest))
            assert taken
            space[:taken] = rest[:taken]
            receiving.filled(taken)
            rest = rest[taken:]
            found += [(head, bytes(body)) for head, body in receiving.packets()]
    return found


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 255), SIZE, st.integers(0, 255)), max_size=8), st.data())
def test_where_a_stream_is_cut_makes_no_difference(wanted: list[tuple[int, int, int]], data: st.DataObject) -> None:
    """All packets come out, whole, in order, however they are cut and however large they are."""
    stream = b"".join(packet(*one) for one in wanted)
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=30))
    expected = [(head, bytes((fill,)) * size) for head, size, fill in wanted]
    assert read(Receiving(), stream, *cuts) == expected


def test_byte_by_byte() -> None:
    """The slowest network of all."""
    stream = packet(0x30, 200) + packet(0x40, 0) + packet(0xD0, 2)
    assert read(Receiving(), stream, *range(len(stream))) == [
        (0x30, bytes(200)),
        (0x40, b""),
        (0xD0, b"\0\0"),
    ]


@settings(deadline=None)
@given(st.binary(max_size=400), st.data())
def test_any_bytes_are_packets_or_malformed(stream: bytes, data: st.DataObject) -> None:
    """Whatever comes, nothing else is raised, and there is always room for what follows."""
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=10))
    receiving = Receiving()
    try:
        found = read(receiving, stream, *cuts)
    except Malformed:
        receiving.clear()
    else:
        assert sum(len(body) + 2 for _, body in found) <= len(stream)
    assert len(receiving.space())


@pytest.mark.parametrize("size", [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152])
def test_each_form_of_a_length_is_read(size: int) -> None:
    """One to four bytes of it, at their bounds."""
    assert read(Receiving(), packet(0x30, size, 7)) == [(0x30, bytes((7,)) * size)]


def test_a_length_of_five_bytes_is_malformed() -> None:
    """As soon as the fourth says that there is more."""
    with pytest.raises(Malformed, match="longer than four bytes"):
        read(Receiving(), b"\x30\xff\xff\xff\xff")


def test_memory_follows_what_has_come() -> None:
    """A length of 256 MB alone gets no such room; a packet of more than is kept comes whole all the same."""
    receiving = Receiving()
    assert read(receiving, b"\x30\xff\xff\xff\x7f" + bytes(100)) == []
    assert len(receiving.space()) < RESTING_BYTES
    size = 2 * KEPT_BYTES + 1000
    assert read(Receiving(), packet(0x40, 3) + packet(0x30, size, 7), 100) == [
        (0x40, bytes(3)),
        (0x30, bytes((7,)) * size),
    ]


def test_the_rest_of_a_large_packet_is_read_in_one_go() -> None:
    """Once its length is known there is room for all of it; the room is kept for the next one."""
    receiving = Receiving()
    stream = packet(0x30, 1_000_000)
    assert read(receiving, stream[:100]) == []
    assert len(receiving.space()) == len(stream) - 100
    assert len(read(receiving, stream[100:])) == 1
    assert len(receiving.space()) == len(stream)


def test_a_packet_that_begins_at_the_end_of_the_room_gets_room_before_it() -> None:
    """It is moved, once, and then its rest is read in one go."""
    receiving = Receiving()
    first, second = packet(0x30, RESTING_BYTES - 50), packet(0x40, 1000)
    assert len(read(receiving, first + second[:20])) == 1
    assert len(receiving.space()) == RESTING_BYTES - 20
    assert read(receiving, second[20:]) == [(0x40, bytes(1000))]


def test_room_for_a_giant_is_given_back() -> None:
    """Beyond what is kept, the buffer is small again after it."""
    receiving = Receiving()
    assert len(read(receiving, packet(0x30, KEPT_BYTES + 1))) == 1
    assert len(receiving.space()) == RESTING_BYTES
