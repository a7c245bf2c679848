"""JSON Schemas (draft 2020-12) of everything that travels, made from the contracts."""

import inspect
from typing import Any

import msgspec

from okko import contracts as c
from okko.documents.texts import TEXTS
from okko.plc import MAX_PART_ID
from okko.topics import TABLE, TopicSpec

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_PYTHON_ONLY = r"(?!\n)"
"""ECMA 262, which JSON Schema's patterns are written in, has a `$` that stands at the end alone."""


def messages_of(spec: TopicSpec) -> tuple[str, ...]:
    """The names of the messages that travel on a row of the table."""
    if spec.payload is not None:
        return (spec.payload.__name__,)
    text = TEXTS[spec.key].name
    return (text, c.Trigger.__name__) if spec.key in {"trigger", "ask"} else (text,)


def document(base: str = "{base}") -> Schema:
    """All schemas in one: each message and each part of one under `$defs`, with its topics."""
    schemas = components("#/$defs/{name}")
    for name, schema in schemas.items():
        if topics := [f"{base}/{spec.path}" for spec in TABLE if name in messages_of(spec)]:
            schema["x-topics"] = topics
    return {
        "$schema": DIALECT,
        "$id": f"urn:okko:messages:{c.SCHEMA}",
        "title": "The messages of okko",
        "description": "Each message is one of `$defs`. A field that is not known is to be ignored. What has the type "
        "string and `x-text` travels as that text alone, without quotes; `x-columns` are the first and last column of "
        "a field in it, from 1, or the first of one that goes to the end. Frame is MessagePack with these names.",
        "$defs": schemas,
    }


def components(ref_template: str) -> dict[str, Schema]:
    """The schema of each message and each part of one, by name; they name each other by `ref_template`."""
    _, made = msgspec.json.schema_components(kinds(), ref_template=ref_template)
    schemas = {name: _in_ecma(made[name]) for name in sorted(made)}
    for schema in schemas.values():
        schema["description"] = inspect.cleandoc(schema["description"])
    _describe_trigger(schemas["Trigger"])
    _describe_frame(schemas["Frame"])
    for form in TEXTS.values():
        schemas[form.name] = {
            "title": form.name,
            "description": form.about,
            "type": "string",
            "pattern": form.pattern,
            "x-text": True,
        }
        if form.columns:
            schemas[form.name]["x-columns"] = {name: list(columns) for name, columns in form.columns.items()}
        if form.reasons:
            schemas[form.name]["x-reasons"] = dict(form.reasons)
    return dict(sorted(schemas.items()))


def kinds() -> list[type[c.Message]]:
    """Every message and part of one, in the order of the module."""
    found = [kind for _, kind in inspect.getmembers(c, inspect.isclass) if issubclass(kind, c.Message)]
    own = [kind for kind in found if kind is not c.Message and kind.__module__ == c.__name__]
    return sorted(own, key=lambda kind: inspect.getsourcelines(kind)[1])


def _in_ecma(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_in_ecma(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: value.removesuffix(_PYTHON_ONLY) if key == "pattern" and isinstance(value, str) else _in_ecma(value)
        for key, value in schema.items()
    }


def _describe_trigger(schema: Schema) -> None:
    """As a PLC writes it: extra keys stand beside the others, and what `okko.plc` asks of each."""
    del schema["properties"]["extras"]
    schema["properties"]["part_id"] = {
        "description": "the PLC's name of the part, echoed; printable",
        "anyOf": [{"type": "string", "maxLength": MAX_PART_ID}, {"type": "null"}],
        "default": "",
    }
    for name, bound in (("cameras", {"minItems": 1}), ("recipe", {"maxLength": MAX_PART_ID})):
        schema["properties"][name]["anyOf"][0].update(bound)
    schema["additionalProperties"] = True


def _describe_frame(schema: Schema) -> None:
    """As MessagePack has it: a map with these names, and bytes where JSON could only have text."""
    schema["description"] = (
        "One picture, as MessagePack: a map with these names. `data` is a `bin`; `encoding` says what is in it."
    )
    schema["contentMediaType"] = "application/msgpack"
    schema["properties"]["data"] = {
        "description": "MessagePack `bin`: a JPEG or PNG file, or rows of blue, green and red bytes",
        "contentMediaType": "application/octet-stream",
    }
