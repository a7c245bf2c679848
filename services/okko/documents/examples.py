"""Real messages of the duck station, one of each kind and more where forms differ, as they came from its broker."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "recorded"
INDEX_FILE = "messages.json"
FRAME_FILE = "frame.msgpack"


@dataclass(frozen=True)
class Example:
    """One message with what MQTT 5 said of it; `retain` is as its publisher set it."""

    topic: str
    payload: bytes
    qos: int
    retain: bool
    content_type: str | None = None
    schema: str | None = None
    expiry_s: int | None = None


@cache
def recorded() -> dict[str, Example]:
    """The examples by name: the key of the topic's row, or `key:form` where a topic has several."""
    entries: dict[str, dict[str, Any]] = json.loads((FOLDER / INDEX_FILE).read_text(encoding="utf-8"))
    return {name: _example(entry) for name, entry in entries.items()}


def of(key: str) -> dict[str, Example]:
    """The examples of one row of the table, by name."""
    return {name: example for name, example in recorded().items() if name.partition(":")[0] == key}


def _example(entry: dict[str, Any]) -> Example:
    rest = dict(entry)
    if (file := rest.pop("file", None)) is not None:
        payload = (FOLDER / file).read_bytes()
    else:
        payload = rest.pop("payload").encode()
    return Example(payload=payload, **rest)
