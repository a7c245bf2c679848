"""What somebody wants taught, what the record has for it, and what speaks against it. Pure."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from okko.contracts import Id, Name
from workshop.teaching.amounts import LEAST_GOOD, LEAST_KO, LEAST_OF_CLASS, LEAST_TRAINED, MOST_GOOD
from workshop.teaching.chances import parts_needed

Images = Literal["passed", "labelled", "chosen"]
"""The newest that passed; those that people labelled; those that somebody picked one by one."""

Method = Literal["auto", "padim", "mahalanobis", "nearest", "linear", "classes", "train"]
ITEMS = "items.txt"
_FEW_KO = 10


class Choice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked for. `false_rejects` in percent; `since_ms`, `until_ms` in Unix milliseconds."""

    camera: Name
    images: Images = "passed"
    count: Annotated[int, Meta(ge=LEAST_GOOD, le=MOST_GOOD)] = 60
    since_ms: int | None = None
    until_ms: int | None = None
    items: Annotated[tuple[Id, ...], Meta(max_length=1000)] = ()
    method: Method = "auto"
    false_rejects: Annotated[float, Meta(ge=0.01, le=50)] = 1.0
    minutes: Annotated[float, Meta(ge=1, le=240)] = 10.0
    locate: Literal["", "bright", "dark", "color"] = ""
    all_good: bool = False


@dataclass(frozen=True, slots=True)
class Gathered:
    """The items that the record has for a choice, by their ids; `without` have no images any more."""

    good: tuple[str, ...] = ()
    ko: tuple[str, ...] = ()
    defects: Counter[str] = field(default_factory=Counter)
    without: int = 0


@dataclass(frozen=True, slots=True)
class Concern:
    """Something that speaks against a choice: a text of the page, and what goes into it; `stops`: it cannot begin."""

    text: str
    values: dict[str, Any]
    stops: bool = False


def concerns(choice: Choice, gathered: Gathered) -> Iterator[Concern]:
    """What a person should know before it begins."""
    good, ko = len(gathered.good), len(gathered.ko)
    if good < LEAST_GOOD:
        yield Concern("few_good", {"count": good, "least": LEAST_GOOD}, stops=True)
    of_labels = (LEAST_GOOD, LEAST_KO)
    least = {"linear": of_labels, "classes": of_labels, "train": (LEAST_TRAINED, LEAST_TRAINED)}.get(
        choice.method, (0, 0)
    )
    if good < least[0] or ko < least[1]:
        yield Concern("few_for_method", {"good": least[0], "ko": least[1]}, stops=True)
    if choice.method == "classes" and not _told_apart(gathered.defects):
        yield Concern("few_of_class", {"least": LEAST_OF_CLASS}, stops=True)
    if ko == 0:
        yield Concern("no_ko", {})
    elif ko < _FEW_KO:
        yield Concern("few_ko", {"count": ko})
    needed = parts_needed(choice.false_rejects / 100)
    if LEAST_GOOD <= good < needed:
        yield Concern("no_promise", {"count": good, "rate": f"{choice.false_rejects:g}", "needed": needed})
    if gathered.without:
        yield Concern("without_images", {"count": gathered.without})


def _told_apart(defects: Counter[str]) -> bool:
    """Whether a defect has enough parts to be told from others."""
    return any(count >= LEAST_OF_CLASS for defect, count in defects.items() if defect.casefold() != "ko")


def command_of(choice: Choice, station: Path, folder: Path) -> tuple[str, ...]:
    """The arguments of `okko`; the items stand in a file of the job's folder."""
    command = ["teach", str(station), "--camera", choice.camera, "--items-from", str(folder / ITEMS)]
    command += ["--false-rejects", f"{choice.false_rejects:g}%", "--progress", "json", "--json"]
    if choice.method == "train":
        command += ["--train", "--minutes", f"{choice.minutes:g}"]
    elif choice.method == "classes":
        command += ["--method", "linear", "--classes"]
    elif choice.method != "auto":
        command += ["--method", choice.method]
    if choice.locate and choice.method != "train":
        command += ["--locate", choice.locate]
    if choice.all_good:
        command.append("--all-good")
    return tuple(command)
