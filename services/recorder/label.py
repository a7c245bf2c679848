"""`okko label`: what a person says of an item."""

import asyncio
import getpass
from pathlib import Path
from typing import Any

import click

from okko import request, station
from okko.errors import ConfigError
from okko.topics import Topics
from recorder.labels import VERB

TIMEOUT_S = 10.0


@click.command(
    short_help="Label an item: OK, KO or a class.",
    epilog="""\b
Examples:
  okko label stations/ducks 20261123T021957123456-3f9a KO --by shift-2
  okko label stations/ducks 20261123T021957123456-3f9a OK --golden
  okko label stations/ducks 20261123T021957123456-3f9a --remove
  okko items stations/ducks --labelled
""",
)
@click.argument("station_path", metavar="STATION", type=click.Path(path_type=Path))
@click.argument("item_id", metavar="ITEM")
@click.argument("label_text", metavar="[LABEL]", required=False)
@click.option("--by", metavar="NAME", default=getpass.getuser, show_default="who is logged in", help="Who says so.")
@click.option(
    "--golden/--not-golden", default=None, help="Its images stay for ever, whatever room there is; or no longer."
)
@click.option("--remove", is_flag=True, help="Take the label back.")
def label(  # noqa: PLR0913 - one argument for each option
    station_path: Path, item_id: str, label_text: str | None, by: str, *, golden: bool | None, remove: bool
) -> None:
    """Say of an ITEM of STATION what it is: OK, KO or a class. It goes to the recorder, which keeps who said what when.

    A label replaces the one before; an item stays golden until --not-golden or --remove. Its verdict stays as it was.
    """
    if remove == (label_text is not None):
        raise click.UsageError("Give either a label or --remove.")
    loaded = station.load(station_path)
    if loaded.recorder is None:
        raise ConfigError.one(loaded.path, "recorder", "this station records nothing", "Add a [recorder] table")
    args = {"item_id": item_id, "label": label_text, "by": by, "golden": golden, "remove": remove}
    result = asyncio.run(_ask(loaded, args))
    before = f" (was {result['was']})" if result["was"] is not None else ""
    now = "has no label" if result["label"] is None else f"is labelled {result['label']}"
    golden_too = ", golden" if result["golden"] else ""
    click.echo(f"{result['item_id']} {now}{golden_too}{before}; {result['images']} images are kept")


async def _ask(loaded: station.Station, args: dict[str, Any]) -> dict[str, Any]:
    reply = await request.request(loaded.broker, Topics(loaded.base), "recorder", VERB, args, timeout_s=TIMEOUT_S)
    if reply is None:
        message = f"no answer within {TIMEOUT_S:g} s: is the recorder running, and its disk not full?"
        raise click.ClickException(message)
    if not reply.ok:
        raise click.ClickException(reply.error or "the recorder refused")
    return reply.result
