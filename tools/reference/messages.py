"""The page of the messages."""

from typing import Any

import msgspec

from okko import contracts as c
from okko.documents.markdown import code, prose, table
from okko.documents.schemas import kinds
from okko.topics import TABLE
from tools.reference import schema

_MESSAGES_INTRO = """
# Messages

JSON in UTF-8, but for the Frame, which is msgpack with the same names. Units stand in the names (`_ms`,
`_px`, `_ns`); an *instant* is ISO 8601 text in UTC; no number is above 2^53 except nanoseconds, which only
agents read. A reader ignores fields that it does not know. Each message carries the schema's version,
`"{version}"`, as MQTT 5 user property `schema`, and its content type.

Fields with the default *left out* do not stand in a message that has nothing to say there.
"""


def messages() -> str:
    """docs/reference/messages.md."""
    parts = [_MESSAGES_INTRO.replace("{version}", c.SCHEMA).strip()]
    for kind in kinds():
        parts.append(f"## {kind.__name__}")
        parts.append(prose(kind.__doc__))
        if where := _where(kind):
            parts.append(f"On {where}.")
        parts.append(_fields(kind))
    return "\n\n".join(parts)


def _where(kind: type[c.Message]) -> str:
    if kind is c.Trigger:
        return "`{base}/trigger` and `{base}/ask` as JSON; [text](../how-to/plc.md) does as well"
    return ", ".join(code(f"{{base}}/{spec.path}") for spec in TABLE if spec.payload is kind)


def _fields(kind: type[c.Message]) -> str:
    (_,), components = msgspec.json.schema_components([kind])
    own: dict[str, Any] = components[kind.__name__]
    omits = kind.__struct_config__.omit_defaults
    rows = []
    for field in msgspec.structs.fields(kind):
        if kind is c.Trigger and field.name == "extras":
            continue  # how we keep the extra keys, not a key of its own
        entry = own["properties"][field.encode_name]
        may_be_null = any(part.get("type") == "null" for part in entry.get("anyOf", ()))
        rows.append(
            (
                code(field.encode_name),
                _type(entry) + (" or `null`" if may_be_null else ""),
                schema.unit(field.encode_name),
                "always" if field.required else "left out" if omits else schema.default(entry, required=False),
                schema.bounds(entry),
            )
        )
    return table(("field", "type", "unit", "default", "bounds"), rows)


def _type(entry: schema.Schema) -> str:
    """The type, with the names of the messages inside it."""
    if (reference := entry.get("$ref")) is not None:
        name = reference.rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    for several in ("anyOf", "oneOf"):
        if several in entry:
            return " or ".join(_type(part) for part in entry[several] if part.get("type") != "null")
    if set(entry.get("enum", ())) == set(c.REASON_CODES):
        return "[reason](reasons.md)"
    inner = entry.get("items")
    if entry.get("type") == "array" and isinstance(inner, dict) and "$ref" in inner:
        return f"[{_type(inner)}, ...]"
    if "description" in entry and entry.get("type") == "string" and "UTC" in entry["description"]:
        return "instant"
    return schema.kind(entry)
