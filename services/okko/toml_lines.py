"""Which line of a TOML file a problem is about: `camera[1].source.path` is shown beside that line."""

import re

_BROKEN_AT = re.compile(r"\(at line (\d+), column \d+\)")
_HEAD = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]")
_KEY = re.compile(r"""^\s*((?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=""")
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_QUOTES = re.compile(r"^([\"'])(.*)\1$")

Path = tuple[str | int, ...]


def line_of(text: str, where: str, what: str = "") -> int | None:
    """The line, from 1, of the key at a place, or of the nearest table or key around it; None: it is nowhere here.

    Arrays of tables are counted from 0, as problems count them. `what` is looked at where the text is no TOML at all:
    the reason says the line then.
    """
    if not where:
        found = _BROKEN_AT.search(what)
        return int(found[1]) if found else None
    wanted: Path = tuple(int(number) if number else name for name, number in _STEP.findall(where))
    best: tuple[int, int] | None = None
    for number, path in _keys(text):
        # Of what lies on the way to the place the deepest, of those the first.
        if path == wanted[: len(path)] and (best is None or len(path) > best[0]):
            best = (len(path), number)
    return None if best is None else best[1]


def _keys(text: str) -> list[tuple[int, Path]]:
    """Each head of a table and each key at the beginning of a line, with its full path."""
    found: list[tuple[int, Path]] = []
    table: Path = ()
    counts: dict[Path, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if head := _HEAD.match(line):
            table = _into(_names(head[2]), counts)
            if head[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            found.append((number, table))
        elif key := _KEY.match(line):
            found.append((number, (*table, *_names(key[1]))))
    return found


def _into(names: tuple[str, ...], counts: dict[Path, int]) -> Path:
    """The path of a table below arrays of tables: always of their last entry."""
    path: Path = ()
    for name in names[:-1]:
        path = (*path, name)
        if path in counts:
            path = (*path, counts[path])
    return (*path, names[-1])


def _names(dotted: str) -> tuple[str, ...]:
    parts = [part.strip() for part in dotted.split(".")]
    return tuple(quoted[2] if (quoted := _QUOTES.match(part)) else part for part in parts)
