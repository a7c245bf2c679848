"""The whole story of an item, as it is recorded: what came in for it and how long each step took. Pure."""

from msgspec.structs import asdict

from decision_agent.part import Part
from okko import contracts as c


def whole_story(part: Part, verdict: c.Verdict, config_sha256: str, record_seq: int) -> c.Item:
    """The item of a part that has its verdict."""
    return c.Item(
        **asdict(verdict),
        trigger=part.raw,
        number=part.number,
        findings=tuple(part.findings),
        captured=tuple(part.captured.values()),
        frame_ids=tuple(m.frame_id for m in part.captured.values() if m.frame_id is not None),
        predictions=(*part.predictions.values(), *part.shadows.values()),
        timings_ms=_timings(part, verdict),
        config_sha256=config_sha256,
        record_seq=record_seq,
    )


def _timings(part: Part, verdict: c.Verdict) -> dict[str, float]:
    """The budget of an item, in ms: each camera's way to exposure, and what its slowest prediction took."""
    timings: dict[str, float] = {"total": verdict.latency_ms}
    for camera, message in part.captured.items():
        timings[f"exposure_{camera}"] = round((message.captured_mono_ns - part.arrived_mono_ns) / 1e6, 3)
        timings[f"captured_{camera}"] = round((part.captured_mono_ns[camera] - part.arrived_mono_ns) / 1e6, 3)
    for (camera, model), prediction in part.predictions.items():
        for stage, ms in prediction.timings_ms.items():
            timings[f"{stage}_{camera}_{model}"] = round(ms, 3)
    if part.predicted_mono_ns:
        timings["predicted"] = round((part.predicted_mono_ns - part.arrived_mono_ns) / 1e6, 3)
    return timings
