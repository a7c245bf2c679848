"""Commands that a page or a help text only names are ones that the command line takes: `okko ...` and `make ...`."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from okko.cli import okko
from tools.pages import Page, pages

ROOT = Path(__file__).parents[2]
PAGES = {str(page.path.relative_to(ROOT)): page for page in pages(ROOT)}
TARGETS = set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
BEHIND = re.compile(r"\s{2,}|\s[|;&#]|\s\d?>\S*")
"""Where a command ends: its explanation, a pipe, the next one, a file for what it says."""


def shown(page: Page) -> Iterator[str]:
    """Every command of okko in prose, in blocks and in help texts."""
    yield from re.findall(r"`(okko [^`\n]+)`", page.text)
    for block in page.blocks:
        yield from re.findall(r"^(?: *|docker compose exec [\w-]+ )(okko [a-z].*)$", block.text, re.MULTILINE)


def refused(command: str) -> str | None:
    """What the command line says against it; prose may leave out the station, and say what stands for something."""
    words = shlex.split(BEHIND.split(command)[0])[1:]
    context = click.Context(okko, info_name="okko")
    found: click.Command = okko
    while isinstance(found, click.Group):
        if not words or words[0].startswith("-") or words[0].isupper():
            return None
        name = words.pop(0)
        named = found.get_command(context, name)
        if named is None:
            return "there is no such command"
        found = named
        if isinstance(found, click.Group):
            context = click.Context(found, info_name=name, parent=context)
    try:
        found.make_context(found.name, words, parent=context)
    except click.exceptions.Exit:
        return None
    except click.MissingParameter:
        return None
    except click.UsageError as error:
        return error.format_message()
    return None


@pytest.mark.parametrize("name", PAGES)
def test_the_commands_on_a_page_are_taken(name: str) -> None:
    """Command, options and their values are as the command line has them."""
    wrong = {command: said for command in shown(PAGES[name]) if (said := refused(command))}
    assert not wrong


@pytest.mark.parametrize("name", PAGES)
def test_what_is_to_be_made_can_be_made(name: str) -> None:
    """Each `make ...` of a page is a target of the Makefile."""
    assert set(re.findall(r"`make ([a-z][\w-]*)", PAGES[name].text)) <= TARGETS


def test_the_containers_on_a_page_are_those_of_the_stack() -> None:
    """No test has a Docker engine; that a page names services which there are can be seen without."""
    stack = (ROOT / "compose.yaml").read_text(encoding="utf-8").split("\nservices:\n")[1]
    services = set(re.findall(r"^  ([a-z-]+):$", re.split(r"^\S", stack, flags=re.MULTILINE)[0], re.MULTILINE))
    text = PAGES["docs/how-to/containers.md"].text
    named = set(re.findall(r"docker compose (?:exec|run|logs)(?: --\S+)* ([a-z-]+)", text))
    assert {"decision", "check"} <= named <= services


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("okko items ducks --no-such-option", "No such option"),
        ("okko trigger ducks --count many", "not a valid integer"),
        ("okko fly ducks", "no such command"),
        ("okko model fly model.tflite", "no such command"),
        ("okko check ducks geese", "unexpected extra argument"),
    ],
)
def test_a_command_that_is_not_one_is_seen(command: str, said: str) -> None:
    """A wrong option, value, name or number of words."""
    assert said in (refused(command) or "")
