"""What people do with items: say what they are. The recorder keeps who said it."""

from collections.abc import Mapping
from typing import Any

import msgspec

from dashboard.access.records import Person
from dashboard.access.role import Role
from dashboard.actions import Action
from dashboard.desk import Desk
from recorder.annotations import ANNOTATE_VERB, FrameAnnotations
from recorder.labels import MANY_VERB, VERB, OneLabel

RECORDER = "recorder"
LONG_S = 30.0


class ManyLabels(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Labels for many items."""

    labels: tuple[OneLabel, ...]


async def label(desk: Desk, person: Person, asked: OneLabel) -> Mapping[str, Any]:
    """Label an item, take its label back, or undo the last change.

    Raises:
        Refused: if the recorder refuses, or does not answer.
    """
    return await desk.ask(RECORDER, VERB, {**_args(asked), "by": person.name})


async def labels(desk: Desk, person: Person, asked: ManyLabels) -> Mapping[str, Any]:
    """The same for up to a thousand.

    Raises:
        Refused: likewise.
    """
    return await desk.ask(RECORDER, MANY_VERB, {"by": person.name, "labels": [_args(one) for one in asked.labels]})


class Drawings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is drawn on frames."""

    frames: tuple[FrameAnnotations, ...]


async def annotate(desk: Desk, person: Person, asked: Drawings) -> Mapping[str, Any]:
    """Take over boxes and masks, in place of those that were drawn on these frames before.

    Raises:
        Refused: if the recorder refuses, or does not answer.
    """
    args = {"by": person.name, "frames": msgspec.to_builtins(asked.frames)}
    return await desk.ask(RECORDER, ANNOTATE_VERB, args, timeout_s=LONG_S)


def _args(asked: OneLabel) -> dict[str, Any]:
    return msgspec.structs.asdict(asked)


def _told(asked: OneLabel) -> str:
    what = "undo" if asked.undo else "no label" if asked.remove else asked.label
    return f"{asked.item_id}: {what}{', golden' if asked.golden else ''}"


ACTIONS = (
    Action("label", Role.TECHNICIAN, OneLabel, label, _told),
    Action("annotate", Role.TECHNICIAN, Drawings, annotate, lambda asked: f"{len(asked.frames)} frames"),
    Action("labels", Role.TECHNICIAN, ManyLabels, labels, lambda asked: f"{len(asked.labels)} items"),
)
