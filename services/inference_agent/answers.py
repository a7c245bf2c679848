"""Predictions, made from what a model saw or from why it saw nothing."""

from typing import Any

import msgspec

from inference_agent.decoders.decoded import Decoded
from inference_agent.jobs import Job
from inference_agent.model import Seen
from okko import clock
from okko.contracts import Fault, ImageQuality, ModelRef, Prediction, Timings


def prediction(job: Job, ref: ModelRef, seen: Seen, image: ImageQuality | None, timings_ms: Timings) -> Prediction:
    """What the model says of the job's frame."""
    return _prediction(job, ref, seen.decoded, {**timings_ms, **seen.timings_ms}, image=image)


def refusal(job: Job, ref: ModelRef, task: str, fault: Fault) -> Prediction:
    """Why a model says nothing of the job's frame."""
    return _prediction(job, ref, Decoded(task), {"wait": waited_ms(job)}, fault=fault)


_OF_AN_ITEM = ("item_id", "camera", "frame_id", "shot", "shadow", "done_mono_ns")


def fields(prediction: Prediction) -> dict[str, Any]:
    """The fields of a prediction that mean something without an item: of a picture that somebody tries a model with."""
    told: dict[str, Any] = msgspec.to_builtins(prediction)
    return {key: value for key, value in told.items() if key not in _OF_AN_ITEM}


def waited_ms(job: Job) -> float:
    """How long the job has waited since it was received."""
    return _ms(clock.mono_ns() - job.received_mono_ns)


def _prediction(  # noqa: PLR0913 - the two callers above are the whole of it
    job: Job,
    ref: ModelRef,
    decoded: Decoded,
    timings_ms: Timings,
    *,
    image: ImageQuality | None = None,
    fault: Fault | None = None,
) -> Prediction:
    frame = job.frame
    before = dict(frame.timings_ms)
    # Another machine's clock can't be compared: neither the frame's by us, nor ours by who gets the prediction.
    same_clock = frame.boot_id == clock.boot_id()
    if same_clock:
        before["wire"] = _ms(job.received_mono_ns - frame.published_mono_ns)
    return Prediction(
        item_id=frame.item_id,
        camera=frame.camera,
        frame_id=frame.frame_id,
        shot=frame.shot,
        model=ref,
        task=decoded.task,
        label=decoded.label,
        score=decoded.score,
        scores=decoded.scores,
        detections=decoded.detections,
        areas=decoded.areas,
        anomaly_score=decoded.anomaly_score,
        anomaly_threshold=decoded.anomaly_threshold,
        map=decoded.map,
        image=image,
        timings_ms={**before, **timings_ms},
        done_mono_ns=clock.mono_ns() if same_clock else 0,
        error=fault,
    )


def _ms(nanoseconds: int) -> float:
    return round(nanoseconds / 1e6, 3)
