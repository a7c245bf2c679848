"""`okko watch`: the station at a glance, in the terminal."""

import asyncio
import contextlib
import os
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from okko import contracts as c
from okko.commands.argument import station_argument
from okko.errors import OkkoError
from okko.shutdown import stop_event
from okko.station import Station, load
from okko.watch.pictures import can_show
from okko.watch.plain import plain_json
from okko.watch.summary import Story, summary
from okko.watch.terminal import stderr_aside
from okko.watch.verdicts import line
from okko.watch.watcher import Watcher, images_of

CONNECT_TIMEOUT_S = 5.0
LOOK_S = 2.0
WAITING = 10_000
"""Verdicts that wait for a stdout that is not read; what is more is left out."""


@click.command(short_help="The station live: pictures, verdicts, latencies.")
@station_argument
@click.option("--once", is_flag=True, help="Look for two seconds, print the screen once, and end.")
@click.option("--json", "as_json", is_flag=True, help="A JSON line for each verdict, no screen.")
@click.option(
    "--lines", is_flag=True, help="A line of text for each verdict, no screen, as where stdout is no terminal."
)
@click.option("--count", type=click.IntRange(1), help="End after this many verdicts.")
@click.option("--seconds", type=click.FloatRange(0, min_open=True), help="End after this time.")
@click.option("--no-pictures", is_flag=True, help="Show no pictures, and ask the broker for none.")
def watch(station: Path, **wish: object) -> int:
    """Show STATION live: is it ready, its agents, the last pictures and verdicts, where the time goes.

    `q` or Ctrl-C ends it with a summary. Pictures show where the terminal has 256 colours or more and OpenCV is
    installed. With --count and --seconds, exit 1 where the time was up first.

    \b
    Examples:
      okko watch stations/ducks
      okko watch stations/ducks --once
      okko watch stations/ducks --json --count 100 | jq -r .reason | sort | uniq -c
    """
    options = _Wish(**wish)  # type: ignore[arg-type] # click has made them of these types
    if options.once and (options.as_json or options.lines or options.count or options.seconds):
        raise click.UsageError("--once prints one screen: it goes with --no-pictures only")
    loaded = load(station)
    return asyncio.run(_once(loaded, options) if options.once else _watch(loaded, options))


@dataclass(frozen=True)
class _Wish:
    once: bool
    as_json: bool
    lines: bool
    count: int | None
    seconds: float | None
    no_pictures: bool


async def _once(station: Station, wish: _Wish) -> int:
    console = Console()
    watcher = Watcher(station, pictures=not wish.no_pictures and can_show(console))
    async with watcher.listener as listener:
        await listener.connected(CONNECT_TIMEOUT_S)
        await asyncio.sleep(LOOK_S)
        console.print(watcher.screen(), end="")
    return 0


async def _watch(station: Station, wish: _Wish) -> int:
    stop, ended = stop_event(), asyncio.Event()
    console = Console()
    on_screen = console.is_terminal and not console.is_dumb_terminal and not wish.as_json and not wish.lines
    verdicts: deque[c.Verdict] = deque(maxlen=WAITING)
    came = asyncio.Event()

    def on_verdict(verdict: c.Verdict) -> None:
        if wish.count is not None and watcher.seen.tally.total >= wish.count:
            ended.set()
        if wish.count is None or watcher.seen.tally.total <= wish.count:
            verdicts.append(verdict)
            came.set()

    pictures = on_screen and not wish.no_pictures and can_show(console)
    watcher = Watcher(station, pictures=pictures, on_verdict=on_verdict)
    settled = watcher.settled if station.recorder is not None and not wish.as_json else _nothing
    stopping = asyncio.create_task(_either(stop, ended, wish.seconds))
    try:
        if on_screen:
            with stderr_aside():
                async with watcher.listener:
                    await watcher.show(console, ended, "q or Ctrl-C: end with a summary")
                    await settled()
        else:
            write = _json if wish.as_json else _text(console)
            async with watcher.listener:
                with _until_nobody_reads(ended):
                    await _write(watcher, verdicts, came, ended, write)
                await settled()
    finally:
        stopping.cancel()
    out = console if on_screen else Console(stderr=True)
    if not wish.as_json:
        for text in summary(watcher.seen.tally, watcher.place, Story(images_of(station)), out.width):
            out.print(text, soft_wrap=True)
    return 1 if wish.count is not None and watcher.seen.tally.total < wish.count and not stop.is_set() else 0


async def _nothing() -> None:
    """There is nothing to wait for."""


async def _either(stop: asyncio.Event, ended: asyncio.Event, seconds: float | None) -> None:
    """Set `ended` once we are to stop, or the time is up."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        pass
    finally:
        ended.set()


async def _write(
    watcher: Watcher,
    verdicts: "deque[c.Verdict]",
    came: asyncio.Event,
    ended: asyncio.Event,
    write: Callable[[c.Verdict], None],
) -> None:
    """Write each verdict until `ended` is set, and what has come by then."""
    waits = {asyncio.create_task(ended.wait()), asyncio.create_task(_say_when_connected(watcher))}
    while not ended.is_set():
        watcher.listener.raise_if_ended()
        coming = asyncio.create_task(came.wait())
        pending = {wait for wait in waits if not wait.done()}
        await asyncio.wait({*pending, coming}, timeout=1.0, return_when=asyncio.FIRST_COMPLETED)
        coming.cancel()
        came.clear()
        while verdicts:
            write(verdicts.popleft())
    for wait in waits:
        wait.cancel()


async def _say_when_connected(watcher: Watcher) -> None:
    with contextlib.suppress(OkkoError):  # told where the connection is looked after
        await watcher.listener.connected(None)
        click.echo(f"watching {watcher.place.base} at {watcher.place.url}", err=True)


def _json(verdict: c.Verdict) -> None:
    sys.stdout.buffer.write(plain_json(c.encode(verdict)) + b"\n")
    sys.stdout.buffer.flush()


def _text(console: Console) -> Callable[[c.Verdict], None]:
    def write(verdict: c.Verdict) -> None:
        text: Text = line(verdict)
        console.print(text, soft_wrap=True)
        sys.stdout.flush()

    return write


@contextmanager
def _until_nobody_reads(ended: asyncio.Event) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        # The reader (`head`) has all it wants. What is still buffered must not fail at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        ended.set()
