"""A prediction in a few words, for tables and captions."""

from okko.contracts import Prediction

_SHOWN = 4


def answer(prediction: Prediction) -> str:
    """What it says: a label, what was found, how much of the frame is what, how odd it is; or why it says nothing."""
    if prediction.error is not None:
        return f"{prediction.error.kind}: {prediction.error.text}"
    if prediction.anomaly_score is not None:
        return _anomaly(prediction.anomaly_score, prediction.anomaly_threshold)
    if prediction.areas is not None:
        shares = sorted(prediction.areas.items(), key=lambda entry: -entry[1])
        return _few([f"{label} {share:.1%}" for label, share in shares]) or "nothing"
    if prediction.detections is not None:
        return _few([f"{found.label} {found.score:.2f}" for found in prediction.detections]) or "nothing"
    if prediction.label is not None and prediction.score is not None:
        return f"{prediction.label} {prediction.score:.3f}"
    return "nothing"


def _anomaly(score: float, threshold: float | None) -> str:
    if threshold is None:
        return f"anomaly {score:.4g}"
    return f"{'KO' if score > threshold else 'OK'}: anomaly {score:.4g}, threshold {threshold:.4g}"


def _few(parts: list[str]) -> str:
    more = len(parts) - _SHOWN
    return ", ".join(parts[:_SHOWN]) + (f", and {more} more" if more > 0 else "")
