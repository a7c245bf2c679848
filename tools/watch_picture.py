"""`python -m tools.watch_picture`: runs the duck line, and draws `okko watch` as docs/images/watch.svg."""

import asyncio
import io
import os
import re
import tempfile
from pathlib import Path

import click
from rich.console import Console

from okko import broker, logs
from okko import contracts as c
from okko.commands.up import running
from okko.player import Player
from okko.station import URL_VARIABLE, Station, load
from okko.station_place import DATA_VARIABLE
from okko.watch.watcher import Watcher

ROOT = Path(__file__).parents[1]
FILE = ROOT / "docs" / "images" / "watch.svg"
WIDTH, HEIGHT = 120, 34
ITEMS_AT_LEAST, RATE = 40, 2.0
READY_TIMEOUT_S = 60.0


@click.command()
def main() -> None:
    """Draw what `okko watch stations/ducks` shows once a bad duck has come."""
    logs.set_up("watch_picture", "warning")
    os.environ[URL_VARIABLE] = f"mqtt://127.0.0.1:{broker.free_port()}"
    with tempfile.TemporaryDirectory() as data:
        os.environ[DATA_VARIABLE] = data
        console = asyncio.run(_seen(load(ROOT / "stations" / "ducks")))
    drawn = console.export_svg(title="okko watch stations/ducks")
    # rich would have the reader's browser fetch a font from elsewhere.
    drawn = re.sub(r"\s*@font-face \{.*?\}", "", drawn, flags=re.DOTALL).replace("Fira Code, monospace", "monospace")
    FILE.write_text(drawn, encoding="utf-8")


async def _seen(station: Station) -> Console:
    """A console that holds the screen of a real run."""
    console = Console(
        record=True, width=WIDTH, height=HEIGHT, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    watcher = Watcher(station, pictures=True)
    async with running(station, "warning"), watcher.listener as listener, Player(station) as player:
        await asyncio.wait_for(listener.wait_for("ready", lambda payload: payload == b"1"), READY_TIMEOUT_S)
        number = 0
        while number < ITEMS_AT_LEAST or not any(shot.word == "KO" for shot in watcher.seen.shots.values()):
            number += 1
            await player.play([c.Trigger(seq=number, part_id=f"duck-{number}")], 1000, wait=True)
            await asyncio.sleep(1 / RATE)
        console.print(watcher.screen("q or Ctrl-C: end with a summary"), end="")
    return console


if __name__ == "__main__":
    main()
