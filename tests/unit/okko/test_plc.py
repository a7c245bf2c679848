"""A PLC is never left without an answer: whatever it writes becomes a part, and what it reads has fixed columns."""

import json
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from okko.contracts import MAX_DEPTH, MAX_SEQ, REASON_CODES, Reason, Trigger, VerdictWord
from okko.errors import ContractError
from okko.plc import (
    MAX_PART_ID,
    RAW_BYTES,
    Code,
    captured_code,
    parse_code,
    parse_trigger,
    unread_trigger,
    verdict_code,
)

part_ids = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"], codec="utf-8"), max_size=MAX_PART_ID).filter(
    lambda text: text.isprintable() and text == text.rstrip("\0 \r\n")
)


def _nested(depth: int) -> bytes:
    return b'{"seq":7,"part_id":"duck","x":' + b"[" * depth + b"]" * depth + b"}"


@pytest.mark.parametrize(
    ("payload", "trigger"),
    [
        pytest.param(b"1042", Trigger(part_id="1042"), id="digits alone name a part"),
        pytest.param(b"true", Trigger(part_id="true"), id="a word of JSON names a part"),
        pytest.param(b"null", Trigger(part_id="null"), id="null too"),
        pytest.param(b'"quoted"', Trigger(part_id='"quoted"'), id="quotes belong to the name"),
        pytest.param(b"[1]", Trigger(part_id="[1]"), id="only a brace begins JSON"),
        pytest.param(b' {"seq":7}', Trigger(part_id=' {"seq":7}'), id="white space before a brace is text"),
        pytest.param(b"../x", Trigger(part_id="../x"), id="a path is a name like any other"),
        pytest.param(b"42\0\0", Trigger(part_id="42"), id="NULs at the end"),
        pytest.param(b"duck \r\n\0 ", Trigger(part_id="duck"), id="NUL, space, CR, LF at the end"),
        pytest.param(b"42 \0", Trigger(part_id="42"), id="a seq without a part is a part"),
        pytest.param(b"7 duck-7", Trigger(seq=7, part_id="duck-7"), id="seq and part"),
        pytest.param(b"0007 duck 7", Trigger(seq=7, part_id="duck 7"), id="zeros before, spaces within"),
        pytest.param(b"0" * 40 + b"42 duck", Trigger(seq=42, part_id="duck"), id="many zeros before"),
        pytest.param(b"7  duck", Trigger(seq=7, part_id=" duck"), id="a name that begins with a space"),
        pytest.param(b"7 8 9", Trigger(seq=7, part_id="8 9"), id="digits within a name"),
        pytest.param(b"-7 duck", Trigger(part_id="-7 duck"), id="a sign is no digit"),
        pytest.param("\u0667 duck".encode(), Trigger(part_id="\u0667 duck"), id="digits of ASCII only"),
        pytest.param(b"4294967295 x", Trigger(seq=MAX_SEQ, part_id="x"), id="the greatest seq"),
        pytest.param("pato-ñ".encode(), Trigger(part_id="pato-ñ"), id="UTF-8"),
        pytest.param(b"x" * 64, Trigger(part_id="x" * 64), id="the longest name"),
        pytest.param(b"", Trigger(), id="empty"),
        pytest.param(b"\0\0\0", Trigger(), id="only NULs"),
        pytest.param(b"{}", Trigger(), id="an empty object"),
        pytest.param(b'{"part_id":"d","seq":1}\0\0', Trigger(part_id="d", seq=1), id="NULs behind JSON"),
        pytest.param(b'{"part_id":null,"seq":null}', Trigger(), id="null is not there"),
        pytest.param(b'{"part_id":"a\\u0000"}', Trigger(part_id="a"), id="a NUL at the end within JSON"),
        pytest.param(b'{"seq":1,"seq":2}', Trigger(seq=2), id="of two keys the last"),
        pytest.param(b'{"cameras":["top","top","b"]}', Trigger(cameras=("top", "b")), id="a camera named twice"),
        pytest.param(b'{"recipe":"blue"}', Trigger(recipe="blue"), id="recipe"),
        pytest.param(
            b'{"triggered_at":"2026-11-23T04:19:57.1234+02:00"}',
            Trigger(triggered_at="2026-11-23T02:19:57.123Z"),
            id="another zone is told in UTC",
        ),
        pytest.param(
            b'{"seq":3,"mould":12,"extras":[1]}', Trigger(seq=3, extras={"mould": 12, "extras": [1]}), id="extras"
        ),
    ],
)
def test_triggers_that_can_be_read(payload: bytes, trigger: Trigger) -> None:
    """Each form of DESIGN gives the trigger it means, without an error."""
    parsed = parse_trigger(payload)
    assert (parsed.trigger, parsed.error) == (trigger, None)


@pytest.mark.parametrize(
    ("payload", "salvaged", "error"),
    [
        pytest.param(b'{"part_id":1', Trigger(), "not valid JSON", id="cut off"),
        pytest.param(b'{"part_id":1}', Trigger(), "part_id: must be text, not int; write it in quotes", id="number"),
        pytest.param(b'{"part_id":["a"],"seq":9}', Trigger(seq=9), "part_id: must be text", id="list as name"),
        pytest.param(b'{"seq":"9","part_id":"a"}', Trigger(part_id="a"), "seq: 9 is not a whole number", id="text seq"),
        pytest.param(b'{"seq":true,"part_id":"a"}', Trigger(part_id="a"), "seq: True", id="true as seq"),
        pytest.param(b'{"seq":1.0}', Trigger(), "seq: 1.0", id="a float is no counter"),
        pytest.param(b'{"seq":-1}', Trigger(), "seq: -1", id="below 0"),
        pytest.param(b'{"seq":4294967296,"part_id":"a"}', Trigger(part_id="a"), "seq: 4294967296", id="over"),
        pytest.param(b"4294967296 a", Trigger(part_id="a"), "seq: 4294967296", id="over, as text"),
        pytest.param(b"9" * 9000 + b" a", Trigger(part_id="a"), "seq: 9999", id="thousands of digits"),
        pytest.param(b'{"seq":' + b"9" * 9000 + b"}", Trigger(), "not valid JSON", id="thousands of digits in JSON"),
        pytest.param(b"5 " + b"x" * 65, Trigger(seq=5), "part_id: 65 characters; at most 64", id="name too long"),
        pytest.param(b"5 a\x07b", Trigger(seq=5), "part_id: has characters", id="a bell in the name"),
        pytest.param(b"5 a\0b", Trigger(seq=5), "part_id: has characters", id="a NUL within the name"),
        pytest.param(b"5 \xff\xfe", Trigger(seq=5), "not UTF-8", id="seq before bytes that are no UTF-8"),
        pytest.param(b"\xff\xfe", Trigger(), "not UTF-8", id="no UTF-8"),
        pytest.param(bytes(range(256)) * 16, Trigger(), "part_id: 4096 characters", id="4 kB of noise"),
        pytest.param(b'{"part_id":"\\ud800","seq":4}', Trigger(), "not valid JSON", id="half a surrogate pair"),
        pytest.param(b'{"part_id":"\xed\xa0\x80"}', Trigger(), "not valid JSON", id="a surrogate in UTF-8"),
        pytest.param(b'{"part_id":"a","seq":NaN}', Trigger(), "not valid JSON", id="NaN is no JSON"),
        pytest.param(b'{"part_id":"a"} x', Trigger(), "not valid JSON", id="something behind the object"),
        pytest.param(b'{"cameras":"top","seq":2}', Trigger(seq=2), "cameras: must be a list", id="a camera as text"),
        pytest.param(b'{"cameras":[],"seq":2}', Trigger(seq=2), "cameras: must be a list", id="no camera"),
        pytest.param(b'{"cameras":["a/b"],"seq":2}', Trigger(seq=2), "cameras: must be a list", id="a topic in it"),
        pytest.param(b'{"recipe":7,"seq":2}', Trigger(seq=2), "recipe: must be printable text", id="recipe"),
        pytest.param(b'{"triggered_at":"noon","seq":2}', Trigger(seq=2), "triggered_at:", id="no instant"),
        pytest.param(b'{"triggered_at":7,"seq":2}', Trigger(seq=2), "triggered_at: must be ISO 8601", id="a number"),
        pytest.param(
            b'{"triggered_at":"2026-11-23T02:19:57","seq":2}', Trigger(seq=2), "has no time zone", id="no time zone"
        ),
        pytest.param(
            b'{"triggered_at":"0001-01-01T00:00:00+23:59","seq":2}', Trigger(seq=2), "outside the years", id="year 0"
        ),
        pytest.param(_nested(MAX_DEPTH), Trigger(seq=7, part_id="duck"), "nested deeper than 32", id="deep"),
        pytest.param(_nested(800), Trigger(seq=7, part_id="duck"), "nested deeper than 32", id="deeper"),
        pytest.param(_nested(8000), Trigger(), "not valid JSON", id="deeper than Python"),
        pytest.param(b'{"seq":1.5,"part_id":2}', Trigger(), "part_id: must be text", id="two things wrong"),
    ],
)
def test_triggers_that_cannot_be_read(payload: bytes, salvaged: Trigger, error: str) -> None:
    """What is wrong is named, and what is right in them is kept, so that the PLC hears the KO it awaits."""
    parsed = parse_trigger(payload)
    assert parsed.trigger == salvaged
    assert parsed.error is not None
    assert error in parsed.error


@pytest.mark.parametrize(
    ("payload", "salvaged"),
    [
        pytest.param(b"7 " + b"a" * 100_000, Trigger(seq=7), id="a long text"),
        pytest.param(b'{"seq":7,"x":"' + b"a" * 100_000 + b'"}', Trigger(), id="long JSON"),
        pytest.param(b'{"seq":7,"part_id":"duck"}', Trigger(seq=7, part_id="duck"), id="of another schema"),
    ],
)
def test_a_trigger_that_is_refused_is_still_a_part(payload: bytes, salvaged: Trigger) -> None:
    """What its first bytes say of the part is kept, its record stays small, and the reason is the one given."""
    refused = unread_trigger(payload, "16 kB at most")
    assert (refused.trigger, refused.error) == (salvaged, "16 kB at most")
    assert len(refused.raw) <= RAW_BYTES


def test_all_that_is_wrong_is_named() -> None:
    """Two wrong values are two problems in one text."""
    error = parse_trigger(b'{"seq":-1,"part_id":2,"recipe":3}').error
    assert error is not None
    assert [part.split(":")[0] for part in error.split("; ") if ":" in part] == ["part_id", "seq", "recipe"]


def test_a_trigger_is_recorded_as_it_came() -> None:
    """`raw` is the JSON object with its extras, or the text."""
    assert parse_trigger(b'{"seq":1,"mould":{"n":12}}').raw == {"seq": 1, "mould": {"n": 12}}
    assert parse_trigger(b"7 duck\0").raw == "7 duck"
    assert parse_trigger(b'{"seq":').raw == '{"seq":'


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
_objects = st.dictionaries(
    st.sampled_from(["part_id", "seq", "triggered_at", "cameras", "recipe", "extras", "mould"]), _json, max_size=6
)
_payloads = (
    st.binary(max_size=200)
    | st.binary(max_size=60).map(lambda tail: b"{" + tail)
    | st.tuples(st.integers(0, 2**40), st.binary(max_size=80)).map(lambda p: f"{p[0]} ".encode() + p[1])
    | st.text(max_size=80).map(lambda text: text.encode("utf-8", "surrogatepass"))
    | _objects.map(lambda fields: json.dumps(fields).encode())
)


@given(_payloads)
def test_no_bytes_raise_and_no_name_is_harmful(payload: bytes) -> None:
    """Any bytes give a part whose name is printable and short, and whose story and verdict can be written."""
    parsed = parse_trigger(payload)
    trigger = parsed.trigger
    assert trigger.part_id.isprintable()
    assert len(trigger.part_id) <= MAX_PART_ID
    assert trigger.seq is None or 0 <= trigger.seq <= MAX_SEQ
    msgspec.json.encode([parsed.raw, trigger, parsed.error])
    assert parse_code(verdict_code("KO", trigger.seq, "bad_trigger", trigger.part_id)).part_id == trigger.part_id


@given(_objects, st.integers(0, MAX_SEQ))
def test_a_good_seq_is_always_salvaged(fields: dict[str, Any], seq: int) -> None:
    """Whatever else stands in the object, a whole number as `seq` is read."""
    assert parse_trigger(json.dumps({**fields, "seq": seq}).encode()).trigger.seq == seq


@given(st.sampled_from(get_args(VerdictWord)), st.integers(0, MAX_SEQ), st.sampled_from(get_args(Reason)), part_ids)
def test_fixed_columns_come_back(word: VerdictWord, seq: int, reason: Reason, part_id: str) -> None:
    """Every verdict is read from `verdict/code` as it was written, names that begin with spaces too."""
    assert parse_code(verdict_code(word, seq, reason, part_id)) == Code(word, seq, reason, part_id)


@given(st.none() | st.integers(0, MAX_SEQ), part_ids)
def test_the_columns_are_where_a_plc_looks(seq: int | None, part_id: str) -> None:
    """Each field begins at the same byte, whatever stands in the others."""
    code = verdict_code("KO", seq, "no_model", part_id)
    assert (code[:2], code[3:13], code[14:16]) == (b"KO", b"%010d" % (seq or 0), b"09")
    assert code[17:].decode() == part_id
    assert captured_code(seq, part_id) == code[3:13] + b" " + part_id.encode()


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"OK",
        b"ok 0000000001 00 x",
        b"OK 1 00 x",
        b"OK 0000000001 10 x",
        b"OK 0000000001 00x",
        b" OK 0000000001 00 x",
        b"\xff" * 20,
    ],
)
def test_other_lines_are_no_codes(payload: bytes) -> None:
    """A line that is not in the columns, or of an unknown reason, is refused."""
    with pytest.raises(ContractError, match="verdict/code"):
        parse_code(payload)


def test_a_code_without_a_name_survives_cutting() -> None:
    """A reader that cuts trailing spaces off still reads the verdict."""
    assert parse_code(verdict_code("OK", 3, "rules", "").rstrip()) == Code("OK", 3, "rules", "")


def test_reasons_have_their_own_codes() -> None:
    """Each reason has one code of two digits, all different: DESIGN counts them from 00."""
    assert [REASON_CODES[reason] for reason in get_args(Reason)] == list(range(10))
