"""The page of what people type: each command's own help."""

from collections.abc import Iterator

import click

from okko.cli import okko

_WIDTH = 110
_INTRO = """
# Commands

What each command says of itself with `--help`. STATION is a folder with a `station.toml`, or the file. Data
goes to stdout, everything else to stderr. Every command exits 0 when it did what it was asked, 1 when it
failed, 2 when what it was given is wrong, and 130 where Ctrl-C broke it off.

From a source tree the command is `.venv/bin/okko`; `make` lists what can be made there.
"""


def commands() -> str:
    """docs/reference/commands.md."""
    root = _context(okko, "okko", None)
    return "\n\n".join([_INTRO.strip(), "## okko", _fenced(root), *_below(root)])


def _below(context: click.Context) -> Iterator[str]:
    """A heading and the help of each command of a group, and of those that are groups themselves."""
    group = context.command
    if not isinstance(group, click.Group):
        return
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is not None:
            inner = _context(command, name, context)
            yield f"## {inner.command_path}"
            yield _fenced(inner)
            yield from _below(inner)


def _context(command: click.Command, name: str, parent: click.Context | None) -> click.Context:
    return click.Context(
        command,
        info_name=name,
        parent=parent,
        terminal_width=_WIDTH,
        max_content_width=_WIDTH,
        help_option_names=["-h", "--help"],
    )


def _fenced(context: click.Context) -> str:
    return f"```\n{context.command.get_help(context).rstrip()}\n```"
