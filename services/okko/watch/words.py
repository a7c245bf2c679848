"""The words of okko for people who see them for the first time."""

from collections.abc import Mapping

from okko.contracts import Prediction, Reason

MEANINGS: Mapping[Reason, str] = {
    "rules": "a rule of the station says that the picture is not as it should be",
    "deadline": "the time was up before all pictures were judged",
    "camera_fault": "a camera gave no picture, or one of another moment",
    "model_fault": "the model could not be loaded or failed",
    "image": "the picture is dark, blurred, overexposed or cannot be read",
    "overload": "triggers came faster than the station works",
    "late": "the trigger was old when it was read; the part is gone",
    "bad_trigger": "the trigger cannot be read, or asks for what is not there",
    "recipe": "the trigger asks for another recipe than the station's",
    "no_model": "the station has no model: it takes pictures only",
}
"""What a KO with this reason means."""

STAGES: Mapping[str, str] = {
    "capture": "to exposure",
    "expose": "expose",
    "encode": "encode",
    "wire": "to the model",
    "wait": "wait",
    "decode": "decode",
    "preprocess": "preprocess",
    "invoke": "run the model",
    "postprocess": "postprocess",
    "decide": "back and decide",
}
"""The steps of an item from trigger to verdict, in order."""


def said(prediction: Prediction) -> str:
    """What a model says of a frame, in a few characters; empty where it says nothing."""
    if prediction.error is not None:
        return prediction.error.text
    if prediction.anomaly_score is not None:
        limit = "" if prediction.anomaly_threshold is None else f" of {prediction.anomaly_threshold:.3g}"
        return f"anomaly {prediction.anomaly_score:.3g}{limit}"
    if prediction.detections is not None:
        return f"{len(prediction.detections)} found"
    if prediction.label is not None and prediction.score is not None:
        return f"{prediction.label} {prediction.score:.3f}"
    return ""
