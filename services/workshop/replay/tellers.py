"""Who the result is told to on stdout while the record is gone through: a person, or a program."""

import sys
from typing import TYPE_CHECKING, Protocol

import click
import msgspec

from workshop.replay import machine, text
from workshop.replay.evidence import LeftOut
from workshop.replay.tally import Looked, Sums

if TYPE_CHECKING:
    from workshop.replay.flip_files import FlipFiles

FLIPS_LISTED = 20


class Teller(Protocol):
    """Hears of each item, and of the sums at the end."""

    def item(self, result: Looked | LeftOut) -> None:
        """An item has been judged again, or left out."""
        ...

    def end(self, sums: Sums) -> None:
        """That was all."""
        ...


class Table:
    """For people: the sums, and before them the first flips, `listed` of them."""

    def __init__(self, listed: int | None = None) -> None:
        self._flips: list[str] = []
        self._listed = FLIPS_LISTED if listed is None else listed

    def item(self, result: Looked | LeftOut) -> None:
        """An item has been judged again, or left out."""
        if isinstance(result, Looked) and result.outcome.flips and len(self._flips) < self._listed:
            self._flips.append(text.flip_line(result.outcome))

    def end(self, sums: Sums) -> None:
        """That was all."""
        more = sums.tally.flips - len(self._flips)
        if more:
            self._flips.append(f"and {more} flips more: --json lists them all")
        click.echo("\n".join((*self._flips, *text.summary(sums))))


class JsonLines:
    """For programs: each flip and each item left out as it comes, the sums in the last line.

    `listed`: of flips so many at most, and of items left out as many. `files`: where the flips' pictures go.
    """

    def __init__(self, listed: int | None = None, files: "FlipFiles | None" = None) -> None:
        self._most = listed
        self._files = files
        self._flips = self._left_out = 0

    def item(self, result: Looked | LeftOut) -> None:
        """An item has been judged again, or left out."""
        if isinstance(result, LeftOut):
            self._left_out += 1
            if self._most is None or self._left_out <= self._most:
                self._write(machine.left_out(result))
        elif result.outcome.flips:
            self._flips += 1
            if self._most is None or self._flips <= self._most:
                pictures = None if self._files is None else self._files.add(result)
                self._write(machine.flip(result.outcome, pictures))

    def end(self, sums: Sums) -> None:
        """That was all."""
        self._write(msgspec.json.encode({"summary": machine.summary(sums)}))
        sys.stdout.flush()

    @staticmethod
    def _write(line: bytes) -> None:
        sys.stdout.buffer.write(line + b"\n")
