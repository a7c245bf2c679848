"""`make docs`: write the reference; with `--check` only say which pages are stale."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import click

from okko.commands.topics import as_json
from okko.documents import asyncapi, schemas, topics_page
from tools.reference import codes, commands, events, messages, settings

FOLDER = Path(__file__).parents[2] / "docs" / "reference"

PAGES: Mapping[str, Callable[[], str]] = {
    "station-file.md": settings.station_file,
    "bundle.md": settings.bundle,
    "topics.md": topics_page.page,
    "messages.md": messages.messages,
    "commands.md": commands.commands,
    "reasons.md": codes.reasons,
    "errors.md": codes.errors,
    "events.md": events.events,
}
DOCUMENTS: Mapping[str, Callable[[], str]] = {
    "asyncapi.json": lambda: as_json(asyncapi.document()),
    "schemas.json": lambda: as_json(schemas.document()),
}
"""For programs; the same as `okko topics` gives without a station."""

NOTE = "<!-- Made by `make docs` from the code. Do not edit. -->\n\n"


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; exit 1 and name the pages that are not as the code says.")
def main(*, check: bool) -> None:
    """Write the pages and documents of docs/reference that are made from the code."""
    made = {FOLDER / name: NOTE + page().rstrip() + "\n" for name, page in PAGES.items()}
    made |= {FOLDER / name: document() + "\n" for name, document in DOCUMENTS.items()}
    stale = [path for path, text in made.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    if check:
        for path in stale:
            click.echo(f"docs/reference/{path.name} is not what the code says: run `make docs`", err=True)
        sys.exit(1 if stale else 0)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in stale:
        path.write_text(made[path], encoding="utf-8")
        click.echo(f"wrote docs/reference/{path.name}")


main()
