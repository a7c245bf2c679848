"""The whole screen, made to fit whatever room the terminal has just now."""

from dataclasses import dataclass
from itertools import islice

from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.text import Text

from okko.contracts import Verdict
from okko.watch.agents import agents, agents_in_short
from okko.watch.budget import against_deadline, budget
from okko.watch.canvas import GAP, Line, beside, drawn
from okko.watch.head import Place, head, nothing_runs
from okko.watch.pictures import Gallery, widest
from okko.watch.plain import plain
from okko.watch.seen import Now, Seen, Shot
from okko.watch.verdicts import events, verdicts, word
from okko.watch.words import said

WIDE, NARROW = 100, 60
"""Cells: from the first on two columns, below the second one short one."""

_AGENTS = 44
_BUDGET = 44
_EVENTS = 3
_FEW_ROWS = 12
_CAPTION_ROWS = 2


@dataclass(frozen=True)
class Screen:
    """What was seen of a station, at one moment. `gallery`: None where no pictures are shown."""

    place: Place
    seen: Seen
    now: Now
    connected: bool
    gallery: Gallery | None = None
    footer: str = ""
    starting: bool = False
    """Whether whoever shows this has just started the station."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The lines, as many as there is room for."""
        width, height = max(1, options.max_width), options.height or options.max_height
        lines = self.lines(console, width, max(1, height))
        while lines and all(segment.text.isspace() for segment in lines[-1]):
            lines.pop()
        for line in lines:
            yield from line
            yield Segment.line()

    def lines(self, console: Console, width: int, height: int) -> list[Line]:
        """At most `height` lines of exactly `width` cells."""
        place, seen, now = self.place, self.seen, self.now
        top = drawn(console, head(place, seen, now, connected=self.connected, width=width), width)
        if lacking := self._nothing():
            return [*top, *drawn(console, [Text(), *lacking, Text(), *self._footer()], width)][:height]
        footer = drawn(console, self._footer(), width) if height > _FEW_ROWS else []
        room = height - len(top) - len(footer)
        middle = self._middle(console, width, room)
        below = self._below(console, width, room - len(middle))
        return [*top, *middle, *below, *footer][:height]

    def _middle(self, console: Console, width: int, room: int) -> list[Line]:
        """Cameras and agents: side by side, or in short where it is narrow."""
        half = max(0, room // 2)
        if width < NARROW:
            short = drawn(console, agents_in_short(self.seen, self.now), width)[:half]
            pictures = self._pictures(console, width, half - len(short) - _CAPTION_ROWS)
            return [*pictures, *short]
        pictures = self._pictures(console, width - _AGENTS - GAP if width >= WIDE else width // 2, half - _CAPTION_ROWS)
        if not pictures:
            return drawn(console, agents(self.seen, self.now, width), width)[:half]
        taken = Segment.get_line_length(pictures[-1])
        rest = width - taken - GAP
        return beside(pictures, drawn(console, agents(self.seen, self.now, rest), rest), taken)[
            : max(half, len(pictures))
        ]

    def _pictures(self, console: Console, width: int, height: int) -> list[Line]:
        """The last picture of each camera side by side, with what it is; empty where there is no room."""
        if self.gallery is None:
            return []
        shots = {camera: self.seen.shots[camera] for camera in self.seen.cameras if camera in self.seen.shots}
        while not (each := widest(shots, width, height)) and shots:
            # Rather fewer than none; what was found to be bad is what people want to see.
            least = [camera for camera, shot in shots.items() if shot.word == "OK"] or list(shots)
            del shots[least[-1]]
        if not each:
            return []
        blocks: list[Line] = []
        for number, (camera, new) in enumerate(shots.items()):
            shot, picture = self.gallery.draw(camera, new, each, self.now.mono_ns)
            picture = picture[:height] or drawn(console, [Text("no picture", style="dim")], each)
            block = [*picture, *drawn(console, _caption(camera, shot), each)]
            if not number:
                blocks = block
                continue
            taken = (each + GAP) * number - GAP
            blocks = beside(blocks, block, taken)
        return blocks

    def _below(self, console: Console, width: int, room: int) -> list[Line]:
        """Verdicts and where the time goes, events where there is room for them."""
        seen, place = self.seen, self.place
        stages, whole = seen.stages.percentiles(), seen.tally.latencies
        told = events(islice(reversed(seen.events), min(_EVENTS, max(0, room // 5))), width)
        happened = drawn(console, told, width)
        room -= len(happened)
        newest = list(islice(reversed(seen.verdicts), max(0, room - 1)))
        if width >= WIDE:
            left = width - _BUDGET - GAP
            said = drawn(console, self._verdicts(newest, left), left)[:room]
            spent = drawn(console, budget(stages, whole, place.deadline_ms, _BUDGET), _BUDGET)[:room]
            return [*_filled(beside(said, spent, left), width, room), *happened]
        bar = drawn(console, against_deadline(stages, whole, place.deadline_ms, width), width)
        said = drawn(console, self._verdicts(newest, width), width)[: max(0, room - len(bar))]
        return [*_filled(said, width, room - len(bar)), *bar, *happened]

    def _verdicts(self, newest: list[Verdict], width: int) -> list[Text]:
        lines = verdicts(newest, width)
        if newest:
            return lines
        play = self.place.command("trigger", "--count 10 --rate 2")
        return [
            lines[0],
            Text("No part has come yet. In another terminal, play the PLC:"),
            Text(f"  {play}", style="bold"),
        ]

    def _nothing(self) -> list[Text]:
        lacking = nothing_runs(self.place, self.seen, self.now, connected=self.connected)
        return [Text("The broker and the agents are starting ...")] if lacking and self.starting else lacking

    def _footer(self) -> list[Text]:
        return [Text(line, style="dim") for line in self.footer.splitlines()]


def _caption(camera: str, shot: Shot) -> list[Text]:
    first = Text(f"{plain(camera)} ", style="bold").append_text(word(shot.word)).append(f" {plain(shot.part_id, 24)}")
    if shot.finding:
        return [first, Text(plain(shot.finding), style="red")]
    return [first, Text(plain(" · ".join(filter(None, map(said, shot.predictions)))), style="dim")]


def _filled(lines: list[Line], width: int, room: int) -> list[Line]:
    """Empty lines below, so that what stands under them does not wander."""
    return lines + [[Segment(" " * width)] for _ in range(room - len(lines))]
