from inference_agent.decoders.decoded import Decoded
from okko.contracts import Detection
from training.convert.compare import Answers, Difference, difference, lines, scores_of

FLOAT = Answers("float", 2000, 0.5, ({"OK": 0.9, "KO": 0.1}, {"KO": 0.75, "OK": 0.25}, {}))


def test_pictures_with_the_same_best_label_are_counted() -> None:
    """And the biggest difference of any label's score; a label that one form does not report counts as 0 there."""
    int8 = Answers("int8", 1000, 0.25, ({"OK": 0.7, "KO": 0.3}, {"OK": 0.5}, {}))
    assert difference(FLOAT, int8) == Difference(same_label=2, pictures=3, biggest=0.75)


def test_of_a_detector_the_best_score_of_each_label_counts() -> None:
    """Two bolts are one label; nothing found is no label."""
    box = (0.0, 0.0, 1.0, 1.0)
    found = tuple(
        Detection(label=label, score=score, box=box) for label, score in (("bolt", 0.6), ("nut", 0.4), ("bolt", 0.8))
    )
    assert scores_of(Decoded("detection", detections=found)) == {"bolt": 0.8, "nut": 0.4}
    assert scores_of(Decoded("detection", detections=())) == {}


def test_the_table_goes_from_the_source_to_what_is_written() -> None:
    """What is no file has no size, the float model is not compared with itself."""
    torch = Answers("PyTorch", None, 2.0, FLOAT.scores)
    int8 = Answers("int8", 1000, 0.25, ({"OK": 0.7, "KO": 0.3}, {"KO": 0.7, "OK": 0.3}, {}))
    assert lines(FLOAT, [torch, int8]).splitlines()[2:] == [
        "| PyTorch | - | 2.000 ms | 3 of 3 | 0.0000 |",
        "| float | 2.0 kB | 0.500 ms | - | - |",
        "| int8 | 1.0 kB | 0.250 ms | 3 of 3 | 0.2000 |",
    ]
