"""What stands under `[golden]` in a station file: parts of which it is known what the station must say."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from okko.contracts import VerdictWord
from okko.errors import Problem
from okko.plc import MAX_PART_ID, parse_trigger
from okko.settings import Settings

MAX_PARTS = 50
"""More would not fit into one message, and no shift begins with so many."""

# No other reason can be named: a dead camera, a model that fails and a deadline make every part KO.
Proof = Literal["rules", "image"]
NewRound = Literal["config", "boot", "start"]


class GoldenPart(Settings):
    """One part that is kept for this, and the verdict that it must get."""

    part_id: Annotated[
        str, Field(min_length=1, max_length=MAX_PART_ID, description="what the PLC writes into its trigger")
    ]
    expect: Annotated[VerdictWord, Field(description="the verdict that it must get")]
    reasons: Annotated[
        tuple[Proof, ...],
        Field(
            min_length=1,
            description='of a known-bad part: which reasons prove that it was found; "image" for a bad picture. '
            "Any other, as of a dead camera, proves nothing",
        ),
    ] = ("rules",)

    @model_validator(mode="after")
    def _reasons_of_a_ko(self) -> Self:
        if self.expect == "OK" and "reasons" in self.model_fields_set:
            message = '`reasons` are those of a KO; this part has expect = "OK"'
            raise ValueError(message)
        return self


class GoldenSettings(Settings):
    """`[golden]`: known-good and known-bad parts, sent through to see that the station still tells them apart.

    Their ids are theirs alone: whatever is triggered under one is a golden part, and is left out of the yield.
    """

    parts: Annotated[
        tuple[GoldenPart, ...],
        Field(min_length=1, max_length=MAX_PARTS, description="the parts, as `[[golden.parts]]`"),
    ]
    ready_needs_golden: Annotated[
        bool, Field(description="`ready` is 0 until each part of the round has got its verdict; false: it is only told")
    ] = True
    every_hours: Annotated[
        float | None,
        Field(gt=0, le=8784, description="a round is due when a part has passed longer ago than this; default: never"),
    ] = None
    due_after: Annotated[
        tuple[NewRound, ...],
        Field(
            description='what makes a new round due: "config" another configuration or model, "boot" a start of the '
            'machine, "start" each start of the decision agent. A command always does'
        ),
    ] = ("config", "boot")

    @cached_property
    def by_id(self) -> Mapping[str, GoldenPart]:
        """The parts by their ids."""
        return {part.part_id: part for part in self.parts}


def problems_of_golden(golden: GoldenSettings | None, *, trigger: str, has_models: bool) -> Iterator[Problem]:
    """What only the whole station can show to be wrong; `trigger`: the kind of its trigger."""
    if golden is None:
        return
    first: dict[str, int] = {}
    for index, part in enumerate(golden.parts):
        where = f"golden.parts[{index}].part_id"
        if (before := first.setdefault(part.part_id, index)) != index:
            yield Problem(where, f"{part.part_id!r} is the id of golden.parts[{before}] already", "Give each its own")
        elif why := _unreadable(part.part_id):
            yield Problem(where, f"{part.part_id!r} can never be announced: {why}", "Choose another id")
    if trigger != "mqtt":
        what = f"a trigger of kind {trigger!r} has no part_id, so that no golden part could ever be announced"
        yield Problem("golden", what, 'Set kind = "mqtt" under [trigger], or take [golden] away')
    if not has_models:
        what = "the station has no model: every item is KO no_model, and no golden part could ever pass"
        yield Problem("golden", what, "Add a [[model]] and a [[rule]], or take [golden] away")


def _unreadable(part_id: str) -> str | None:
    """Why a trigger with this part in text form would not be read as this part; None: it would."""
    read = parse_trigger(part_id.encode())
    if read.error is not None:
        return read.error if not part_id.startswith("{") else "a trigger that begins with `{` is read as JSON"
    if read.trigger.seq is not None:
        return "a trigger that begins with digits and a space is read as `seq part_id`"
    if read.trigger.part_id != part_id:
        return "what stands at its end is cut off from a trigger"
    return None
