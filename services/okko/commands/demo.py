"""`okko demo`: a station whole, on this machine, with a PLC in software."""

import asyncio
import contextlib
import itertools
import os
import sys
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console

from okko import broker, clock, logs
from okko import contracts as c
from okko.commands.argument import station_argument
from okko.commands.demo_guest import Guest, guest_of
from okko.commands.up import running
from okko.listener import Listener
from okko.player import Outcome, Player
from okko.session import Received
from okko.shutdown import stop_event
from okko.station import PAGE_PORT_VARIABLE, URL_VARIABLE, Station, load
from okko.topics import Address
from okko.watch.pictures import can_show
from okko.watch.story import damage_in_record
from okko.watch.summary import Story, summary
from okko.watch.tally import Tally
from okko.watch.terminal import stderr_aside
from okko.watch.verdicts import line
from okko.watch.watcher import Watcher, images_of, place_of

READY_TIMEOUT_S = 60.0
RECORDED_TIMEOUT_S = 15.0


@click.command(short_help="A station whole on this machine, with a PLC in software.")
@station_argument
@click.option("--items", "count", type=click.IntRange(1), help="End after this many items with a summary; else Ctrl-C.")
@click.option(
    "--rate", default=1.0, show_default=True, type=click.FloatRange(0, 1000, min_open=True), help="Items per s."
)
@click.option("--lines", is_flag=True, help="A line for each verdict in place of the live screen, as in a pipe.")
@click.option("--log-level", default="warning", type=click.Choice(["debug", "info", "warning", "error"]))
def demo(station: Path, count: int | None, rate: float, *, lines: bool, log_level: str) -> int:
    """Run STATION with a broker of its own on a free port, trigger it, and show what comes of it.

    In a terminal this is the screen of `okko watch`, else a line for each verdict. Never uses a broker that happens to
    run. With --items, exit 0 only if each item had one verdict and was recorded.

    \b
    Examples:
      okko demo stations/ducks
      okko demo stations/ducks --items 200 --rate 5
    """
    logs.set_up("demo", log_level)
    os.environ[URL_VARIABLE] = f"mqtt://127.0.0.1:{broker.free_port()}"
    page = load(station).dashboard
    if page is not None and not broker.is_free(page.port):
        os.environ[PAGE_PORT_VARIABLE] = str(broker.free_port())
    return asyncio.run(_demo(load(station), _Wish(count, rate, lines, log_level)))


@dataclass(frozen=True)
class _Wish:
    count: int | None
    rate: float
    lines: bool
    log_level: str


@dataclass
class _Run:
    """What came of a run: whether the station was ready at all, what the PLC heard, what is safely on disk."""

    shown: "_Shown"
    was_ready: bool = False
    outcome: Outcome | None = None
    safe: int = 0


async def _demo(station: Station, wish: _Wish) -> int:
    async with guest_of(station) as guest:
        return await _with(guest, station, wish)


async def _with(guest: Guest | None, station: Station, wish: _Wish) -> int:
    stop, ended = stop_event(), asyncio.Event()
    console = Console()
    on_screen = console.is_terminal and not console.is_dumb_terminal and not wish.lines
    run = _Run(_Shown(None if on_screen else console, guest))
    began = clock.utc_now()
    if on_screen:
        with stderr_aside():
            await _on_screen(station, wish, run, console, ended)
    else:
        async with running(station, wish.log_level):
            click.echo(f"{station.base} at {station.broker.url}; the agents are starting ...")
            await _play(station, wish, run, stop)
    if not run.was_ready or run.outcome is None:
        if stop.is_set() or ended.is_set():
            return 0
        click.echo(f"okko: not ready within {READY_TIMEOUT_S:g} s; see the log above", err=True)
        return 1
    damage = await damage_in_record(station, began, run.shown.item_ids)
    story = Story(images_of(station), run.outcome.triggers, damage, run.safe)
    for text in summary(run.shown.tally, place_of(station), story, console.width):
        console.print(text, soft_wrap=True)
    return _judge(run.outcome, run.safe, wish.count)


async def _on_screen(station: Station, wish: _Wish, run: _Run, console: Console, ended: asyncio.Event) -> None:
    """Play, with the live screen over it; `ended` is set from the keyboard, or when we are to stop."""
    watcher = Watcher(station, pictures=can_show(console))
    stopping = asyncio.create_task(_set_after(stop_event(), ended))
    shown = asyncio.create_task(watcher.show(console, ended, _footer(station, run.shown.guest), starting=True))
    shown.add_done_callback(lambda _: ended.set())  # a screen that fails must not leave the line running unseen
    try:
        async with running(station, wish.log_level), watcher.listener:
            await _play(station, wish, run, ended)
            ended.set()
            await shown  # before the agents go, or the last that one sees is a station that does not run
    finally:
        stopping.cancel()
        ended.set()
        await shown


def _footer(station: Station, guest: Guest | None) -> str:
    """What stands below the live screen: how to end it, where the page is, and who can log in there."""
    end = "q or Ctrl-C: end with a summary"
    if station.dashboard is None:
        return end
    page = f"The page: {station.dashboard.url}"
    return f"{end}   {page}" if guest is None else f"{end}\n{page}   {guest}"


async def _set_after(first: asyncio.Event, then: asyncio.Event) -> None:
    await first.wait()
    then.set()


async def _play(station: Station, wish: _Wish, run: _Run, stop: asyncio.Event) -> None:
    """Once the station is ready, trigger it until the wish is fulfilled or we are to stop."""
    receipts = _Receipts()
    async with (
        Listener(station, "ready", "receipt", on_message=receipts.on_message, no_retained=True) as listener,
        Player(station, on_verdict=run.shown.on_verdict) as player,
    ):
        ready = listener.wait_for("ready", lambda payload: payload == b"1")
        if not await _first(ready, stop, READY_TIMEOUT_S):
            return
        run.was_ready = True
        run.shown.hint(station)
        playing = asyncio.ensure_future(player.play(_triggers(wish.count, player.next_seq()), wish.rate, wait=True))
        await _first(playing, stop, None)
        playing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await playing
        run.outcome = player.outcome
        run.safe = await receipts.all_of(run.shown.item_ids, RECORDED_TIMEOUT_S)


def _triggers(count: int | None, first_seq: int) -> Iterator[c.Trigger]:
    """Ducks, so many or without end. `first_seq` goes on where the demo before left off.

    Counting from 1 again would make the ducks of a second demo, within the duplicate window, those of the first.
    """
    numbers = itertools.count(1) if count is None else range(1, count + 1)
    for number in numbers:
        yield c.Trigger(seq=(first_seq + number - 1) % (c.MAX_SEQ + 1), part_id=f"duck-{number}")


class _Shown:
    """Remembers which items there were and what came of them; prints each verdict where there is no screen."""

    def __init__(self, console: Console | None, guest: Guest | None) -> None:
        self.item_ids: set[str] = set()
        self.tally = Tally()
        self.guest = guest
        self._console = console

    def hint(self, station: Station) -> None:
        """Say how to look on."""
        if self._console is not None:
            place = place_of(station)
            click.echo("ready." if station.dashboard is None else f"ready. The page: {station.dashboard.url}")
            if self.guest is not None:
                click.echo(f"To do more there than look, {self.guest}; the account ends with the demo.")
            click.echo("Look on with another terminal:")
            click.echo(f"  {URL_VARIABLE}={station.broker.url} {place.command('watch')}")
            click.echo(f"  mosquitto_sub -p {station.broker.port} -t '{station.base}/verdict/code'")
            click.echo(f"  {place.command('items')}")

    def on_verdict(self, verdict: c.Verdict) -> None:
        """One item, and one line for it."""
        self.item_ids.add(verdict.item_id)
        self.tally.add(verdict)
        if self._console is not None:
            self._console.print(line(verdict), soft_wrap=True)
            sys.stdout.flush()


class _Receipts:
    """Listens to what the recorder has safely on disk."""

    def __init__(self) -> None:
        self._ids: set[str] = set()

    def on_message(self, address: Address, received: Received) -> None:
        """Note the ids of a receipt."""
        if address.spec.key == "receipt" and address.names.get("agent") == "decision":
            self._ids.update(c.decode(c.Receipt, received.payload).ids)

    async def all_of(self, wanted: set[str], timeout_s: float) -> int:
        """Wait until all these are safe, or the time is up; gives how many are."""
        end = asyncio.get_running_loop().time() + timeout_s
        while not wanted <= self._ids and asyncio.get_running_loop().time() < end:  # noqa: ASYNC110 - a demo may poll
            await asyncio.sleep(0.05)
        return len(wanted & self._ids)


async def _first(work: Awaitable[object], stop: asyncio.Event, timeout_s: float | None) -> bool:
    """Wait for some work, but no longer than until asked to stop; gives whether it was done."""
    working = asyncio.ensure_future(work)
    stopped = asyncio.ensure_future(stop.wait())
    await asyncio.wait({working, stopped}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    return working.done()


def _judge(outcome: Outcome, safe: int, count: int | None) -> int:
    heard = outcome.ok + outcome.ko
    good = not outcome.missing and not outcome.contradictions and safe == heard
    if count is not None:
        good = good and heard == count
    return 0 if good else 1
