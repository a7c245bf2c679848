"""`okko topics`: the contract, for people and for programs."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from okko.documents import asyncapi, schemas, topics_page
from okko.station import load


@click.command(short_help="The contract: topics and messages.")
@click.option("--asyncapi", "as_asyncapi", is_flag=True, help="As an AsyncAPI 3.0 document (JSON).")
@click.option("--schemas", "as_schemas", is_flag=True, help="JSON Schemas of all messages (draft 2020-12).")
@click.option("--markdown", "as_markdown", is_flag=True, help="As a page of Markdown.")
@click.option(
    "--station",
    type=click.Path(path_type=Path),
    help="With this station's prefix; in the AsyncAPI document its broker, cameras, models and expiries too.",
)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file, not to stdout.")
def topics(
    *, as_asyncapi: bool, as_schemas: bool, as_markdown: bool, station: Path | None, output: Path | None
) -> None:
    """What travels over the broker: every topic, who sends it, who reads it, what it holds.

    A table for people, if no other form is asked for. docs/reference has all of it, for any station.

    \b
    Examples:
      okko topics --station stations/ducks
      okko topics --asyncapi --station stations/ducks --output ducks.json
      okko topics --schemas | jq '."$defs".Verdict'
    """
    if as_asyncapi + as_schemas + as_markdown > 1:
        raise click.UsageError("choose one of --asyncapi, --schemas and --markdown")
    loaded = load(station) if station is not None else None
    base = loaded.base if loaded is not None else "{base}"
    if as_asyncapi:
        text = as_json(asyncapi.document(loaded))
    elif as_schemas:
        text = as_json(schemas.document(base))
    else:
        text = topics_page.page(base) if as_markdown else topics_page.lines(base)
    if output is None:
        click.echo(text)
        return
    try:
        output.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise click.FileError(str(output), error.strerror) from error


def as_json(document: Mapping[str, Any]) -> str:
    """A document as people can read it too, without the last line feed."""
    return json.dumps(document, indent=2, ensure_ascii=False)
