"""What people say of an item: how a label is asked for, and what comes of it. Pure."""

from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from okko.clock import utc_text
from okko.contracts import ID_PATTERN
from okko.errors import ContractError

VERB = "label"
"""`cmd/recorder/label`."""

LABEL_PATTERN = r"^[^\x00-\x1f\x7f]{1,64}$(?!\n)"
"""OK, KO or a class, as models name them: also with spaces."""

_OVERHEAD_BYTES = 512


class LabelArgs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`args` of the command. `golden` None: as it is; `remove`: no label, and not golden either."""

    item_id: Annotated[str, Meta(pattern=ID_PATTERN)]
    by: Annotated[str, Meta(pattern=LABEL_PATTERN)]
    label: Annotated[str, Meta(pattern=LABEL_PATTERN)] | None = None
    golden: bool | None = None
    remove: bool = False


@dataclass(frozen=True, slots=True)
class LabelEntry:
    """A label on its way to the disk; `label` None takes it back."""

    request_id: str
    item_id: str
    label: str | None
    golden: bool | None
    by: str
    at_ms: int
    size_bytes: int = _OVERHEAD_BYTES

    def applied_to(self, before: tuple[str, int] | None) -> tuple[str | None, bool]:
        """Label and golden afterwards, given those before. An item stays golden until someone says otherwise."""
        if self.label is None:
            return None, False
        golden = self.golden if self.golden is not None else before is not None and bool(before[1])
        return self.label, golden


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
        }


@dataclass(frozen=True, slots=True)
class LabelRefused:
    """A label that cannot be given."""

    request_id: str
    why: str


def read_label(request_id: str, args: dict[str, Any], at_ms: int) -> LabelEntry:
    """The label that a command asks for.

    Raises:
        ContractError: if it asks for none.
    """
    try:
        asked = msgspec.convert(args, LabelArgs)
    except msgspec.ValidationError as error:
        raise ContractError("label", str(error)) from error
    if asked.remove == (asked.label is not None):
        raise ContractError("label", "give either `label` or `remove`")
    if asked.remove and asked.golden:
        raise ContractError("label", "an item without a label cannot be golden")
    return LabelEntry(request_id, asked.item_id, asked.label, asked.golden, asked.by, at_ms)
