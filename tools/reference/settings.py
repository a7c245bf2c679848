"""The pages of the two files that people write: `station.toml` and `model.toml`."""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from inference_agent.bundle import Bundle
from okko.documents.markdown import code, prose, table
from okko.station_file import StationFile
from tools.reference import schema

_STATION_INTRO = """
# The station file

`station.toml` describes one station, whole. It is TOML, and every key of it stands on this page. A key that
is not known, or a value out of bounds, is refused: `okko check STATION` names the file, the key, what it
found and what to write instead, and exits 2. Relative paths start at the folder of the file.

A *name* is made of letters, digits, `_` and `-`, begins with a letter or digit and has at most 64 characters:
it stands in topics and in paths.

Three variables go before the file: `OKKO_BROKER_URL` takes the place of `url` under `[broker]`, `OKKO_DATA` that of
`path` under `[recorder]`, and `OKKO_BROKER_PASSWORD` holds the password, which never stands in the file.
"""

_BUNDLE_INTRO = """
# The model bundle

A bundle is a folder with `model.toml` beside the `.tflite`. All that is particular to a model stands there:
what goes in and what the outputs mean. `okko check` reads the bundles of a station; a key that is not known
is refused.
"""

_HEADS = ("key", "type", "unit", "default", "bounds", "what it is")


def station_file() -> str:
    """docs/reference/station-file.md."""
    parts = [_STATION_INTRO.strip()]
    for name, field in StationFile.model_fields.items():
        many = get_origin(field.annotation) is tuple
        header = f"[[{name}]]" if many else f"[{name}]"
        parts += _section(header, _models(field.annotation), level=2)
    return "\n\n".join(parts)


def bundle() -> str:
    """docs/reference/bundle.md."""
    parts = [_BUNDLE_INTRO.strip(), "## The file itself", _table(Bundle, leave_out=("input", "decoder"))]
    parts += _section("[input]", _models(Bundle.model_fields["input"].annotation), level=2)
    parts += _section("[decoder]", _models(Bundle.model_fields["decoder"].annotation), level=2)
    return "\n\n".join(parts)


def _section(header: str, models: list[type[BaseModel]], level: int) -> Iterator[str]:
    """A table of the file; where it has kinds, one part for each."""
    yield f"{'#' * level} `{header}`"
    if len(models) > 1:
        yield f"`kind` says which: {', '.join(code(_tag(model)) for model in models)}."
        for model in models:
            yield f'{"#" * (level + 1)} `{header}` of `kind = "{_tag(model)}"`'
            yield from _body(header, model, level + 1)
    else:
        yield from _body(header, models[0], level)


def _body(header: str, model: type[BaseModel], level: int) -> Iterator[str]:
    text = re.sub(r"^`\[+\w+\]+`: (\w)", lambda match: match[1].upper(), prose(model.__doc__))
    if text:
        yield text
    nested = {key: found for key, field in model.model_fields.items() if (found := _models(field.annotation))}
    rows = _table(model)
    if rows:
        yield rows
    inner = header.strip("[]")
    for key, models in nested.items():
        yield from _section(f"{inner}.{key}", models, level + 1)


def _table(model: type[BaseModel], leave_out: tuple[str, ...] = ()) -> str:
    described = model.model_json_schema()
    required = described.get("required", ())
    rows = []
    for key, entry in described["properties"].items():
        if key in leave_out or (key == "kind" and len(described["properties"]) == 1):
            continue
        words = entry.get("description", "")
        if not words and key != "kind":
            message = f"{model.__name__}.{key} has no description: give it Field(description=...)"
            raise LookupError(message)
        rows.append(
            (
                code(key),
                schema.kind(entry),
                schema.unit(key),
                "**required**" if key == "kind" else schema.default(entry, required=key in required),
                schema.bounds(entry),
                words or "which kind this is",
            )
        )
    return table(_HEADS, rows) if rows else ""


def _tag(model: type[BaseModel]) -> str:
    tag: str = get_args(model.model_fields["kind"].annotation)[0]
    return tag


def _models(annotation: Any) -> list[type[BaseModel]]:
    """The settings inside an annotation, in their order."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) is Annotated:
        return _models(get_args(annotation)[0])
    if get_origin(annotation) is Union or get_args(annotation):
        return [model for inner in get_args(annotation) for model in _models(inner)]
    return []
