"""Messages: what is written is read, what is read can be written again, and what is neither is refused by name."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import inspect

from okko import contracts as c
from okko.errors import ContractError
from okko.topics import TABLE

KINDS: tuple[type[c.Message], ...] = (
    *(spec.payload for spec in {spec.payload: spec for spec in TABLE}.values() if spec.payload is not None),
    c.Trigger,
)
MONOTONIC = re.compile(r"\.\w+_mono_ns$")

_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=5,
)


def _integer(kind: inspect.IntType) -> st.SearchStrategy[Any]:
    return st.integers(-(2**63) if kind.ge is None else kind.ge, 2**63 - 1 if kind.le is None else kind.le)


def _string(kind: inspect.StrType) -> st.SearchStrategy[Any]:
    if kind.pattern is not None:
        # The lookahead only forbids a line feed behind the end, which a full match does anyway.
        return st.from_regex(kind.pattern.replace(r"$(?!\n)", ""), fullmatch=True, alphabet=_ASCII)
    return st.text(st.characters(codec="utf-8"), min_size=kind.min_length or 0, max_size=kind.max_length or 20)


def _struct(kind: inspect.StructType) -> st.SearchStrategy[Any]:
    return st.builds(kind.cls, **{field.name: _values(field.type) for field in kind.fields})


_STRATEGIES: dict[type[inspect.Type], Callable[[Any], st.SearchStrategy[Any]]] = {
    inspect.Metadata: lambda kind: _values(kind.type),
    inspect.NoneType: lambda _: st.none(),
    inspect.BoolType: lambda _: st.booleans(),
    inspect.IntType: _integer,
    inspect.FloatType: lambda _: st.floats(allow_nan=False, allow_infinity=False),
    inspect.StrType: _string,
    inspect.MemoryViewType: lambda _: st.binary(max_size=64).map(memoryview),
    inspect.LiteralType: lambda kind: st.sampled_from(kind.values),
    inspect.VarTupleType: lambda kind: st.lists(_values(kind.item_type), max_size=3).map(tuple),
    inspect.TupleType: lambda kind: st.tuples(*(_values(item) for item in kind.item_types)),
    inspect.DictType: lambda kind: st.dictionaries(_values(kind.key_type), _values(kind.value_type), max_size=3),
    inspect.UnionType: lambda kind: st.one_of(*(_values(member) for member in kind.types)),
    inspect.AnyType: lambda _: _json,
    inspect.StructType: _struct,
}


def _values(kind: inspect.Type) -> st.SearchStrategy[Any]:
    """Values that a field of this type may have."""
    return _STRATEGIES[type(kind)](kind)


_ASCII = st.characters(codec="ascii")
messages = st.sampled_from(KINDS).flatmap(lambda kind: _values(inspect.type_info(kind)))


def _decoded(kind: type[c.Message], payload: bytes) -> c.Message | None:
    try:
        return c.decode(kind, payload)
    except ContractError:
        return None


@given(messages)
def test_what_is_written_is_read(message: c.Message) -> None:
    """Every message of every type comes back equal."""
    assert c.decode(type(message), c.encode(message)) == message


@given(st.sampled_from(KINDS), st.binary(max_size=200))
def test_any_bytes_are_a_message_or_an_error_of_the_contract(kind: type[c.Message], payload: bytes) -> None:
    """Whatever comes, nothing but ContractError is raised."""
    _decoded(kind, payload)


@given(messages, st.data())
def test_spoilt_messages_are_read_or_refused_and_what_is_read_can_be_written(
    message: c.Message, data: st.DataObject
) -> None:
    """A byte changed, cut off or put in: what still decodes encodes again, and reads the same."""
    payload = bytearray(c.encode(message))
    place = data.draw(st.integers(0, len(payload)))
    payload[place : data.draw(st.integers(place, len(payload)))] = data.draw(st.binary(max_size=8))
    read = _decoded(type(message), bytes(payload))
    if read is not None:
        again = c.decode(type(read), c.encode(read))
        # A msgpack float may be NaN, which equals nothing: the bytes tell.
        assert c.encode(again) == c.encode(read)


@given(st.sampled_from(KINDS), _json)
def test_json_of_another_shape_is_refused_or_read(kind: type[c.Message], value: object) -> None:
    """Well-formed JSON and msgpack that mean something else are no more dangerous than noise."""
    encode = msgspec.msgpack.encode if kind is c.Frame else msgspec.json.encode
    read = _decoded(kind, encode(value))
    if read is not None:
        c.encode(read)


@pytest.mark.parametrize(
    "text",
    ["\\ud800", "\\udc00", "\\ud800\\ud800", "\\ud800x", "\\ud83d\\u0041", "\\udfff\\ud800", "a\\ud8"],
)
@pytest.mark.parametrize("kind", [c.Command, c.Reply, c.AgentState])
def test_half_a_surrogate_pair_is_no_text(kind: type[c.Message], text: str) -> None:
    r"""`"\ud800"` in JSON is refused when it is read: it could never be written again."""
    fields = {"request_id": text, "agent": text, "instance_id": text, "ok": True, "state": "online"}
    payload = json.dumps({**fields, "version": text, "since": text}).replace("\\\\", "\\").encode()
    with pytest.raises(ContractError, match=kind.__name__):
        c.decode(kind, payload)


def test_a_field_that_is_wrong_is_named() -> None:
    """The text of the error says which field, what was expected and what came."""
    with pytest.raises(ContractError, match=r"Receipt: Expected `str`, got `int` - at `\$\.ids\[1\]`"):
        c.decode(c.Receipt, b'{"ids":["a",2],"instance_id":"x"}')


def test_fields_that_are_not_known_are_ignored() -> None:
    """A newer writer may add a field."""
    assert c.decode(c.Receipt, b'{"ids":[],"instance_id":"x","new":{"a":[1]}}') == c.Receipt(ids=(), instance_id="x")


@pytest.mark.parametrize("bad", ["", "a/b", "../a", "a\n", "a b", ".a", "a+", "ñ", "a" * 201])
def test_ids_are_safe_in_topics_and_paths(bad: str) -> None:
    """No id leaves its folder or breaks a topic, not even by a line feed at its end."""
    with pytest.raises(ContractError, match="ids"):
        c.decode(c.Receipt, json.dumps({"ids": [bad], "instance_id": "x"}).encode())


@pytest.mark.parametrize("bad", ["", "a.b", "a\n", "-a", "a" * 65])
def test_names_are_safe_in_topics_and_paths(bad: str) -> None:
    """The same holds for the names of cameras."""
    payload = {"item_id": "i", "camera": bad, "captured_at": "t", "captured_mono_ns": 1, "boot_id": "b"}
    with pytest.raises(ContractError, match="camera"):
        c.decode(c.Captured, json.dumps(payload).encode())


@pytest.mark.parametrize(
    ("kind", "fields", "name"),
    [
        (c.Command, {"request_id": "r"}, "args"),
        (c.Reply, {"request_id": "r", "agent": "a", "instance_id": "i"}, "result"),
    ],
)
def test_what_is_nested_too_deeply_is_refused(kind: type[c.Message], fields: dict[str, Any], name: str) -> None:
    """Others' JSON is read as deep as it can surely be written again, and no deeper."""
    deep = json.dumps({**fields, "ok": True, name: {"x": "HERE"}})
    fits, breaks = c.MAX_DEPTH - 1, c.MAX_DEPTH
    c.decode(kind, deep.replace('"HERE"', "[" * fits + "]" * fits).encode())
    for depth in (breaks, 500, 5000):
        with pytest.raises(ContractError, match=rf"nested deeper than 32 - at `\$\.{name}`|recursion"):
            c.decode(kind, deep.replace('"HERE"', "[" * depth + "]" * depth).encode())


def test_a_frame_is_not_copied() -> None:
    """The picture of a decoded frame is a view into the packet that came."""
    frame = c.Frame(
        item_id="i",
        camera="top",
        frame_id="f",
        captured_at="2026-11-23T02:19:57.123Z",
        captured_mono_ns=1,
        boot_id="b",
        deadline_mono_ns=2,
        published_mono_ns=3,
        width_px=1,
        height_px=1,
        encoding="raw-bgr8",
        data=memoryview(b"abc"),
        sha256="0" * 64,
    )
    packet = c.encode(frame)
    read = c.decode(c.Frame, packet)
    assert read.data.obj is packet
    assert bytes(read.data) == b"abc"


def _integers(kind: inspect.Type, path: str) -> Iterator[tuple[str, inspect.IntType]]:
    match kind:
        case inspect.Metadata():
            yield from _integers(kind.type, path)
        case inspect.IntType():
            yield path, kind
        case inspect.StructType():
            for field in kind.fields:
                yield from _integers(field.type, f"{path}.{field.encode_name}")
        case inspect.UnionType():
            for member in kind.types:
                yield from _integers(member, path)
        case inspect.VarTupleType():
            yield from _integers(kind.item_type, f"{path}[]")
        case inspect.DictType():
            yield from _integers(kind.value_type, f"{path}{{}}")
        case _:
            pass


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_no_number_is_too_great_for_a_double(kind: type[c.Message]) -> None:
    """No whole number above 2^53 is in the contract, but for monotonic instants in nanoseconds.

    Those (`..._mono_ns`) pass 2^53 after 104 days of uptime; they are for agents alone, which read them whole.
    What a PLC adds to its trigger is recorded as it came.
    """
    for path, number in _integers(inspect.type_info(kind), kind.__name__):
        bounded = number.le is not None and number.le <= 2**53 and number.ge is not None
        assert bounded or MONOTONIC.search(path), path


def test_a_repeat_differs_in_one_field_alone() -> None:
    """A verdict given again is the same but for `duplicate`."""
    verdict = c.Verdict(
        item_id="i",
        part_id="duck",
        seq=7,
        verdict="OK",
        reason="rules",
        finding=None,
        borderline=False,
        triggered_at="t",
        decided_at="t",
        latency_ms=12.5,
        deadline_met=True,
        duplicate=False,
        recipe="default",
        station="line-1",
    )
    again = c.again(verdict)
    assert again.duplicate
    assert msgspec.structs.replace(again, duplicate=False) == verdict
