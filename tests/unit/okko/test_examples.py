"""The recorded examples are messages as the contract has them: whoever imitates them is understood."""

import hashlib

import pytest

from okko import contracts as c
from okko.documents.examples import Example, of, recorded
from okko.plc import parse_code, parse_trigger
from okko.topics import SPECS, TABLE, Topics

TOPICS = Topics("okko/v1/canario/ducks/line-1")
DEADLINE_MS = 1000
EXAMPLES = recorded()
BY_OTHERS = {"trigger", "ask", "cmd"}
"""What a PLC or a tool wrote, with no word of MQTT 5."""


@pytest.mark.parametrize("spec", TABLE, ids=lambda spec: spec.key)
def test_each_topic_has_an_example(spec: object) -> None:
    """Every row of the table has a real message, but for the broker's own and for a frame that is sent again."""
    key = getattr(spec, "key", "")
    assert of(key) or key in {"bridge", "record_frame"}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_travelled_as_its_row_says(name: str) -> None:
    """Topic, QoS, retain, expiry, content type and schema of the recorded message are those of the table."""
    example, spec = EXAMPLES[name], SPECS[name.partition(":")[0]]
    assert TOPICS.parse(example.topic).spec is spec
    assert (example.qos, example.retain) == (spec.qos, spec.retain)
    if spec.key in BY_OTHERS:
        return
    assert example.content_type == spec.content_type
    assert example.expiry_s == spec.expiry_with(DEADLINE_MS)
    assert example.schema == (None if spec.payload is None else c.SCHEMA)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_can_be_read(name: str) -> None:
    """Each is decoded by what okko itself reads it with; the trigger in both forms."""
    example, spec = EXAMPLES[name], SPECS[name.partition(":")[0]]
    if spec.payload is not None:
        message = c.decode(spec.payload, example.payload)
        assert c.decode(spec.payload, c.encode(message)) == message
    elif spec.key in {"trigger", "ask"}:
        read = parse_trigger(example.payload)
        assert (read.error, read.trigger.part_id) == (None, f"duck-{read.trigger.seq}")
    elif spec.key == "verdict_code":
        assert parse_code(example.payload).part_id.startswith("duck-")
    else:
        assert example.payload in {b"1", b"0000001042 duck-1042"}


def test_the_frame_holds_the_picture_that_it_names() -> None:
    """The recorded frame is whole: its bytes have the hash that stands beside them, and begin as JPEG does."""
    frame = c.decode(c.Frame, EXAMPLES["frame"].payload)
    assert hashlib.sha256(frame.data).hexdigest() == frame.sha256
    assert bytes(frame.data[:3]) == b"\xff\xd8\xff"


def test_the_examples_tell_one_story() -> None:
    """Capture, exposure, frame, prediction, verdict and item are those of one duck, the one that the trigger names."""

    def ids(*names: str) -> set[str]:
        found: list[Example] = [EXAMPLES[name] for name in names]
        kinds = [SPECS[name].payload for name in names]
        return {getattr(c.decode(k, e.payload), "item_id") for k, e in zip(kinds, found, strict=True) if k}  # noqa: B009 - of several types

    assert len(ids("capture", "captured_by", "frame", "prediction", "verdict", "item")) == 1
    assert c.decode(c.Verdict, EXAMPLES["verdict"].payload).part_id == "duck-1042"
    assert EXAMPLES["trigger"].payload == b"1042 duck-1042"
