"""What came of the parts, told at the end so that someone who sees okko for the first time understands it: pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

from okko import contracts as c
from okko.watch.canvas import columns, right
from okko.watch.head import Place
from okko.watch.plain import duration, plain, share
from okko.watch.tally import Tally
from okko.watch.words import MEANINGS

_FINDINGS = 5
_UNCUT = 1000
"""Cells: the terminal wraps what a newcomer must be able to read to the end."""


@dataclass(frozen=True, slots=True)
class Damage:
    """What the simulator says it did to the parts: how many of a kind, and how many of them got a KO."""

    kind: str
    made: int
    caught: int


@dataclass(frozen=True, slots=True)
class Story:
    """What is told beside the tally. `images`: their folder, None where nothing is recorded.

    `triggers`: how many there were, where that is known; `damage`: where the parts were simulated; `recorded`: how many
    items, where somebody knows it better than the tally.
    """

    images: str | None
    triggers: int | None = None
    damage: Sequence[Damage] | None = None
    recorded: int | None = None


def summary(tally: Tally, place: Place, story: Story, width: int = 100) -> list[Text]:
    """Counts, why, how fast, what is recorded, and what to type next."""
    if not tally.total and not tally.golden:
        play = place.command("trigger", "--count 10 --rate 2")
        said = "No verdict came." if story.triggers is None else f"{story.triggers} triggers, no verdict."
        return [Text(f"{said} To play the PLC:"), Text(f"  {play}", style="bold")]
    lines = [_counts(tally, story.triggers)]
    lines += _why(tally, width)
    if story.damage is not None:
        lines += _damage(story.damage, tally)
    lines += _speed(tally, place.deadline_ms)
    lines += _next(tally, place, story)
    return lines


def _counts(tally: Tally, triggers: int | None) -> Text:
    text = Text(_parts(tally.total) if triggers is None else f"{triggers} triggers", style="bold").append(": ")
    text.append(f"{tally.ok} OK", style="bold green").append(f" ({share(tally.ok, tally.total)}), ")
    text.append(f"{tally.ko} KO", style="bold red")
    if tally.borderline:
        text.append(f" ({tally.borderline} borderline)")
    if tally.golden:
        text.append(f", and {tally.golden} golden")
    without = max(0, (triggers or 0) - tally.total - tally.golden)
    return text if triggers is None else text.append(f", {without} without a verdict")


def _why(tally: Tally, width: int) -> list[Text]:
    if not tally.ko:
        return []
    rows = [
        [right(str(count)), Text(f"{reason}:", style="bold"), Text(MEANINGS[reason])]
        for reason, count in tally.by_reason.most_common()
    ]
    found = [[right(f"{count} x"), Text(plain(text))] for text, count in tally.findings.most_common(_FINDINGS)]
    return [
        Text("Why KO"),
        *(_in(line) for line in columns(rows, _UNCUT, 2)),
        Text("What was found most often"),
        *(_in(line) for line in columns(found, max(60, width - 2), 1)),
    ]


def _damage(damage: Sequence[Damage], tally: Tally) -> list[Text]:
    made, caught = sum(kind.made for kind in damage), sum(kind.caught for kind in damage)
    lines = [
        Text(f"The simulator had damaged {_parts(made)}; {caught} of them got a KO" if made else "No part was damaged")
    ]
    rows = [[right(f"{kind.caught} of {kind.made}"), Text(kind.kind.replace("_", " "))] for kind in damage]
    lines += [_in(line) for line in columns(rows, _UNCUT, 1)]
    if wrong := max(0, tally.ko - caught):
        lines.append(Text(f"  {_parts(wrong)} without damage got a KO too"))
    return lines


def _speed(tally: Tally, deadline_ms: float) -> list[Text]:
    ranks = tally.latencies
    if ranks is None:
        return []
    met = "every verdict came in time" if not tally.late else f"{tally.late} came too late"
    return [
        Text("How fast, from trigger to verdict"),
        Text(f"  half within {duration(ranks.p50_ms)}, 99 of 100 within {duration(ranks.p99_ms)}"),
        Text(f"  the deadline is {duration(deadline_ms)}: {met}", style="" if not tally.late else "bold red"),
    ]


def _next(tally: Tally, place: Place, story: Story) -> list[Text]:
    if story.images is None:
        return [Text("Nothing is recorded: the station has no [recorder]")]
    recorded = tally.recorded if story.recorded is None else story.recorded
    commands = [
        [Text(place.command("items", "--verdict KO"), style="bold"), Text("the record of each KO", style="dim")],
        [Text(place.command("items", "--json"), style="bold"), Text("all of it, for programs", style="dim")],
    ]
    return [
        Text(f"{recorded} of {tally.total} items recorded, with their pictures in {plain(story.images)}"),
        Text("Next"),
        *(_in(line) for line in columns(commands, _UNCUT, 1)),
    ]


def damage_of(sources: Sequence[tuple[c.VerdictWord, Sequence[str]]]) -> list[Damage] | None:
    """What the frames' `source` says of simulated parts, by kind of defect; None where they were not simulated.

    `sources` has for each item its verdict and the source of each of its frames.
    """
    made: dict[str, list[bool]] = {}
    simulated = False
    for verdict, texts in sources:
        told = [truth for text in texts if (truth := truth_of(text)) is not None]
        simulated = simulated or bool(told)
        if told and told[0]:
            made.setdefault(told[0], []).append(verdict == "KO")
    if not simulated:
        return None
    kinds = [Damage(kind, len(caught), sum(caught)) for kind, caught in made.items()]
    return sorted(kinds, key=lambda kind: (-kind.made, kind.kind))


def truth_of(source: str) -> str | None:
    """The defect that a simulated frame's source names, empty for a good part; None where it was not simulated."""
    simulator, _, told = source.partition(":")
    if simulator != "simulator":
        return None
    fields = dict(pair.split("=", 1) for pair in told.split(",") if "=" in pair)
    return fields.get("defect", "")


def _parts(count: int) -> str:
    return f"{count} part" if count == 1 else f"{count} parts"


def _in(line: Text) -> Text:
    return Text("  ").append_text(line)
