"""The pages of what travels over the broker: topics and messages."""

import inspect
from typing import Any

import msgspec

from okko import contracts as c
from okko.topics import TABLE, TopicSpec
from tools.reference import schema
from tools.reference.markdown import code, prose, table

_TOPICS_INTRO = """
# Topics

`{base}` is the station's prefix: `okko/v1/<site>/<line>/<name>` unless `base` under `[station]` says
otherwise. It stands before every topic on this page. What a PLC writes and reads:
[how-to/plc.md](../how-to/plc.md).

Text is UTF-8. *Expiry* is how long the broker keeps a message for a reader that is away, or a retained one
for readers to come. A reader takes no message that is larger than *at most*; what it cannot read becomes a
dead letter.
"""

_MESSAGES_INTRO = """
# Messages

JSON in UTF-8, but for the Frame, which is msgpack with the same names. Units stand in the names (`_ms`,
`_px`, `_ns`); an *instant* is ISO 8601 text in UTC; no number is above 2^53 except nanoseconds, which only
agents read. A reader ignores fields that it does not know. Each message carries the schema's version,
`"{version}"`, as MQTT 5 user property `schema`, and its content type.

Fields with the default *left out* do not stand in a message that has nothing to say there.
"""


def topics() -> str:
    """docs/reference/topics.md."""
    rows = [
        (
            code(f"{{base}}/{spec.path}"),
            spec.about,
            ", ".join(spec.publishers),
            ", ".join(spec.readers),
            _payload(spec),
            str(spec.qos),
            "yes" if spec.retain else "",
            _expiry(spec),
            _size(spec.max_bytes),
        )
        for spec in TABLE
    ]
    heads = ("topic", "what", "from", "to", "payload", "QoS", "retained", "expiry", "at most")
    return f"{_TOPICS_INTRO.strip()}\n\n{table(heads, rows)}"


def messages() -> str:
    """docs/reference/messages.md."""
    parts = [_MESSAGES_INTRO.replace("{version}", c.SCHEMA).strip()]
    for kind in _kinds():
        parts.append(f"## {kind.__name__}")
        parts.append(prose(kind.__doc__))
        if where := _where(kind):
            parts.append(f"On {where}.")
        parts.append(_fields(kind))
    return "\n\n".join(parts)


def _kinds() -> list[type[c.Message]]:
    """Every message and part of one, in the order of the module."""
    found = [kind for _, kind in inspect.getmembers(c, inspect.isclass) if issubclass(kind, c.Message)]
    own = [kind for kind in found if kind is not c.Message and kind.__module__ == c.__name__]
    return sorted(own, key=lambda kind: inspect.getsourcelines(kind)[1])


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


def _payload(spec: TopicSpec) -> str:
    if spec.key in {"trigger", "ask"}:
        return "text, or [Trigger](messages.md#trigger)"
    if spec.payload is None:
        return "[text](../how-to/plc.md)"
    name = spec.payload.__name__
    return f"[{name}](messages.md#{name.lower()})"


def _expiry(spec: TopicSpec) -> str:
    if spec.expiry_after_deadline_s is not None:
        more = spec.expiry_after_deadline_s
        return f"deadline + {more} s" if more else "deadline"
    return f"{spec.expiry_s} s" if spec.expiry_s is not None else ""


def _size(size_bytes: int) -> str:
    kib = size_bytes // 1024
    return f"{kib // 1024} MiB" if kib >= 1024 else f"{kib} KiB"  # noqa: PLR2004 - KiB in a MiB
