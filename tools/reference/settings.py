"""The pages of the two files that people write: `station.toml` and `model.toml`."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from inference_agent.bundle import Bundle
from okko import broker_settings, heartbeat, station, station_place
from okko.documents.markdown import code, prose, table
from okko.shutdown import SUPERVISED_VARIABLE
from okko.station_file import StationFile
from recorder.uplink_settings import UplinkSettings
from tools.reference import schema

SERVICES = Path(__file__).parents[2] / "services"
_VARIABLE = re.compile(r'= "(OKKO_[A-Z_]+)"')

_STATION_INTRO = """
# The station file

`station.toml` describes one station, whole. It is TOML, and every key of it stands on this page. A key that
is not known, or a value out of bounds, is refused: `okko check STATION` names the file, the key, what it
found and what to write instead, and exits 2. Relative paths start at the folder of the file.

A *name* is made of letters, digits, `_` and `-`, begins with a letter or digit and has at most 64 characters:
it stands in topics and in paths.

Some things are the machine's and not the station's. These variables of the environment go before the file:
"""

_VARIABLES: Mapping[str, str] = {
    broker_settings.PASSWORD_VARIABLE: "the password at the station's broker, which never stands in the file; goes "
    "before `password_file`",
    station.URL_VARIABLE: "takes the place of `url` under `[broker]`",
    station.PAGE_PORT_VARIABLE: "takes the place of `port` under `[dashboard]`",
    station.PAGE_HOST_VARIABLE: "takes the place of `host` there, without a demand for TLS: for a container, whose "
    "published port decides who reaches the page",
    station_place.DATA_VARIABLE: "takes the place of `path` under `[recorder]`",
    heartbeat.FOLDER_VARIABLE: "a folder in which each agent keeps a file of its name fresh, for health checks; "
    "without it there are none",
    UplinkSettings.password_variable: "the password at the broker of `[uplink]`, likewise",
}
_NOT_FOR_PEOPLE = {SUPERVISED_VARIABLE}
"""Set by `okko up` for its own children."""

_BUNDLE_INTRO = """
# The model bundle

A bundle is a folder with `model.toml` beside the `.tflite`. All that is particular to a model stands there:
what goes in and what the outputs mean. `okko check` reads the bundles of a station; a key that is not known
is refused.
"""

_HEADS = ("key", "type", "unit", "default", "bounds", "what it is")


def station_file() -> str:
    """docs/reference/station-file.md."""
    parts = [_STATION_INTRO.strip(), _variables()]
    for name, field in StationFile.model_fields.items():
        many = get_origin(field.annotation) is tuple
        header = f"[[{name}]]" if many else f"[{name}]"
        parts += _section(header, _models(field.annotation), level=2)
    return "\n\n".join(parts)


def bundle() -> str:
    """docs/reference/bundle.md."""
    parts = [_BUNDLE_INTRO.strip(), "## The file itself", _table(Bundle, leave_out=("input", "delegate", "decoder"))]
    parts += _section("[input]", _models(Bundle.model_fields["input"].annotation), level=2)
    parts += _section("[delegate]", _models(Bundle.model_fields["delegate"].annotation), level=2)
    parts += _section("[decoder]", _models(Bundle.model_fields["decoder"].annotation), level=2)
    return "\n\n".join(parts)


def _variables() -> str:
    """The variables of the environment; that all that the code reads are here is checked."""
    found = {name for path in SERVICES.rglob("*.py") for name in _VARIABLE.findall(path.read_text(encoding="utf-8"))}
    if differing := (found - _NOT_FOR_PEOPLE) ^ set(_VARIABLES):
        message = f"tools/reference/settings.py: variables without a description, or described but gone: {differing}"
        raise LookupError(message)
    return table(("variable", "what it does"), [(code(name), _VARIABLES[name]) for name in sorted(_VARIABLES)])


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
