"""`okko watch`: the station at a glance, in the terminal."""

import asyncio
import contextlib
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

import click
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from okko import clock
from okko import contracts as c
from okko.commands.argument import station_argument
from okko.errors import ContractError
from okko.listener import Listener
from okko.session import Received
from okko.shutdown import stop_event
from okko.station import Station, load
from okko.topics import Address

VERDICTS_SHOWN = 10
EVENTS_SHOWN = 5
READY_LASTS_NS = 3_000_000_000
REFRESH_S = 0.25


@click.command(short_help="Live table in the terminal.")
@station_argument
@click.option("--once", is_flag=True, help="Look for two seconds, print once, and end.")
def watch(station: Path, once: bool) -> None:
    """Show STATION live: ready, agents, verdicts, latencies by stage, counters. Ctrl-C ends it.

    \b
    Examples:
      okko watch stations/ducks
      okko watch stations/ducks --once
    """
    asyncio.run(_watch(load(station), once=once))


@dataclass
class Seen:
    """What has come from the station so far."""

    ready: str = ""
    ready_ns: int = 0
    totals: c.Totals | None = None
    states: dict[str, c.AgentState] = field(default_factory=dict)
    stats: dict[str, c.Stats] = field(default_factory=dict)
    verdicts: deque[c.Verdict] = field(default_factory=lambda: deque(maxlen=VERDICTS_SHOWN))
    events: deque[c.Event] = field(default_factory=lambda: deque(maxlen=EVENTS_SHOWN))

    def on_message(self, address: Address, received: Received) -> None:
        """Take in one message; what cannot be read is the agents' business to tell."""
        with contextlib.suppress(ContractError):
            self._take(address, received)

    def _take(self, address: Address, received: Received) -> None:
        match address.spec.key:
            case "ready":
                self.ready, self.ready_ns = received.payload.decode("utf-8", "replace"), clock.mono_ns()
            case "count":
                self.totals = c.decode(c.Totals, received.payload)
            case "agent":
                state = c.decode(c.AgentState, received.payload)
                self.states[state.agent] = state
            case "stats":
                stats = c.decode(c.Stats, received.payload)
                self.stats[stats.agent] = stats
            case "verdict":
                self.verdicts.append(c.decode(c.Verdict, received.payload))
            case "verdict_last" if not self.verdicts:
                self.verdicts.append(c.decode(c.Verdict, received.payload))
            case "event":
                self.events.append(c.decode(c.Event, received.payload))


async def _watch(station: Station, *, once: bool) -> None:
    stop = stop_event()
    seen = Seen()
    keys = ("ready", "count", "agent", "stats", "verdict", "verdict_last", "event")
    async with Listener(station, *keys, on_message=seen.on_message) as listener:
        if once:
            await listener.connected(5.0)
            await asyncio.sleep(2.0)
            Console().print(picture(station, seen, connected=True))
            return
        with Live(picture(station, seen, connected=False), screen=True, auto_refresh=False) as live:
            while not stop.is_set():
                live.update(picture(station, seen, connected=listener.session.connected), refresh=True)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), REFRESH_S)


def picture(station: Station, seen: Seen, *, connected: bool) -> Group:
    """All of it as one thing to draw."""
    return Group(
        _head(station, seen, connected=connected), _agents(seen), _stages(seen), _verdicts(seen), _events(seen)
    )


def _head(station: Station, seen: Seen, *, connected: bool) -> Text:
    text = Text(f"{station.base}  {station.broker.url}  ", style="bold")
    if not connected:
        return text.append("no connection to the broker; is `okko up` running?", style="bold red")
    is_ready = seen.ready == "1" and clock.mono_ns() - seen.ready_ns < READY_LASTS_NS
    text.append("READY" if is_ready else "NOT READY", style="bold green" if is_ready else "bold red")
    if not is_ready and (decision := seen.states.get("decision")) is not None and decision.why:
        text.append(f"  {decision.why}", style="red")
    if (totals := seen.totals) is not None:
        text.append(f"\n{totals.total} items since {totals.since}: {totals.ok} OK, {totals.ko} KO")
        text.append(f"; triggers missed: {totals.missed}")
        # Every OK has the reason `rules`; why items are KO is what people ask.
        of_ko = {**totals.by_reason, "rules": totals.by_reason.get("rules", 0) - totals.ok}
        reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(of_ko.items()) if count)
        text.append(f"   KO: {reasons}" if reasons else "", style="dim")
    return text


def _agents(seen: Seen) -> Table:
    table = Table("agent", "state", "memory MB", "what it counts", title="Agents", title_justify="left", expand=True)
    for name, state in sorted(seen.states.items()):
        stats = seen.stats.get(name)
        style = {"online": "green", "faulted": "red", "offline": "red"}[state.state]
        counters = ", ".join(f"{k} {v}" for k, v in sorted(stats.counters.items())) if stats is not None else ""
        memory = f"{stats.rss_bytes / 1e6:.0f}" if stats is not None else ""
        table.add_row(name, Text(f"{state.state} {state.why}".strip(), style=style), memory, counters)
    if not seen.states:
        table.add_row("none has come yet", "", "", "")
    return table


def _stages(seen: Seen) -> Table:
    table = Table("stage", "agent", "p50 ms", "p99 ms", "of", title="Latencies", title_justify="left", expand=True)
    for name, stats in sorted(seen.stats.items()):
        for stage, ranks in stats.stages.items():
            table.add_row(stage, name, f"{ranks.p50_ms:.2f}", f"{ranks.p99_ms:.2f}", str(ranks.n))
    return table


def _verdicts(seen: Seen) -> Table:
    table = Table("decided at", "", "part", "seq", "ms", "finding", title="Verdicts", title_justify="left", expand=True)
    for verdict in reversed(seen.verdicts):
        word = Text(verdict.verdict, style="bold green" if verdict.verdict == "OK" else "bold red")
        finding = f"{verdict.reason}: {verdict.finding}" if verdict.finding else ""
        seq = "" if verdict.seq is None else str(verdict.seq)
        table.add_row(verdict.decided_at, word, verdict.part_id, seq, f"{verdict.latency_ms:.1f}", finding)
    if not seen.verdicts:
        table.add_row("none yet", "", "", "", "", "")
    return table


def _events(seen: Seen) -> Table:
    table = Table("at", "agent", "event", "what", title="Events", title_justify="left", expand=True)
    for event in reversed(seen.events):
        style = {"info": "", "warning": "yellow", "error": "red"}[event.severity]
        table.add_row(event.at, event.agent, Text(event.code, style=style), event.text)
    if not seen.events:
        table.add_row("none yet", "", "", "")
    return table
