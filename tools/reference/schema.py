"""What a JSON Schema says of one key, in words: its type, its unit, its bounds, its default."""

import json
from collections.abc import Mapping
from typing import Any

from okko.contracts import ID_PATTERN, MAX_NUMBER
from okko.settings import NAME_PATTERN

Schema = Mapping[str, Any]

_UNITS = {
    "ms": "ms",
    "s": "s",
    "us": "us",
    "ns": "ns",
    "px": "px",
    "bytes": "bytes",
    "days": "days",
    "percent": "%",
    "k": "K",
    "fps": "1/s",
    "min": "1/min",
    "hours": "h",
}
_TYPES = {"integer": "whole number", "number": "number", "string": "text", "boolean": "`true` or `false`"}
_PATTERNS = {
    NAME_PATTERN: "name",
    NAME_PATTERN + r"(?!\n)": "name",
    ID_PATTERN: "id",
    r"^[0-9a-f]{64}$(?!\n)": "SHA-256 in hex",
}


def unit(key: str) -> str:
    """The unit that a key has in its name."""
    return _UNITS.get(key.rsplit("_", 1)[-1], "")


def kind(schema: Schema) -> str:
    """The type, as people say it."""
    for several in ("anyOf", "oneOf"):
        if several in schema:
            parts = [kind(part) for part in schema[several] if part.get("type") != "null"]
            return " or ".join(dict.fromkeys(parts))
    if "$ref" in schema:
        return "table"
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if "enum" in schema:
        return ", ".join(f"`{json.dumps(value)}`" for value in schema["enum"])
    match schema.get("type"):
        case "array":
            return _array(schema)
        case "object":
            inner = schema.get("additionalProperties")
            return f"{{name: {kind(inner)}}}" if isinstance(inner, Mapping) else "table"
        case "string":
            return _text(schema)
        case str() as name:
            return _TYPES[name]
    return "anything"


def bounds(schema: Schema) -> str:
    """What is allowed within the type."""
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return "; ".join(found for part in schema[several] if (found := bounds(part)))
    said = []
    low, high = schema.get("minimum"), schema.get("maximum")
    high = None if high is not None and high >= MAX_NUMBER else high  # no bound that anyone meets
    if low is not None and high is not None:
        said.append(f"{_number(low)} to {_number(high)}")
    elif low is not None:
        said.append(f"at least {_number(low)}")
    elif (above := schema.get("exclusiveMinimum")) is not None:
        said.append(f"above {_number(above)}" + (f", to {_number(high)}" if high is not None else ""))
    if schema.get("type") == "array" and "prefixItems" not in schema and "minItems" in schema:
        said.append(f"at least {schema['minItems']}")
    if (longest := schema.get("maxLength")) is not None:
        said.append(f"at most {longest} characters")
    inner = schema.get("items")
    if isinstance(inner, Mapping) and (found := bounds(inner)):
        said.append(f"each {found}")
    first = schema.get("prefixItems", [None])[0]
    if isinstance(first, Mapping) and (found := bounds(first)):
        said.append(f"each {found}")
    return ", ".join(said)


def default(schema: Schema, *, required: bool) -> str:
    """What holds where the key is left out."""
    if required:
        return "**required**"
    value = schema.get("default")
    if value is None or value in ({}, []):
        return "none"
    if isinstance(value, Mapping):
        return f'`kind = "{value["kind"]}"`' if "kind" in value else "see its table"
    return f"`{json.dumps(value)}`"


def _text(schema: Schema) -> str:
    if schema.get("format") == "path":
        return "path"
    if schema.get("contentEncoding") == "base64":
        return "bytes"
    return _PATTERNS.get(schema.get("pattern", ""), _TYPES["string"])


def _array(schema: Schema) -> str:
    if (places := schema.get("prefixItems")) is not None:
        return f"[{', '.join(kind(place) for place in places)}]"
    return f"[{kind(schema.get('items', {}))}, ...]"


def _number(value: float) -> str:
    return f"{value:,}".replace(",", " ") if isinstance(value, int) and abs(value) >= 10_000 else f"{value:g}"  # noqa: PLR2004 - four digits are read at a glance
