"""Topics: each is built and read back, and no name and no prefix leads out of the station."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okko import contracts as c
from okko.errors import ContractError
from okko.topics import SPECS, TABLE, Topics, check_base

TOPICS = Topics("okko/v1/canario/ducks/line-1")

names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", fullmatch=True)


def _names_of(path: str) -> list[str]:
    return [name for _, name, _, _ in string.Formatter().parse(path) if name is not None]


@pytest.mark.parametrize("spec", TABLE, ids=lambda spec: spec.key)
@given(data=st.data())
def test_each_topic_is_read_back(spec: object, data: st.DataObject) -> None:
    """Every row of the table builds a topic that belongs to this row alone, with the names that stand in it."""
    row = SPECS[getattr(spec, "key", "")]
    filled = {name: data.draw(names) for name in _names_of(row.path)}
    address = TOPICS.build(row.key, **filled)
    assert address.topic == f"{TOPICS.base}/{row.path.format(**filled)}"
    parsed = TOPICS.parse(address.topic)
    assert (parsed.topic, parsed.spec, parsed.names) == (address.topic, row, filled)


def test_keys_and_paths_are_unique() -> None:
    """No two rows share a key or a topic."""
    assert len(SPECS) == len(TABLE)
    assert len({spec.path for spec in TABLE}) == len(TABLE)


@pytest.mark.parametrize("bad", ["", "+", "#", "a/b", "a b", "../a", "a\n", "a\0", "ñ", "-a", "$SYS", "a" * 101])
def test_foreign_names_are_refused(bad: str) -> None:
    """A name that would break a topic is refused when it is built and not recognised when it is read."""
    with pytest.raises(ContractError, match="cannot stand in a topic"):
        TOPICS.build("frame", camera=bad)
    with pytest.raises(ContractError, match="none of this station's"):
        TOPICS.parse(f"{TOPICS.base}/frame/{bad}")


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "trigger",
        "okko/v1/canario/ducks/line-1",
        "okko/v1/canario/ducks/line-1/",
        "okko/v1/canario/ducks/line-1/trigger/",
        "okko/v1/canario/ducks/line-1/nothing",
        "okko/v1/canario/ducks/line-10/trigger",
        "okko/v1/canario/ducks/line-1x/trigger",
        "x/okko/v1/canario/ducks/line-1/trigger",
        "okko/v1/canario/ducks/line-1/prediction/top",
        "okko/v1/canario/ducks/line-1/prediction/top/m/x",
        "$SYS/broker/uptime",
    ],
)
def test_foreign_topics_are_refused(topic: str) -> None:
    """What belongs to another station, or to no row, is an error of the contract."""
    with pytest.raises(ContractError, match="topic: "):
        TOPICS.parse(topic)


@given(st.text(max_size=80))
def test_no_topic_raises_anything_else(rest: str) -> None:
    """Any text is a topic of the table or an error of the contract."""
    topic = f"{TOPICS.base}/{rest}"
    try:
        address = TOPICS.parse(topic)
    except ContractError:
        return
    assert TOPICS.build(address.spec.key, **address.names).topic == topic


@pytest.mark.parametrize(
    "base",
    [
        "",
        "/",
        "a/",
        "/a",
        "a//b",
        "a/+",
        "+",
        "#",
        "a/#",
        "a b",
        "a\tb",
        "a\n",
        "a/b\n",
        "a\0b",
        "$SYS",
        "$a/b",
        "a" * 257,
    ],
)
def test_prefixes_with_wildcards_and_white_space_are_refused(base: str) -> None:
    """A prefix that no topic can be built on is refused with the rule."""
    with pytest.raises(ValueError, match="is no topic prefix"):
        Topics(base)


@pytest.mark.parametrize("base", ["a", "okko/v1/a/b/c", "planta/línea-1", "a/$b", "-/_", "a" * 256])
def test_a_plants_own_prefix_is_taken(base: str) -> None:
    """Whatever a plant's namespace looks like, its topics are built and read back below it."""
    topics = Topics(check_base(base))
    assert topics.parse(topics.build("verdict_code").topic).spec.key == "verdict_code"


def test_subscriptions_leave_open_what_is_not_named() -> None:
    """A name that is left out becomes `+`."""
    assert TOPICS.filter("prediction") == f"{TOPICS.base}/prediction/+/+"
    assert TOPICS.filter("prediction", camera="top") == f"{TOPICS.base}/prediction/top/+"
    assert TOPICS.filter("trigger") == f"{TOPICS.base}/trigger"


@pytest.mark.parametrize("spec", TABLE, ids=lambda spec: spec.key)
def test_the_table_says_what_travels(spec: object) -> None:
    """Frames are msgpack, other messages JSON, the rest text; what is retained and unconfirmed is as DESIGN has it."""
    row = SPECS[getattr(spec, "key", "")]
    as_text, as_frame = row.payload is None, row.payload is c.Frame
    kind = "text/plain" if as_text else "application/msgpack" if as_frame else "application/json"
    assert row.content_type == kind
    assert row.retain == (row.key in {"verdict_last", "count", "ready", "agent", "station", "stats", "bridge"})
    assert row.qos == (0 if row.key in {"stats", "preview"} else 1)
    assert row.publishers
    assert row.readers


@pytest.mark.parametrize(
    ("key", "deadline_ms", "expiry_s"),
    [("capture", 1000, 1), ("capture", 1, 1), ("verdict_code", 1001, 3), ("ready", 60_000, 3), ("verdict", 1000, None)],
)
def test_a_message_expires_as_its_row_says(key: str, deadline_ms: int, expiry_s: int | None) -> None:
    """What is perishable lives for the station's deadline in whole seconds, rounded up, and what the row adds to it."""
    assert SPECS[key].expiry_with(deadline_ms) == expiry_s
