"""`okko demo`: a station whole, on this machine, with a PLC in software."""

import asyncio
import contextlib
import itertools
import os
import shutil
import sys
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from okko import broker, logs
from okko import contracts as c
from okko.commands.argument import station_argument
from okko.commands.trigger import summary
from okko.commands.up import running
from okko.listener import Listener
from okko.player import Outcome, Player
from okko.session import Received
from okko.shutdown import stop_event
from okko.station import URL_VARIABLE, Station, load
from okko.topics import Address

READY_TIMEOUT_S = 60.0
RECORDED_TIMEOUT_S = 15.0


@click.command(short_help="A station whole on this machine, with a PLC in software.")
@station_argument
@click.option("--items", "count", type=click.IntRange(1), help="End after this many items with a summary; else Ctrl-C.")
@click.option(
    "--rate", default=1.0, show_default=True, type=click.FloatRange(0, 1000, min_open=True), help="Items per s."
)
@click.option("--log-level", default="warning", type=click.Choice(["debug", "info", "warning", "error"]))
def demo(station: Path, count: int | None, rate: float, log_level: str) -> int:
    """Run STATION with a broker of its own on a free port, trigger it, and print each verdict.

    Never uses a broker that happens to run. With --items, exit 0 only if each item had one verdict and was recorded.

    \b
    Examples:
      okko demo stations/ducks
      okko demo stations/ducks --items 200 --rate 5
    """
    logs.set_up("demo", log_level)
    os.environ[URL_VARIABLE] = f"mqtt://127.0.0.1:{broker.free_port()}"
    return asyncio.run(_demo(load(station), count, rate, log_level))


async def _demo(station: Station, count: int | None, rate: float, log_level: str) -> int:
    stop = stop_event()
    receipts = _Receipts()
    shown = _Shown(station)
    async with (
        running(station, log_level),
        Listener(station, "ready", "receipt", on_message=receipts.on_message, no_retained=True) as listener,
        Player(station, on_verdict=shown.on_verdict) as player,
    ):
        click.echo(f"{station.base} at {station.broker.url}; the agents are starting ...")
        ready = listener.wait_for("ready", lambda payload: payload == b"1")
        if not await _first(ready, stop, READY_TIMEOUT_S):
            if stop.is_set():
                return 0
            click.echo(f"okko: not ready within {READY_TIMEOUT_S:g} s; see the log above", err=True)
            return 1
        click.echo("ready. Look on with another terminal:")
        click.echo(f"  mosquitto_sub -p {station.broker.port} -t '{station.base}/verdict/code'")
        click.echo(f"  {_program()} items {_relative(station.folder)}")
        playing = asyncio.ensure_future(player.play(_triggers(count), rate, wait=True))
        await _first(playing, stop, None)
        playing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await playing
        recorded = await receipts.all_of(shown.item_ids, RECORDED_TIMEOUT_S)
    return _judge(player.outcome, recorded, count)


def _triggers(count: int | None) -> Iterator[c.Trigger]:
    """Ducks, so many or without end."""
    numbers = itertools.count(1) if count is None else range(1, count + 1)
    for number in numbers:
        yield c.Trigger(seq=number % (c.MAX_SEQ + 1), part_id=f"duck-{number}")


class _Shown:
    """Prints each verdict, and remembers which items there were."""

    def __init__(self, station: Station) -> None:
        self.item_ids: list[str] = []
        self._deadline_ms = station.station.deadline_ms

    def on_verdict(self, verdict: c.Verdict) -> None:
        """One line for one item."""
        self.item_ids.append(verdict.item_id)
        word = click.style(verdict.verdict, fg="green" if verdict.verdict == "OK" else "red", bold=True)
        note = " borderline" if verdict.borderline else ""
        finding = f"  {verdict.reason}: {verdict.finding}" if verdict.verdict == "KO" else ""
        click.echo(f"{verdict.decided_at}  {word}  {verdict.part_id:<12} {verdict.latency_ms:6.1f} ms{note}{finding}")


@dataclass
class _Recorded:
    """How many of the items are safely on disk."""

    wanted: int
    safe: int


class _Receipts:
    """Listens to what the recorder has safely on disk."""

    def __init__(self) -> None:
        self._ids: set[str] = set()

    def on_message(self, address: Address, received: Received) -> None:
        """Note the ids of a receipt."""
        if address.spec.key == "receipt" and address.names.get("agent") == "decision":
            self._ids.update(c.decode(c.Receipt, received.payload).ids)

    async def all_of(self, item_ids: list[str], timeout_s: float) -> _Recorded:
        """Wait until all these are safe, or the time is up."""
        wanted = set(item_ids)
        end = asyncio.get_running_loop().time() + timeout_s
        while not wanted <= self._ids and asyncio.get_running_loop().time() < end:  # noqa: ASYNC110 - a demo may poll
            await asyncio.sleep(0.05)
        return _Recorded(len(wanted), len(wanted & self._ids))


async def _first(work: Awaitable[object], stop: asyncio.Event, timeout_s: float | None) -> bool:
    """Wait for some work, but no longer than until asked to stop; gives whether it was done."""
    working = asyncio.ensure_future(work)
    stopped = asyncio.ensure_future(stop.wait())
    await asyncio.wait({working, stopped}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    return working.done()


def _judge(outcome: Outcome, recorded: _Recorded, count: int | None) -> int:
    click.echo(summary(outcome))
    click.echo(f"{recorded.safe} of {recorded.wanted} items recorded")
    good = not outcome.missing and not outcome.contradictions and recorded.safe == recorded.wanted
    if count is not None:
        good = good and recorded.wanted == count
    return 0 if good else 1


def _program() -> Path | str:
    """How to call this very program from the present folder: it need not be on the PATH."""
    return "okko" if shutil.which("okko") else _relative(Path(sys.argv[0]).absolute())


def _relative(path: Path) -> Path | str:
    with contextlib.suppress(ValueError):
        return path.relative_to(Path.cwd())
    return path
