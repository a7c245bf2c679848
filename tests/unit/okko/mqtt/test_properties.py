import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties as PahoProperties

from okko.mqtt import properties as p
from okko.mqtt.errors import Malformed

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
VALUES: dict[str, st.SearchStrategy[p.Value]] = {
    "byte": st.integers(0, 0xFF),
    "2 bytes": st.integers(0, 0xFFFF),
    "4 bytes": st.integers(0, 0xFFFF_FFFF),
    "varint": st.integers(0, p.MAX_VARINT),
    "text": TEXT,
    "binary": st.binary(max_size=40),
    "pair": st.tuples(TEXT, TEXT),
}
SOME = st.lists(st.sampled_from(sorted(p.type_of)), max_size=8, unique=True).flatmap(
    lambda numbers: st.tuples(*(st.tuples(st.just(n), VALUES[p.type_of[n]]) for n in numbers))
)


def body_of(encoded: bytes) -> bytes:
    """The properties without the length before them."""
    length, start = p.read_varint(encoded, 0)
    assert start + length == len(encoded)
    return encoded[start:]


@given(SOME)
def test_what_is_written_is_read(properties: tuple[tuple[int, p.Value], ...]) -> None:
    """Each property of the standard comes back with its value."""
    assert p.decode(body_of(p.encode(*properties))) == {number: (value,) for number, value in properties}


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=60))
def test_user_properties_may_come_often(pairs: list[tuple[str, str]]) -> None:
    """In their order, more of them than are remembered too."""
    body = body_of(p.encode(*((p.USER_PROPERTY, pair) for pair in pairs)))
    assert list(p.pairs(p.decode(body))) == pairs


@given(st.binary(max_size=60))
def test_any_bytes_are_properties_or_malformed(data: bytes) -> None:
    """Nothing else is raised, the second time neither."""
    for _ in range(2):
        try:
            found = p.decode(data)
        except Malformed:
            continue
        assert (found == {}) == (data == b"")


@given(SOME, st.data())
def test_what_is_cut_off_is_malformed(properties: tuple[tuple[int, p.Value], ...], data: st.DataObject) -> None:
    """Or it is cut between two of them: then those before are read, and no other."""
    body = body_of(p.encode(*properties))
    cut = data.draw(st.integers(0, len(body)))
    try:
        found = p.decode(body[:cut])
    except Malformed:
        return
    assert found == dict(list({number: (value,) for number, value in properties}.items())[: len(found)])


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\x04\x00", "0x04 is unknown"),
        (b"\x02\0\0\0\1\x02\0\0\0\1", "0x02 comes twice"),
        (b"\x02\0\0", "cut off"),
        (b"\x03\0", "cut off"),
        (b"\x03\0\5abc", "cut off"),
        (b"\x26\0\1a\0\2b", "cut off"),
        (b"\x0b\x80\x80\x80\x80\1", "longer than four bytes"),
        (b"\x0b\x80", "cut off"),
    ],
)
def test_what_is_wrong_is_said(data: bytes, what: str) -> None:
    """In the error's text."""
    with pytest.raises(Malformed, match=what):
        p.decode(data)


def test_text_that_is_no_utf8_does_not_end_a_connection() -> None:
    """It is another client's, and must not come back at each reconnect: what can be read of it is."""
    assert p.decode(b"\x26\0\2a\xff\0\1b") == {p.USER_PROPERTY: (("a�", "b"),)}


@given(st.integers(0, p.MAX_VARINT))
def test_a_length_is_read_as_it_was_written(number: int) -> None:
    """In one to four bytes, anywhere in the data."""
    written = p.varint(number)
    assert len(written) <= 4
    assert p.read_varint(b"xy" + written + b"z", 2) == (number, 2 + len(written))


def test_another_client_writes_the_same() -> None:
    """Byte for byte as paho does, which shares nothing with us."""
    paho = PahoProperties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call] # paho has no types here
    paho.MessageExpiryInterval = 70_000
    paho.ContentType = "application/json"
    paho.UserProperty = ("schema", "1")
    ours = p.encode(
        (p.MESSAGE_EXPIRY, 70_000), (p.CONTENT_TYPE, "application/json"), (p.USER_PROPERTY, ("schema", "1"))
    )
    assert sorted(ours) == sorted(paho.pack())  # type: ignore[no-untyped-call] # as above
    read, _ = PahoProperties(PacketTypes.PUBLISH).unpack(ours)  # type: ignore[no-untyped-call] # as above
    assert (read.MessageExpiryInterval, read.ContentType, read.UserProperty) == (
        70_000,
        "application/json",
        [("schema", "1")],
    )
