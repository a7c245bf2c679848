"""The flips of a replay, as its job has written them: read some at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from okko.contracts import VerdictWord


class Said(msgspec.Struct, frozen=True):
    """One of the two verdicts."""

    verdict: VerdictWord
    reason: str
    finding: str | None = None


class Pictured(msgspec.Struct, frozen=True):
    """A camera's picture, then and now: files, or why there are none."""

    camera: str
    before: str | None = None
    after: str | None = None
    why: str | None = None


class Flip(msgspec.Struct, frozen=True):
    """An item whose verdict is another one."""

    item_id: str
    part_id: str
    decided_at: str
    before: Said
    after: Said
    label: str | None = None
    truth: VerdictWord | None = None
    pictures: tuple[Pictured, ...] = ()


class _Line(msgspec.Struct, frozen=True):
    flip: Flip | None = None


@dataclass(frozen=True, slots=True)
class Flips:
    """Some of them; `count` is how many are written down in all."""

    shown: tuple[Flip, ...]
    count: int


_decode = msgspec.json.Decoder(_Line).decode


def read_flips(path: Path, first: int, count: int) -> Flips:
    """So many flips, from the first-th on, counted from 0.

    Raises:
        OSError: if the file cannot be read.
    """
    found: list[Flip] = []
    number = 0
    for flip in _flips(path):
        if first <= number < first + count:
            found.append(flip)
        number += 1
    return Flips(tuple(found), number)


def _flips(path: Path) -> Iterator[Flip]:
    with path.open("rb") as file:
        for line in file:
            if not line.startswith(b'{"flip"'):
                continue
            try:
                flip = _decode(line).flip
            except msgspec.DecodeError:
                continue  # the last line of one that was ended
            if flip is not None:
                yield flip


def name_of(path: str) -> str:
    """A picture's name in the folder of its job."""
    return Path(path).name


def agreement(summary: dict[str, Any]) -> float | None:
    """Which share of the items got the same verdict, 0..1."""
    replayed = summary.get("replayed") or 0
    return summary.get("same", 0) / replayed if replayed else None
