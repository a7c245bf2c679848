"""Whoever meets an event, a reason or an error finds it in the reference, and finds there what to do."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from okko import contracts as c
from okko import errors as e
from tools.pages import Page

ROOT = Path(__file__).parents[2]
SERVICES = ROOT / "services"
SEVERITIES = get_args(c.Severity)
CODE = re.compile(r"[a-z]+(?:_[a-z]+)+")
HANDED_ON = {"report.code", "code"}
"""Codes that are no literals where they are published: of a Trouble, and of a Told, which are made with literals."""


def calls() -> Iterator[ast.Call]:
    """Every call of the code that runs on a station."""
    for path in SERVICES.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        yield from (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def literals(node: ast.expr) -> set[str]:
    """The texts among the arguments' constants."""
    return {part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)}


def said() -> set[str]:
    """Every code that is said with a severity, by whatever function; and those that the recorder's writer reports."""
    found: set[str] = set()
    for call in calls():
        values = [*call.args, *(keyword.value for keyword in call.keywords)]
        name = ast.unparse(call.func).rpartition(".")[2]
        if name == "Trouble":
            found |= {text for text in literals(values[0]) if CODE.fullmatch(text)}
        elif any(isinstance(value, ast.Constant) and value.value in SEVERITIES for value in values):
            words = [value.value for value in values if isinstance(value, ast.Constant)]
            found |= {word for word in words if isinstance(word, str) and CODE.fullmatch(word)}
    return found


def rows(name: str, heading: str) -> dict[str, list[str]]:
    """The table of a reference page by the code in its row."""
    page = Page.read(ROOT / "docs" / "reference" / name)
    table = page.table_under(f"# {heading}")
    return {cell.strip("`"): row for row in table for cell in row[:2] if re.fullmatch(r"`[A-Za-z_]+`", cell)}


def test_every_event_stands_in_the_reference() -> None:
    """All that the agents say, and none that nobody says any more."""
    assert set(rows("events.md", "Events")) == said()


def test_an_event_is_said_by_its_name() -> None:
    """A code is written out where it is said, so that whoever searches for it, this test too, finds it."""
    for call in calls():
        name = ast.unparse(call.func).rpartition(".")[2].lstrip("_")
        if name in {"event", "Told"} and len(call.args) >= 2:
            code = call.args[1]
            assert isinstance(code, ast.Constant) or ast.unparse(code) in HANDED_ON, ast.unparse(call)


def test_every_reason_stands_in_the_reference() -> None:
    """With the digits that a PLC reads."""
    found = rows("reasons.md", "Reasons")
    assert {reason: row[0].strip("`") for reason, row in found.items()} == {
        reason: f"{number:02d}" for reason, number in c.REASON_CODES.items()
    }


def test_every_error_stands_in_the_reference() -> None:
    """In the table, and in the tree above it."""
    kinds = {kind.__name__ for kind in vars(e).values() if isinstance(kind, type) and issubclass(kind, e.OkkoError)}
    assert set(rows("errors.md", "Errors")) == kinds
    tree = next(block.text for block in Page.read(ROOT / "docs" / "reference" / "errors.md").blocks)
    assert set(re.findall(r"^(?:[│├└─ ]*)(\w+)", tree, re.MULTILINE)) == kinds


@pytest.mark.parametrize(
    ("page", "heading"), [("events.md", "Events"), ("reasons.md", "Reasons"), ("errors.md", "Errors")]
)
def test_the_reference_says_what_to_do(page: str, heading: str) -> None:
    """What it means, and what a person does, in sentences."""
    for code, row in rows(page, heading).items():
        *_, means, do = row
        assert do.endswith((".", ")")), code
        assert means, code
