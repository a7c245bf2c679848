"""A TOML file read into settings, with errors that say what is wrong, where, and how to mend it."""

import difflib
import tomllib
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from okko.errors import ConfigError, Problem

S = TypeVar("S", bound=BaseModel)


def read(path: Path) -> dict[str, Any]:
    """The tables of a TOML file.

    Raises:
        ConfigError: if it is not there, not readable or not TOML; with the line where it breaks.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError.one(path, "", "there is no such file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError.one(path, "", f"cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError.one(path, "", f"is not valid TOML: {error}") from error


def validate(path: Path, tables: Mapping[str, Any], model: type[S]) -> S:
    """The settings that the tables hold.

    Raises:
        ConfigError: with every unknown key and wrong value.
    """
    try:
        return model.model_validate(tables)
    except ValidationError as error:
        raise ConfigError(path, tuple(_problem(details, model, tables) for details in error.errors())) from error


def _problem(details: ErrorDetails, model: type[BaseModel], tables: Mapping[str, Any]) -> Problem:
    location = details["loc"]
    where = _where(location, tables)
    value = details.get("input")
    match details["type"]:
        case "extra_forbidden":
            known = _known_keys(model, location[:-1], tables)
            near = difflib.get_close_matches(str(location[-1]), known, n=1)
            remedy = f"Did you mean `{near[0]}`? " if near else ""
            return Problem(where, "unknown key", f"{remedy}Known here: {', '.join(sorted(known))}")
        case "missing":
            return Problem(where, "is missing")
        case "union_tag_not_found":
            expected = _tags(model, location)
            return Problem(where, "has no `kind`", f"Choices: {expected}" if expected else "")
        case "union_tag_invalid":
            context = details.get("ctx", {})
            return Problem(where, f"kind = {context.get('tag')!r} is none", f"Choices: {context.get('expected_tags')}")
        case "value_error":
            return Problem(where, str(details.get("ctx", {}).get("error", details["msg"])))
        case _:
            shown = repr(value)
            return Problem(where, f"{shown[:80]}: {details['msg'][:1].lower()}{details['msg'][1:]}")


def _where(location: tuple[int | str, ...], tables: Mapping[str, Any]) -> str:
    """The path of keys as a person writes it: `camera[1].source.path`, without pydantic's own union tags."""
    text = ""
    present: Any = tables
    for index, step in enumerate(location):
        if isinstance(step, int):
            text += f"[{step}]"
            present = present[step] if isinstance(present, list) and step < len(present) else None
        elif isinstance(present, Mapping) and step not in present and _is_tag(step, present, location[index + 1 :]):
            continue
        else:
            text += f".{step}" if text else step
            present = present.get(step) if isinstance(present, Mapping) else None
    return text


def _is_tag(step: str, present: Mapping[str, Any], rest: tuple[int | str, ...]) -> bool:
    return present.get("kind") == step or (bool(rest) and step.startswith("tagged-union"))


def _known_keys(model: type[BaseModel], location: tuple[int | str, ...], tables: Mapping[str, Any]) -> list[str]:
    """The keys of the table in which an unknown one was found."""
    kind: Any = model
    present: Any = tables
    for step in location:
        if isinstance(step, int):
            present = present[step] if isinstance(present, list) else None
            kind = _element(kind)
        elif isinstance(kind, type) and issubclass(kind, BaseModel) and step in kind.model_fields:
            kind = _strip(kind.model_fields[step])
            present = present.get(step) if isinstance(present, Mapping) else None
        else:
            kind = _member(kind, step)
    kind = _member(kind, present.get("kind")) if isinstance(present, Mapping) else kind
    return list(kind.model_fields) if isinstance(kind, type) and issubclass(kind, BaseModel) else []


def _strip(field: FieldInfo) -> Any:
    return field.annotation


def _element(kind: Any) -> Any:
    arguments = [a for a in typing.get_args(kind) if a is not Ellipsis]
    return arguments[0] if arguments else None


def _members(kind: Any) -> list[Any]:
    if typing.get_origin(kind) is typing.Annotated:
        kind = typing.get_args(kind)[0]
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return [member for inner in typing.get_args(kind) for member in _members(inner)]
    return [kind]


def _member(kind: Any, tag: object) -> Any:
    members = [m for m in _members(kind) if isinstance(m, type) and issubclass(m, BaseModel)]
    for member in members:
        if "kind" in member.model_fields and tag in typing.get_args(member.model_fields["kind"].annotation):
            return member
    return members[0] if len(members) == 1 else kind


def _tags(model: type[BaseModel], location: tuple[int | str, ...]) -> str:
    kind: Any = model
    for step in location:
        if isinstance(step, int):
            kind = _element(kind)
        elif isinstance(kind, type) and issubclass(kind, BaseModel) and step in kind.model_fields:
            kind = _strip(kind.model_fields[step])
    tags: list[str] = []
    for member in _members(kind):
        if isinstance(member, type) and issubclass(member, BaseModel) and "kind" in member.model_fields:
            tags += [f"'{tag}'" for tag in typing.get_args(member.model_fields["kind"].annotation)]
    return ", ".join(tags)
