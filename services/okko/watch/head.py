"""The top of the screen: which station, is it ready and if not why, how many parts a minute, how many good."""

from dataclasses import dataclass

from rich.text import Text

from okko import contracts as c
from okko.watch.canvas import columns
from okko.watch.plain import duration, plain, share, time_of_day
from okko.watch.seen import Now, Seen

GOOD, BAD, WARN, QUIET = "bold green", "bold red", "yellow", "dim"


@dataclass(frozen=True, slots=True)
class Place:
    """Which station is watched, and how the commands for it are typed here."""

    name: str
    base: str
    url: str
    deadline_ms: int
    okko: str
    station: str

    def command(self, verb: str, options: str = "") -> str:
        """A command to type: `okko items stations/ducks --verdict KO`."""
        return f"{self.okko} {verb} {self.station} {options}".rstrip()


def head(place: Place, seen: Seen, now: Now, *, connected: bool, width: int) -> list[Text]:
    """Two lines, and a third where something stands in the way."""
    state, why = readiness(seen, now, connected=connected)
    name = Text(f"okko {plain(place.name)}", style="bold")
    if width >= 60:  # noqa: PLR2004 - cells; what is narrower has room for the name alone
        name.append(f"  {plain(place.base)}", style=QUIET)
    top = columns([[name, state]], width, 0)[0]
    room = width - state.cell_len - name.cell_len - 2
    if room > 0:
        top = name.append(" " * (room + 2)).append_text(state)
    lines = [top, _numbers(place, seen, now)]
    if why:
        lines.append(Text(why, style="red"))
    return lines


def readiness(seen: Seen, now: Now, *, connected: bool) -> tuple[Text, str]:
    """The state as a badge, and why it is not `ready` where it is not."""
    if not connected:
        return Text(" NO BROKER ", style="bold white on red"), ""
    if seen.is_ready(now):
        return Text(" READY ", style="bold black on green"), ""
    badge = Text(" NOT READY ", style="bold white on red")
    decision = seen.states.get("decision")
    if decision is None or decision.state == "offline":
        return badge, ""
    why = plain(decision.why.removeprefix("not ready: "))
    if seen.ready == "1" and not seen.has_ready(now):
        why = "no sign of life from the decision agent for 3 s"
    return badge, why


def _numbers(place: Place, seen: Seen, now: Now) -> Text:
    rate = seen.items_per_minute(now)
    line = Text("-" if rate is None else f"{rate:.0f}", style="bold").append(" items/min", style="default")
    if (totals := seen.totals) is not None:
        line.append("  yield ").append(share(totals.ok, totals.total), style="bold")
        line.append(f"  {totals.ok} OK", style="green").append(f"  {totals.ko} KO", style="red")
        if totals.golden:
            line.append(f"  {totals.golden} golden", style=QUIET)
        if totals.missed:
            line.append(f"  {totals.missed} triggers missed", style=WARN)
    if (ranks := seen.tally.latencies) is not None:
        line.append(f"  p99 {duration(ranks.p99_ms)} of {duration(place.deadline_ms)}")
    if totals is not None:
        line.append(f"  since {_since(totals)}", style=QUIET)
    return line


def _since(totals: c.Totals) -> str:
    return f"{plain(totals.since[:10])} {time_of_day(totals.since)}"


def nothing_runs(place: Place, seen: Seen, now: Now, *, connected: bool) -> list[Text]:
    """What to do where there is nothing to show; empty where there is."""
    if not connected:
        return [
            Text(f"No broker answers at {plain(place.url)}. Waiting for it.", style="red"),
            Text("This starts the station, and a broker where there is none:"),
            Text(f"  {place.command('up')}", style="bold"),
        ]
    decision = seen.states.get("decision")
    if seen.has_ready(now) or (decision is not None and decision.state != "offline"):
        return []
    return [
        Text("The broker is there, but the station does not run.", style="red"),
        Text("In another terminal:"),
        Text(f"  {place.command('up')}", style="bold"),
    ]
