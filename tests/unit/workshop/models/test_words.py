import pytest

from okko.contracts import Detection, Fault, ModelRef, Prediction
from workshop.models.words import answer


def prediction(**fields: object) -> Prediction:
    """A prediction with these fields."""
    ref = ModelRef(name="m", version="1", sha256="0" * 64)
    given = {"item_id": "i", "camera": "c", "frame_id": "f", "model": ref, "task": "t", **fields}
    return Prediction(**given)  # type: ignore[arg-type]


BOX = (0.0, 0.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"label": "KO", "score": 0.996}, "KO 0.996"),
        ({"scores": {}}, "nothing"),
        ({"detections": ()}, "nothing"),
        ({"detections": (Detection(label="bolt", score=0.8, box=BOX),)}, "bolt 0.80"),
        (
            {"detections": tuple(Detection(label=str(n), score=0.5, box=BOX) for n in range(6))},
            "0 0.50, 1 0.50, 2 0.50, 3 0.50, and 2 more",
        ),
        ({"areas": {"sky": 0.25, "bird": 0.5}, "detections": ()}, "bird 50.0%, sky 25.0%"),
        ({"anomaly_score": 3.2, "anomaly_threshold": 2.0}, "KO: anomaly 3.2, threshold 2"),
        ({"anomaly_score": 1.2, "anomaly_threshold": 2.0}, "OK: anomaly 1.2, threshold 2"),
        ({"anomaly_score": 1.2}, "anomaly 1.2"),
        ({"error": Fault(kind="image", text="is cut off")}, "image: is cut off"),
    ],
)
def test_a_prediction_in_a_few_words(fields: dict[str, object], said: str) -> None:
    """Whatever the task."""
    assert answer(prediction(**fields)) == said
