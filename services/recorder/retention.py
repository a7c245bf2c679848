"""What is kept and what goes first: the rule alone, values in, a wish out. Who removes is the sweeper.

Every image has a rank, which says how early it goes. Ranks come in pairs: even, and odd for the same while its item has
not gone up to the central broker yet.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Annotated, Literal

from pydantic import Field

from okko.settings import Settings

DAY_MS = 86_400_000

SPARE, OK, KO, LABELLED, GOLDEN = range(0, 10, 2)
"""Ranks. `SPARE` is an OK image that `ok_images_one_in` leaves out; `KO` stands for borderline and unknown ones too."""

UNSENT = 1
"""Added to a rank while the item waits for the uplink."""

BY_ROOM = (SPARE, OK, SPARE + UNSENT, OK + UNSENT, KO, KO + UNSENT, LABELLED, LABELLED + UNSENT)
"""The order in which images make room. No OK image outlives a KO one; golden ones are never removed."""

SPARE_AFTER_MS = 600_000
"""How long an OK image stays that is to be left out: whoever saw the part can still look at it, and label it."""

WARN_SHARE = 0.9
"""From this share of `max_bytes` on people are told that images will be removed."""

WARN_FREE = 1.25
"""Likewise, from this multiple of `min_free_percent` on."""

MAX_SLACK_BYTES = 512 * 1024 * 1024

Why = Literal["ok_images_one_in", "ok_days", "ko_days", "max_bytes", "min_free_percent"]

Days = Annotated[float, Field(gt=0, le=36_500)]


class RetentionSettings(Settings):
    """How long images and records stay. Images of golden items always do."""

    ok_days: Annotated[
        Days | None, Field(description="images of OK items are removed after so long; default: when room is needed")
    ] = None
    ko_days: Annotated[Days | None, Field(description="the same for images of KO and borderline items")] = None
    rows_days: Annotated[
        Days | None,
        Field(description="items without images are forgotten after so long, but labelled ones; default: never"),
    ] = None
    ok_images_one_in: Annotated[
        int,
        Field(
            ge=1, le=1_000_000, description="of the OK items recorded from now on, the images of one in so many stay"
        ),
    ] = 1
    max_bytes: Annotated[
        int | None, Field(ge=10_000_000, description="what all images may take together; default: what the disk has")
    ] = None
    # A twentieth: file systems slow down from there, and other programs of the box need room as well.
    min_free_percent: Annotated[
        float, Field(ge=0, le=90, description="images are removed before less than this of the disk is free")
    ] = 5.0


@dataclass(frozen=True, slots=True)
class Holding:
    """What there is: bytes of all images, room on the disk, and of each rank when its oldest image was taken."""

    now_ms: int
    kept_bytes: int
    free_bytes: int
    total_bytes: int
    oldest_ms: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Wish:
    """The oldest images of this rank are to go: those taken before an instant, or so many bytes of them."""

    rank: int
    why: Why
    before_ms: int | None = None
    size_bytes: int = 0

    @property
    def forced(self) -> bool:
        """Whether it takes what is only given up for want of room."""
        return self.before_ms is None and self.rank not in {SPARE, OK}


@dataclass(frozen=True, slots=True)
class Candidate:
    """The images of one item: all of them go, or none."""

    item_id: str
    taken_ms: int
    size_bytes: int


def rank_of(  # noqa: PLR0913 - each is something that a person may know of an item
    item_id: str, verdict: str, *, borderline: bool, labelled: bool, golden: bool, unsent: bool, one_in: int
) -> int:
    """The rank of an item's images."""
    if golden:
        rank = GOLDEN
    elif labelled:
        rank = LABELLED
    elif verdict != "OK" or borderline:
        rank = KO
    else:
        rank = OK if is_sampled(item_id, one_in) else SPARE
    return rank + UNSENT * unsent


def is_sampled(item_id: str, one_in: int) -> bool:
    """Whether an item is of the one in so many: told by its id alone, so that it is the same everywhere and always."""
    return int.from_bytes(blake2b(item_id.encode(), digest_size=8).digest()) % one_in == 0


def wish(settings: RetentionSettings, held: Holding, *, uplink: bool, making_room: bool) -> Wish | None:
    """What is to go next, or None. `making_room`: it was begun, and goes on until there is some slack.

    Without an `uplink` nothing waits for one, whatever is noted of earlier days.
    """
    excess_bytes, why = excess(settings, held, making_room=making_room)
    if excess_bytes > 0:
        for rank in BY_ROOM:
            if rank in held.oldest_ms:
                return Wish(rank, why, size_bytes=excess_bytes)
    for rank, limit, before_ms in _by_age(settings, held.now_ms):
        for found in (rank,) if uplink else (rank, rank + UNSENT):
            if held.oldest_ms.get(found, before_ms) < before_ms:
                return Wish(found, limit, before_ms)
    return None


def _by_age(settings: RetentionSettings, now_ms: int) -> list[tuple[int, Why, int]]:
    ages: tuple[tuple[int, Why, float | None], ...] = (
        (SPARE, "ok_images_one_in", SPARE_AFTER_MS / DAY_MS),
        (OK, "ok_days", settings.ok_days),
        (KO, "ko_days", settings.ko_days),
    )
    return [(rank, why, now_ms - round(days * DAY_MS)) for rank, why, days in ages if days is not None]


def excess(settings: RetentionSettings, held: Holding, *, making_room: bool) -> tuple[int, Why]:
    """How many bytes too many there are, and by which limit.

    Work begins a little before the limit and ends a little further on, so that it comes in rounds and the limit holds
    while the line goes on meanwhile.
    """
    steps = 2 if making_room else 1
    over_cap = 0
    if settings.max_bytes is not None:
        over_cap = held.kept_bytes - settings.max_bytes + steps * slack_bytes(settings.max_bytes)
    wanted_free = min_free_bytes(settings, held.total_bytes)
    over_free = wanted_free - held.free_bytes
    if making_room and wanted_free:
        over_free += slack_bytes(held.total_bytes)
    return (over_cap, "max_bytes") if over_cap >= over_free else (over_free, "min_free_percent")


def nearly_full(settings: RetentionSettings, held: Holding) -> Why | None:
    """The limit that is near: people hear of it before anything goes."""
    if settings.max_bytes is not None and held.kept_bytes >= settings.max_bytes * WARN_SHARE:
        return "max_bytes"
    if held.free_bytes < min_free_bytes(settings, held.total_bytes) * WARN_FREE:
        return "min_free_percent"
    return None


def min_free_bytes(settings: RetentionSettings, total_bytes: int) -> int:
    """How much of a disk of this size is to stay free."""
    return round(total_bytes * settings.min_free_percent / 100)


def slack_bytes(limit_bytes: int) -> int:
    """How far beyond a limit room is made."""
    return min(limit_bytes // 50, MAX_SLACK_BYTES)


def chosen(wanted: Wish, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    """Those of some candidates, oldest first, that the wish is about: no more than it takes."""
    if wanted.before_ms is not None:
        return [candidate for candidate in candidates if candidate.taken_ms < wanted.before_ms]
    missing = wanted.size_bytes
    for number, candidate in enumerate(candidates):
        if missing <= 0:
            return candidates[:number]
        missing -= candidate.size_bytes
    return candidates
