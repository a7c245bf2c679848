"""Items as an engine told them, and what is recorded of them, made with one call each."""

from collections.abc import Mapping
from typing import Any

from decision_agent.combine import All, Combine
from decision_agent.policy import MS, Policy
from decision_agent.rules import ExpectedLabel, Rule
from okko import contracts as c
from recorder.reader import StoredFrame, StoredItem, StoredLabel

AT = "2026-11-23T02:19:57.123Z"


def captured_of(camera: str, fault: str | None = None) -> c.Captured:
    """A camera that has exposed, or could not."""
    error = None if fault is None else c.Fault(kind="camera", text=fault)
    return c.Captured(
        item_id="item-1",
        camera=camera,
        frame_id=None if fault else f"frame-{camera}",
        captured_at=AT,
        captured_mono_ns=5 * MS,
        boot_id="another boot",
        error=error,
    )


def prediction_of(camera: str, ok: float = 0.9, *, model: str = "model", fault: c.Fault | None = None) -> c.Prediction:
    """A classifier's word on a camera's frame: OK with this score."""
    scores = {"OK": ok, "KO": round(1 - ok, 6)}
    label = "OK" if ok >= 0.5 else "KO"
    said: dict[str, Any] = {} if fault else {"label": label, "score": scores[label], "scores": scores}
    return c.Prediction(
        item_id="item-1",
        camera=camera,
        frame_id=f"frame-{camera}",
        model=c.ModelRef(name=model, version="1", sha256="0" * 64),
        task="classification",
        error=fault,
        **said,
    )


def item_of(**changes: object) -> c.Item:
    """An item of two cameras that is OK; the right one's model answered first."""
    fields: dict[str, Any] = {
        "item_id": "item-1",
        "part_id": "duck-1",
        "seq": 1,
        "verdict": "OK",
        "reason": "rules",
        "finding": None,
        "borderline": False,
        "triggered_at": AT,
        "decided_at": AT,
        "latency_ms": 12.5,
        "deadline_met": True,
        "duplicate": False,
        "recipe": "",
        "station": "line-1",
        "trigger": {"part_id": "duck-1", "seq": 1},
        "number": 1,
        "findings": (),
        "captured": (captured_of("left"), captured_of("right")),
        "frame_ids": ("frame-left", "frame-right"),
        "predictions": (prediction_of("right"), prediction_of("left")),
        "timings_ms": {},
        "config_sha256": "0" * 64,
        "record_seq": 1,
    }
    return c.Item(**{**fields, **changes})


def frame_of(camera: str, gone_why: str | None = None) -> StoredFrame:
    """What the store says of an image."""
    return StoredFrame(
        frame_id=f"frame-{camera}",
        camera=camera,
        path=f"images/{camera}.jpg",
        sha256="0" * 64,
        source="",
        size_bytes=10,
        gone_ms=None if gone_why is None else 1,
        gone_why=gone_why,
    )


def stored_of(item: c.Item, *, gone: Mapping[str, str] | None = None, label: str | None = None) -> StoredItem:
    """An item in the record, with the images of its cameras but for those that are gone."""
    gone = gone or {}
    cameras = [message.camera for message in item.captured if message.frame_id is not None]
    return StoredItem(
        c.encode(item).decode(),
        frames=tuple(frame_of(camera) for camera in cameras if camera not in gone),
        gone=tuple(frame_of(camera, gone[camera]) for camera in cameras if camera in gone),
        label=None if label is None else StoredLabel(label, golden=False, by="a person", at_ms=1),
    )


def policy_of(
    *rules: Rule, cameras: tuple[str, ...] = ("left", "right"), combine: Combine | None = None, model: str = "model"
) -> Policy:
    """One model on each camera; each expects OK, where no rules are given."""
    return Policy(
        station="line-1",
        recipe="default",
        cameras=cameras,
        models=dict.fromkeys(cameras, (model,)),
        rules=rules or tuple(ExpectedLabel(camera=camera, label="OK") for camera in cameras),
        combine=combine or All(),
        deadline_ns=1000 * MS,
        capture_window_ns=200 * MS,
        duplicate_window_ns=10_000 * MS,
        max_items_in_flight=64,
        boot_id="this boot",
        config_sha256="0" * 64,
    )
