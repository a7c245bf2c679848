"""What the record holds of an item for it to be judged again, or why it cannot be. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from okko.contracts import Captured, Fault, Item, Prediction, Reason, Trigger, VerdictWord, decode
from okko.errors import ContractError
from okko.plc import parse_trigger
from recorder.reader import StoredFrame, StoredItem
from workshop.replay.truth import truth_of

Seer = tuple[str, str]
"""A camera and a model that sees its frames, by their names."""

JUDGED: frozenset[Reason] = frozenset({"rules", "image", "no_model", "model_fault"})
"""Reasons that follow from the picture, the models and the rules; all others are of the time, or of a camera."""

_FAULTS_OF_THE_TIME = frozenset({"deadline", "overload", "model"})
"""Why a model said nothing, where another time it may have said something."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An item that is not judged again: a reason to count by, and what a person wants to know of it."""

    item_id: str
    why: str
    text: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """An item that can be judged again.

    `cameras` are those that its trigger asked for, None: all. `captured` are the exposures that gave a frame of this
    part, `faults` those that did not, `failed` the predictions that failed for reasons of the time: they came last,
    else they would have decided. `frames` are the images, by camera.
    """

    item: Item
    truth: VerdictWord | None
    label: str
    cameras: tuple[str, ...] | None
    captured: tuple[Captured, ...]
    faults: tuple[Captured, ...]
    failed: tuple[Prediction, ...]
    frames: Mapping[str, StoredFrame]
    seers: tuple[Seer, ...]

    @property
    def trigger(self) -> Trigger:
        """What makes the engine take the item up: as the PLC sent it, but for what only matters in its time."""
        return Trigger(part_id=self.item.part_id, cameras=self.cameras)


def read_evidence(
    stored: StoredItem, models: Mapping[str, tuple[str, ...]], replaced: frozenset[Seer] = frozenset()
) -> Evidence | LeftOut:
    """What a stored item gives to be judged by these models of each camera; `replaced` are other than they were."""
    try:
        item = decode(Item, stored.item.encode())
    except ContractError as error:
        return LeftOut(_id_of(stored.item), "unreadable", str(error))
    if (left_out := _not_judged(item)) is not None:
        return left_out
    cameras = _asked_for(item)
    captured, faults = _exposures(item)
    # What looked on in the shadow had no say, and may have the name of what had.
    said = [prediction for prediction in item.predictions if not prediction.shadow]
    failed = {
        (p.camera, p.model.name): p
        for p in said
        if p.error is not None and p.error.kind in _FAULTS_OF_THE_TIME and (p.camera, p.model.name) not in replaced
    }
    by_id = {frame.frame_id: frame for frame in (*stored.frames, *stored.gone)}
    frames: dict[str, StoredFrame] = {}
    seers: list[Seer] = []
    for message in captured:
        camera = message.camera
        wanted = [(camera, model) for model in models.get(camera, ()) if (camera, model) not in failed]
        if not wanted or (cameras is not None and camera not in cameras):
            continue
        frame = by_id.get(message.frame_id or "")
        if frame is None:
            return LeftOut(item.item_id, "not_recorded", f"the image of camera {camera} is not in the record")
        if frame.gone_ms is not None:
            return LeftOut(item.item_id, "image_gone", f"the image of camera {camera} is gone ({frame.gone_why})")
        frames[camera] = frame
        seers += wanted
    # In the order in which the models answered: where several cameras are bad, the first is told.
    order = {(p.camera, p.model.name): index for index, p in enumerate(said)}
    seers.sort(key=lambda seer: order.get(seer, len(order)))
    label = None if stored.label is None else stored.label.label.strip()
    return Evidence(
        item=item,
        truth=truth_of(label) or item.expected,  # a golden part is known
        label=label or "",
        cameras=cameras,
        captured=captured,
        faults=faults,
        failed=tuple(failed.values()),
        frames=frames,
        seers=tuple(seers),
    )


def _exposures(item: Item) -> tuple[tuple[Captured, ...], tuple[Captured, ...]]:
    """The exposures that gave a frame of this part, and the others: failed, or of another part."""
    strangers = {f.camera: f.text for f in item.findings if f.rule == "capture window"}
    captured, faults = [], []
    for message in item.captured:
        if message.error is not None:
            faults.append(message)
        elif (text := strangers.get(message.camera)) is not None:
            faults.append(msgspec.structs.replace(message, error=Fault(kind="late", text=text)))
        else:
            captured.append(message)
    return tuple(captured), tuple(faults)


def _not_judged(item: Item) -> LeftOut | None:
    """Why the verdict was one of the time, or of a camera, if it was."""
    if item.reason not in JUDGED:
        return LeftOut(item.item_id, item.reason, item.finding or "")
    failed = next((f for f in item.findings if f.reason == "model_fault" and f.rule == "model"), None)
    if item.reason == "model_fault" and failed is not None:
        return LeftOut(item.item_id, item.reason, failed.text)
    return None


def _asked_for(item: Item) -> tuple[str, ...] | None:
    if not isinstance(item.trigger, dict):
        return None
    return parse_trigger(msgspec.json.encode(item.trigger)).trigger.cameras


def _id_of(item: str) -> str:
    """The id of an item that cannot be read as a whole."""
    try:
        found = msgspec.json.decode(item)
    except msgspec.DecodeError:
        return "?"
    return str(found.get("item_id", "?")) if isinstance(found, dict) else "?"
