"""A camera's setting written into the text of a station file, the rest of it left as a person wrote it. Pure."""

import re

from okko.toml_text import toml_text

_HEAD = re.compile(r"^\s*\[")
_CAMERA = re.compile(r"^\s*\[\[\s*camera\s*\]\]")
_NAME = re.compile(r"""^\s*name\s*=\s*["']([^"']*)["']""")


class NotThere(ValueError):
    """The text has no such camera, or writes it in a way that this cannot change."""


def with_setting(text: str, camera: str, key: str, value: object) -> str:
    """The text with `key = value` in the `[[camera]]` of that name; None takes the key away.

    Raises:
        NotThere: if no `[[camera]]` has that name on a line of its own.
    """
    lines = text.splitlines(keepends=True)
    begin, end, name = _table(lines, camera)
    written = re.compile(rf"^(\s*){re.escape(key)}\s*=\s*(\[[^\]]*\]|[^#\[\s][^#\n]*?)(\s*(?:#.*)?)$")
    for number in range(begin, end):
        if found := written.match(lines[number].rstrip("\r\n")):
            new = [] if value is None else [f"{found[1]}{key} = {toml_text(value)}{found[3]}\n"]
            return "".join([*lines[:number], *new, *lines[number + 1 :]])
        if re.match(rf"^\s*{re.escape(key)}\s*=", lines[number]):
            raise NotThere(f"`{key}` of camera {camera!r} is written over several lines: change it by hand")
    if value is None:
        return text
    above = lines[name] if lines[name].endswith("\n") else f"{lines[name]}\n"
    return "".join([*lines[:name], above, f"{key} = {toml_text(value)}\n", *lines[name + 1 :]])


def with_source_setting(text: str, camera: str, key: str, value: object) -> str:
    """The same in the camera's source: `source = { ... }` on one line, or `[camera.source]`.

    Raises:
        NotThere: if it is written otherwise.
    """
    lines = text.splitlines(keepends=True)
    begin, end, _ = _table(lines, camera)
    for number in range(begin, end):
        if found := re.match(r"^(\s*source\s*=\s*\{)(.*)(\}\s*(?:#.*)?)$", lines[number].rstrip("\r\n")):
            inside = _inside(found[2], key, value)
            return "".join([*lines[:number], f"{found[1]}{inside}{found[3]}\n", *lines[number + 1 :]])
    for number in range(end, len(lines)):
        if _CAMERA.match(lines[number]):
            break
        if re.match(r"^\s*\[\s*camera\.source\s*\]", lines[number]):
            stop = next((n for n in range(number + 1, len(lines)) if _HEAD.match(lines[n])), len(lines))
            return _in_table(lines, number, stop, key, value)
    raise NotThere(f"the source of camera {camera!r} is not written on one line: change it by hand")


def _inside(inside: str, key: str, value: object) -> str:
    new = f"{key} = {toml_text(value)}"
    changed, count = re.subn(rf"(?<![\w-]){re.escape(key)}\s*=\s*[^,]*?(?=\s*(?:,|$))", lambda _: new, inside)
    return changed if count else f"{inside.rstrip()}, {new} "


def _in_table(lines: list[str], head: int, stop: int, key: str, value: object) -> str:
    new = f"{key} = {toml_text(value)}"
    for number in range(head + 1, stop):
        if found := re.match(rf"^(\s*){re.escape(key)}\s*=\s*[^#\n]*?(\s*(?:#.*)?)$", lines[number].rstrip("\r\n")):
            return "".join([*lines[:number], f"{found[1]}{new}{found[2]}\n", *lines[number + 1 :]])
    above = lines[head] if lines[head].endswith("\n") else f"{lines[head]}\n"
    return "".join([*lines[:head], above, f"{new}\n", *lines[head + 1 :]])


def _table(lines: list[str], camera: str) -> tuple[int, int, int]:
    """Of the camera's table: the line behind its head, the one behind its own keys, the one of its name."""
    for head, line in enumerate(lines):
        if not _CAMERA.match(line):
            continue
        end = next((n for n in range(head + 1, len(lines)) if _HEAD.match(lines[n])), len(lines))
        for number in range(head + 1, end):
            if (found := _NAME.match(lines[number])) and found[1] == camera:
                return head + 1, end, number
    raise NotThere(f"the station file has no [[camera]] with the name {camera!r} on a line of its own")
