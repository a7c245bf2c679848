"""What people say of items: how labels are asked for, and what comes of them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from okko.clock import utc_text
from okko.contracts import ID_PATTERN
from okko.errors import ContractError

VERB = "label"
"""`cmd/recorder/label`."""

MANY_VERB = "labels"
"""`cmd/recorder/labels`: the same for many items."""

MAX_LABELS = 1000
"""How many a message may have: a tenth of a second's work for the writer. Ten thousand are ten messages."""

MANY_MAX_BYTES = 1 << 20

LABEL_PATTERN = r"^[^\x00-\x1f\x7f]{1,64}$(?!\n)"
"""OK, KO or a class, as models name them: also with spaces."""

VERDICTS = ("OK", "KO")
"""Labels that are verdicts; each other one is a class of defects."""

_OVERHEAD_BYTES = 512

T = TypeVar("T")

ItemId = Annotated[str, Meta(pattern=ID_PATTERN)]
By = Annotated[str, Meta(pattern=LABEL_PATTERN)]
Label = Annotated[str, Meta(pattern=LABEL_PATTERN)]


class OneLabel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked for one item.

    `golden` None: as it is; `remove`: no label, and not golden either; `undo`: as it was before the last change, which
    must be `entry` where that is given.
    """

    item_id: ItemId
    label: Label | None = None
    golden: bool | None = None
    remove: bool = False
    undo: bool = False
    entry: int | None = None


class LabelArgs(OneLabel, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`args` of the command `label`."""

    by: By


class LabelsArgs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`args` of the command `labels`."""

    by: By
    labels: Annotated[tuple[OneLabel, ...], Meta(min_length=1, max_length=MAX_LABELS)]


@dataclass(frozen=True, slots=True)
class LabelEntry:
    """A label on its way to the disk; `label` None takes it back; `undo`: to what it was, of change `entry` alone."""

    request_id: str
    item_id: str
    label: str | None
    golden: bool | None
    by: str
    at_ms: int
    undo: bool = False
    entry: int | None = None
    size_bytes: int = _OVERHEAD_BYTES

    def applied_to(self, before: tuple[str, int] | None) -> tuple[str | None, bool]:
        """Label and golden afterwards, given those before. An item stays golden until someone says otherwise."""
        if self.label is None:
            return None, False
        golden = self.golden if self.golden is not None else before is not None and bool(before[1])
        return self.label, golden


@dataclass(frozen=True, slots=True)
class LabelsEntry:
    """Labels that came in one message, answered together."""

    request_id: str
    labels: tuple[LabelEntry, ...]

    @property
    def size_bytes(self) -> int:
        """What they take while they wait."""
        return _OVERHEAD_BYTES * len(self.labels)


@dataclass(frozen=True, slots=True)
class LabelChange:
    """A change of an item's label, as its history has it; `undoes` is the one that it took back."""

    number: int
    label: str | None
    golden: bool
    by: str
    at_ms: int
    was_label: str | None
    was_golden: bool
    undoes: int | None = None


def to_undo(history: Sequence[LabelChange]) -> LabelChange | None:
    """The last change, oldest first, that nobody has taken back; one that takes back is no change to take back."""
    standing: list[LabelChange] = []
    for change in history:
        if change.undoes is None:
            standing.append(change)
        elif standing and standing[-1].number == change.undoes:
            standing.pop()
    return standing[-1] if standing else None


@dataclass(frozen=True, slots=True)
class Labelled:
    """A label is safely on disk; `was`: the label before; `images`: how many images of the item there are."""

    request_id: str
    item_id: str
    label: str | None
    golden: bool
    by: str
    at_ms: int
    was: str | None
    images: int
    entry: int = 0

    @property
    def text(self) -> str:
        """What the item is now."""
        return "no label" if self.label is None else f"{self.label}, golden" if self.golden else self.label

    @property
    def result(self) -> dict[str, Any]:
        """The `result` of the reply."""
        return {
            "item_id": self.item_id,
            "label": self.label,
            "golden": self.golden,
            "by": self.by,
            "at": utc_text(self.at_ms * 1_000_000),
            "was": self.was,
            "images": self.images,
            "entry": self.entry,
        }


@dataclass(frozen=True, slots=True)
class LabelRefused:
    """A label that cannot be given."""

    request_id: str
    why: str
    item_id: str = ""


@dataclass(frozen=True, slots=True)
class LabelledMany:
    """What came of the labels of one message."""

    request_id: str
    by: str
    given: tuple[Labelled, ...]
    refused: tuple[LabelRefused, ...]

    @property
    def result(self) -> dict[str, Any]:
        """The `result` of the reply: `entries` by item, and why those that were `refused`."""
        return {
            "labelled": len(self.given),
            "entries": {one.item_id: one.entry for one in self.given},
            "refused": [{"item_id": one.item_id, "why": one.why} for one in self.refused],
        }


def read_label(request_id: str, args: dict[str, Any], at_ms: int) -> LabelEntry:
    """The label that a command asks for.

    Raises:
        ContractError: if it asks for none.
    """
    asked = _converted(args, LabelArgs, "label")
    return _entry(request_id, asked, asked.by, at_ms)


def read_labels(request_id: str, args: dict[str, Any], at_ms: int) -> LabelsEntry:
    """The labels that a command asks for.

    Raises:
        ContractError: if it asks for none, or for too many.
    """
    asked = _converted(args, LabelsArgs, "labels")
    return LabelsEntry(request_id, tuple(_entry(request_id, one, asked.by, at_ms) for one in asked.labels))


def _entry(request_id: str, asked: OneLabel, by: str, at_ms: int) -> LabelEntry:
    if (asked.label is not None) + asked.remove + asked.undo != 1:
        raise ContractError("label", f"{asked.item_id}: give one of `label`, `remove` and `undo`")
    if asked.label is None and asked.golden:
        raise ContractError("label", f"{asked.item_id}: an item without a label cannot be golden")
    if asked.entry is not None and not asked.undo:
        raise ContractError("label", f"{asked.item_id}: `entry` goes with `undo`")
    return LabelEntry(request_id, asked.item_id, asked.label, asked.golden, by, at_ms, asked.undo, asked.entry)


def _converted(args: dict[str, Any], kind: type[T], what: str) -> T:
    try:
        return msgspec.convert(args, kind)
    except msgspec.ValidationError as error:
        raise ContractError(what, str(error)) from error
