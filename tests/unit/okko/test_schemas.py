"""The JSON Schemas take the messages that okko reads, and no others."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from okko import contracts as c
from okko.documents import schemas
from okko.documents.examples import recorded
from okko.documents.texts import TEXTS
from okko.errors import ContractError
from okko.plc import captured_code, parse_trigger, verdict_code
from okko.topics import SPECS, TABLE

DOCUMENT = schemas.document()
EXAMPLES = recorded()
MESSAGES = [name for name in EXAMPLES if SPECS[name.partition(":")[0]].payload is not None]
WRONG: tuple[Any, ...] = (None, True, -1, 3.5, "", "a b", "../x", [], ["a b"], {}, {"x": "y"}, [1, 2, 3, 4, 5])

part_ids = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=64)


def validator(name: str) -> Draft202012Validator:
    """A validator of one message, as a reader of the document makes it."""
    return Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": DOCUMENT["$defs"]})


def payload_of(name: str) -> Any:
    """What a reader has in hand once it has read the text: JSON, the map of MessagePack, or the text."""
    example = EXAMPLES[name]
    if example.content_type == "application/msgpack":
        return msgspec.msgpack.decode(example.payload)
    is_json = example.content_type == "application/json" or example.payload.startswith(b"{")
    return json.loads(example.payload) if is_json else example.payload.decode()


def kind_of(name: str) -> type[c.Message]:
    """The type that okko reads an example with."""
    kind = SPECS[name.partition(":")[0]].payload
    assert kind is not None
    return kind


def test_the_document_is_json_schema() -> None:
    """It is valid in the dialect that it names, and every message of the table is in it with its topics."""
    Draft202012Validator.check_schema(DOCUMENT)
    assert DOCUMENT["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    for spec in TABLE:
        for name in schemas.messages_of(spec):
            assert f"{{base}}/{spec.path}" in DOCUMENT["$defs"][name]["x-topics"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_real_message_is_taken(name: str) -> None:
    """Each recorded message is valid by one of the schemas of its topic."""
    names = schemas.messages_of(SPECS[name.partition(":")[0]])
    assert sum(validator(schema).is_valid(payload_of(name)) for schema in names) == 1


def changed(fields: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The message with each of its fields left out, and with things in it that may not be there."""
    for key in fields:
        yield {other: value for other, value in fields.items() if other != key}
        for wrong in WRONG:
            yield {**fields, key: wrong}


@pytest.mark.parametrize("name", [name for name in MESSAGES if name != "frame"])
def test_schema_and_decoder_agree(name: str) -> None:
    """Whatever is wrong with a field, the schema refuses the message exactly where okko does."""
    check = validator(kind_of(name).__name__)
    for fields in changed(payload_of(name)):
        try:
            c.decode(kind_of(name), json.dumps(fields).encode())
            reads = True
        except ContractError:
            reads = False
        assert check.is_valid(fields) is reads, fields


@pytest.mark.parametrize("name", MESSAGES)
def test_a_field_that_is_not_known_is_no_error(name: str) -> None:
    """A later version may add fields: readers that validate go on."""
    assert validator(kind_of(name).__name__).is_valid({**payload_of(name), "of_tomorrow": 1})


@pytest.mark.parametrize(
    "fields",
    [
        {"seq": 2**32},
        {"seq": -1},
        {"seq": "7"},
        {"part_id": 7},
        {"part_id": "x" * 65},
        {"cameras": []},
        {"cameras": ["a b"]},
        {"recipe": "x" * 65},
    ],
)
def test_a_trigger_that_would_be_ko_is_refused(fields: dict[str, Any]) -> None:
    """Who validates a trigger before it is sent learns what the decision agent would say to it."""
    assert parse_trigger(json.dumps(fields).encode()).error is not None
    assert not validator("Trigger").is_valid(fields)


@pytest.mark.parametrize(
    "fields",
    [{}, {"seq": 0}, {"seq": None, "part_id": None, "cameras": None}, {"part_id": "x" * 64, "mould": [3]}],
)
def test_a_trigger_that_is_good_is_taken(fields: dict[str, Any]) -> None:
    """The schema is not narrower than the parser: extra keys, and null for what is not there."""
    assert parse_trigger(json.dumps(fields).encode()).error is None
    assert validator("Trigger").is_valid(fields)


def cut(name: str, line: str) -> dict[str, str]:
    """The fields of a line, by nothing but the columns in the document."""
    columns = DOCUMENT["$defs"][name]["x-columns"]
    return {field: line[first - 1 : last[0] if last else None] for field, (first, *last) in columns.items()}


@given(
    st.sampled_from(["OK", "KO"]), st.integers(0, c.MAX_SEQ) | st.none(), st.sampled_from([*c.REASON_CODES]), part_ids
)
def test_what_a_plc_hears_matches(word: c.VerdictWord, seq: int | None, reason: c.Reason, part_id: str) -> None:
    """Every line that okko writes to a PLC has the columns that the schema says, and in them what was meant."""
    code, captured = verdict_code(word, seq, reason, part_id).decode(), captured_code(seq, part_id).decode()
    assert validator("VerdictCode").is_valid(code)
    assert validator("CapturedCode").is_valid(captured)
    digits = f"{seq or 0:010d}"
    fields = cut("VerdictCode", code)
    assert fields == {"verdict": word, "seq": digits, "reason": fields["reason"], "part_id": part_id}
    assert DOCUMENT["$defs"]["VerdictCode"]["x-reasons"][fields["reason"]] == reason
    assert cut("CapturedCode", captured) == {"seq": digits, "part_id": part_id}


@given(st.integers(0, c.MAX_SEQ), part_ids.filter(bool))
def test_what_a_plc_may_write_matches(seq: int, part_id: str) -> None:
    """`seq part` is taken by the schema and read as what it says."""
    text = f"{seq} {part_id}"
    assert validator("TriggerText").is_valid(text)
    assert parse_trigger(text.encode()).trigger.seq == seq


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("VerdictCode", "OK 1042 00 duck"),
        ("VerdictCode", "ok 0000001042 00 duck"),
        ("VerdictCode", "KO 0000001042 99 duck"),
        ("VerdictCode", "OK 0000001042 00 du\nck"),
        ("CapturedCode", "1042 duck"),
        ("Ready", "2"),
        ("Ready", "10"),
        ("Bridge", ""),
        ("TriggerText", '{"seq": 1}'),
        ("TriggerText", "1 " + "x" * 70),
        ("TriggerText", "a\tb"),
    ],
)
def test_other_text_is_refused(form: str, text: str) -> None:
    """A client that misses a column, or takes JSON for text, sees it."""
    assert form in {known.name for known in TEXTS.values()}
    assert not validator(form).is_valid(text)


@pytest.mark.parametrize("text", ["", "duck", "1042", "1042 duck", "1042  duck", "true", "0 x"])
def test_every_form_of_a_trigger_is_text(text: str) -> None:
    """All that the page for PLCs shows as text is taken."""
    assert parse_trigger(text.encode()).error is None
    assert validator("TriggerText").is_valid(text)
