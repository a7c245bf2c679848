"""The agents of a station: what each is doing, and what is wrong with it."""

from datetime import timedelta

from rich.text import Text

from okko import contracts as c
from okko.clock import parse_utc
from okko.watch.canvas import columns, right, title
from okko.watch.plain import plain
from okko.watch.seen import Now, Seen

_AGE_FROM, _INSTANCE_FROM = 44, 64
"""Cells from which there is room for how long it has been so, and for the instance."""


def agents(seen: Seen, now: Now, width: int) -> list[Text]:
    """One line an agent, below a heading; under one that cannot work, why. Those come first: there may be no room."""
    lines = [title("Agents", width)]
    if not seen.states:
        return [*lines, Text("none has come yet", style="dim")]
    names = sorted(seen.states, key=lambda name: (_state(name, seen, now) == "online", name))
    rows = columns([_row(name, seen, now, width) for name in names], width, 0)
    for name, row in zip(names, rows, strict=True):
        lines.append(row)
        if why := _why(name, seen, now):
            lines.append(Text(f"  {why}", style="red"))
    return lines


def agents_in_short(seen: Seen, now: Now) -> list[Text]:
    """How many work, and a line for each that does not: for a narrow terminal."""
    bad = [name for name in sorted(seen.states) if _state(name, seen, now) != "online"]
    lines = [Text(f"{len(seen.states) - len(bad)} of {len(seen.states)} agents online", style="" if bad else "green")]
    said = [f"{plain(name)} {_state(name, seen, now)} {_why(name, seen, now)}".rstrip() for name in bad]
    return [*lines, *(Text(text, style="red") for text in said)]


def _row(name: str, seen: Seen, now: Now, width: int) -> list[Text]:
    word, stats = _state(name, seen, now), seen.stats.get(name)
    state = seen.states[name]
    rate = seen.rates.get(name)
    cells = [
        Text(plain(name)),
        Text(word, style="green" if word == "online" else "bold red"),
        right("" if rate is None or word != "online" else f"{rate:.1f}/s"),
        right("" if stats is None or word != "online" else f"{stats.rss_bytes / 1e6:.0f} MB"),
    ]
    if width >= _AGE_FROM:
        cells.insert(2, right(_age(state, now), "dim"))
    if width >= _INSTANCE_FROM:
        cells.append(Text(plain(state.instance_id, 8), style="dim"))
    return cells


def _state(name: str, seen: Seen, now: Now) -> str:
    state = seen.states[name].state
    return "silent" if state == "online" and seen.is_silent(name, now) else state


def _why(name: str, seen: Seen, now: Now) -> str:
    if _state(name, seen, now) == "silent":
        return "says it is online, but has not been heard for 3 s"
    return plain(seen.states[name].why) if seen.states[name].state != "online" else ""


def _age(state: c.AgentState, now: Now) -> str:
    """For how long it has been so: `12 s`, `5 min`, `3 h`, `4 d`."""
    try:
        seconds = now.unix_ns / 1e9 - parse_utc(state.since).timestamp()
    except ValueError:
        return ""
    for unit, length in (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("min", timedelta(minutes=1))):
        if seconds >= length.total_seconds():
            return f"{seconds / length.total_seconds():.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"
