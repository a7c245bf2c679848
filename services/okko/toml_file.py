"""A TOML file read into settings, with errors that say what is wrong, where, and how to mend it."""

import difflib
import json
import re
import typing
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from okko.errors import ConfigError, Problem
from okko.settings import NAME_PATTERN

S = TypeVar("S", bound=BaseModel)
Location = tuple[int | str, ...]

_MUST_BE = {
    "string": "text, in quotes",
    "path": "text, in quotes",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "tuple": "a list: [...]",
    "list": "a list: [...]",
    "model": "a table",
    "dict": "a table",
    "finite": "a finite number",
}
_BOUNDS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "above"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "below"),
}
_NAME_RULE = "letters, digits, `_` and `-`, the first a letter or digit, at most 64"
_USER_IN_URL = re.compile(r"//[^/@\s]*@")


def validate(path: Path, tables: Mapping[str, Any], model: type[S]) -> S:
    """The settings that the tables hold.

    Raises:
        ConfigError: with every unknown key and wrong value.
    """
    try:
        # By way of JSON, which pydantic reads strictly and yet takes lists for tuples and text for paths: "1000" is no
        # number and 1 is not true. TOML's dates become the text that they are written as.
        return model.model_validate_json(json.dumps(tables, default=str), strict=True)
    except ValidationError as error:
        problems = [_problem(details, model, tables) for details in _causes(error.errors())]
        raise ConfigError(path, tuple(_merged(problems))) from error


def _causes(errors: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    """The errors without those that only follow from others: a list whose entries are wrong also counts as empty."""
    places = [details["loc"] for details in errors]
    return [
        details
        for details in errors
        if details["type"] != "too_short"
        or not any(len(p) > len(details["loc"]) and p[: len(details["loc"])] == details["loc"] for p in places)
    ]


def _merged(problems: Iterable[Problem]) -> list[Problem]:
    """One problem for each place: a value that fits none of several types is wrong once."""
    by_place: dict[tuple[str, str], Problem] = {}
    for problem in problems:
        value, parted, rule = problem.what.partition(" must be ")
        place = (problem.where, value)
        before = by_place.get(place)
        if before is None or not parted:
            by_place[place] = problem
        elif rule not in before.what:
            by_place[place] = Problem(problem.where, f"{before.what}, or {rule}", before.remedy)
    return list(by_place.values())


def _problem(details: ErrorDetails, model: type[BaseModel], tables: Mapping[str, Any]) -> Problem:
    location, kind, context = details["loc"], details["type"], details.get("ctx", {})
    where = _where(location, tables)
    value = details.get("input")
    if kind == "extra_forbidden":
        known = sorted(key for table in _tables_at(model, location[:-1])[:1] for key in table.model_fields)
        return Problem(where, "unknown key", f"{_near(str(location[-1]), known)}Known here: {', '.join(known)}")
    if kind == "missing":
        if isinstance(location[-1], int):
            return Problem(_where(location[:-1], tables), f"{_shown(value)} has too few values")
        return Problem(where, "is missing")
    if kind == "union_tag_not_found":
        return Problem(where, "has no `kind`", f"Choices: {', '.join(_kinds(_tables_at(model, location)))}")
    if kind == "union_tag_invalid":
        kinds = _kinds(_tables_at(model, location))
        tag = str(context.get("tag"))
        return Problem(f"{where}.kind", f"there is no {tag!r}", f"{_near(tag, kinds)}Choices: {', '.join(kinds)}")
    if kind == "literal_error":
        choices = re.findall(r"'([^']*)'", context.get("expected", ""))
        return Problem(
            where,
            f"{_shown(value)} is none of the choices",
            f"{_near(str(value), choices)}Choices: {', '.join(choices)}",
        )
    if kind == "value_error":
        return Problem(where, _without_user(str(context.get("error", details["msg"]))))
    if isinstance(value, Mapping) and kind == "tuple_type" and len(location) == 1:
        return Problem(where, f"is written as [{where}] and must be [[{where}]]: there may be several")
    return Problem(where, f"{_shown(value)} must be {_rule(details)}")


def _rule(details: ErrorDetails) -> str:
    """What a value must be like, in a few words."""
    kind, context = details["type"], details.get("ctx", {})
    if kind in _BOUNDS:
        key, words = _BOUNDS[kind]
        return f"{words} {context[key]}"
    if kind == "string_pattern_mismatch":
        return _NAME_RULE if context["pattern"] == NAME_PATTERN else f"text like {context['pattern']}"
    if kind in ("too_short", "string_too_short"):
        least = context.get("min_length", 1)
        return f"{least} entry or more" if kind == "too_short" else f"text of {least} character or more"
    if kind in ("too_long", "string_too_long"):
        return f"at most {context['max_length']} {'entries' if kind == 'too_long' else 'characters'} long"
    if (expected := _MUST_BE.get(kind.split("_")[0])) is not None:
        return expected
    return details["msg"].removeprefix("Input should be ")


def _shown(value: object) -> str:
    """A value as the file has it, shortened; of a table only that it is one, for it may hold a password."""
    if isinstance(value, Mapping):
        return "a table"
    return _without_user(json.dumps(value, default=str, ensure_ascii=False))[:80]


def _without_user(text: str) -> str:
    return _USER_IN_URL.sub("//...@", text)


def _near(word: str, choices: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, choices, n=1)
    return f"Did you mean `{near[0]}`? " if near else ""


def _where(location: Location, tables: Mapping[str, Any]) -> str:
    """The path of keys as a person writes it, `camera[1].source.path`, without pydantic's names of union members."""
    text = ""
    present: Any = tables
    for step in location:
        if isinstance(step, int):
            text += f"[{step}]"
            present = present[step] if isinstance(present, list) and step < len(present) else None
        elif isinstance(present, Mapping) and (step in present or present.get("kind") != step):
            text += f".{step}" if text else step
            present = present.get(step)
    return text


def _tables_at(model: type[BaseModel], location: Location) -> list[type[BaseModel]]:
    """The tables that may stand at a place: one, or each kind of a union."""
    tables: list[type[BaseModel]] = [model]
    for step in location:
        if isinstance(step, int):
            continue  # the entries of a list are what was found for the list
        if field := next((t.model_fields[step] for t in tables if step in t.model_fields), None):
            tables = _tables_in(field.annotation)
        else:
            tables = [table for table in tables if step in _kinds([table])] or tables
    return tables


def _tables_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [table for part in typing.get_args(annotation) for table in _tables_in(part)]


def _kinds(tables: Iterable[type[BaseModel]]) -> list[str]:
    return [str(table.model_fields["kind"].default) for table in tables if "kind" in table.model_fields]
