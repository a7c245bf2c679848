"""The option `--items-from` of commands that go through the record: the items that somebody chose, one by one."""

from pathlib import Path

import click

from okko.errors import ConfigError

MOST = 10_000
"""More are not chosen one by one, and each page of the record would take as many look-ups."""


def _read(_context: click.Context, option: click.Parameter, path: Path | None) -> tuple[str, ...] | None:
    return None if path is None else read_ids(path, option.opts[0])


def read_ids(path: Path, option: str) -> tuple[str, ...]:
    """The item ids in a file, one a line, each once; empty lines and those that begin with # count for nothing.

    Raises:
        ConfigError: if it cannot be read, or has none, or too many; `option` is what named it.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ConfigError.one(path, option, f"cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ConfigError.one(path, option, "is no text in UTF-8", "Write one item id a line") from error
    ids = dict.fromkeys(text for line in lines if (text := line.strip()) and not text.startswith("#"))
    if not ids:
        raise ConfigError.one(path, option, "names no item", "Write one item id a line, as `okko items` shows them")
    if len(ids) > MOST:
        what = f"names {len(ids)} items, {MOST} at most can be chosen one by one"
        raise ConfigError.one(path, option, what, "Choose by time: --since, --until")
    return tuple(ids)


items_option = click.option(
    "--items-from",
    "items",
    metavar="FILE",
    type=click.Path(path_type=Path),
    callback=_read,
    help="Only the items whose ids stand in FILE, one a line.",
)
