"""The classification decoder."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_agent.decoders import Classification
from inference_agent.decoders.decoded import MAX_SCORES, Output, OutputSpec
from inference_agent.geometry import Geometry

ANYWHERE = Geometry(96, 96)


def output(*values: float) -> tuple[Output, ...]:
    """One output with these values."""
    return (Output("scores", np.array([values], np.float32)),)


@given(st.lists(st.floats(-30, 30, width=32), min_size=2, max_size=30), st.sampled_from(["none", "softmax", "sigmoid"]))
def test_scores_are_those_of_the_textbook(values: list[float], activation: str) -> None:
    """Each activation gives what its formula says, clipped to 0..1; the best label is the first of the best."""
    labels = tuple(f"l{i}" for i in range(len(values)))
    decoder = Classification.model_validate({"kind": "classification", "activation": activation})
    total = sum(math.exp(v) for v in values)
    expected = {
        "none": values,
        "softmax": [math.exp(v) / total for v in values],
        "sigmoid": [1 / (1 + math.exp(-v)) for v in values],
    }[activation]
    found = decoder.decode(output(*values), ANYWHERE, labels)
    assert found.scores is not None
    assert found.task == "classification"
    assert min(len(values), MAX_SCORES) <= len(found.scores) <= len(values)
    for label, score in found.scores.items():
        assert score == pytest.approx(min(1, max(0, expected[labels.index(label)])), abs=2e-5)
    assert found.label == next(iter(found.scores))
    assert found.score == max(found.scores.values())


def test_a_thousand_classes_report_the_best_twenty() -> None:
    """A prediction stays small whatever the number of classes."""
    values = np.random.default_rng(1).permutation(1001) / 1001 * 0.04
    found = Classification().decode(output(*values), ANYWHERE, tuple(f"l{i}" for i in range(1001)))
    assert found.scores is not None
    assert list(found.scores) == [f"l{i}" for i in np.argsort(-values)[:20]]


def test_every_notable_score_is_reported() -> None:
    """Of independent scores more than twenty may be high: a rule about any of them must see it."""
    found = Classification().decode(output(*np.full(50, 0.6)), ANYWHERE, tuple(f"l{i}" for i in range(50)))
    assert found.scores is not None
    assert len(found.scores) == 50


def test_a_label_of_two_classes_has_the_better_score() -> None:
    """Some label lists name two classes alike; their label gets the better score, and stands where that stands."""
    found = Classification().decode(output(0.1, 0.6, 0.3), ANYWHERE, ("crane", "crane", "duck"))
    assert list((found.scores or {}).items()) == [("crane", 0.6), ("duck", 0.3)]


def test_scores_below_min_score_are_not_reported() -> None:
    """Below `min_score` nothing is reported: no score, and no label where that was the best."""
    decoder = Classification(min_score=0.5)
    assert decoder.decode(output(0.75, 0.25), ANYWHERE, ("OK", "KO")).scores == {"OK": 0.75}
    nothing = decoder.decode(output(0.4, 0.3), ANYWHERE, ("OK", "KO"))
    assert (nothing.label, nothing.score, nothing.scores) == (None, None, {})


def test_one_output_is_the_score_of_the_second_label() -> None:
    """A binary model with one output gives p for the second label and 1 - p for the first."""
    found = Classification(activation="sigmoid").decode(output(math.log(3)), ANYWHERE, ("OK", "KO"))
    assert found.label == "KO"
    assert found.scores == pytest.approx({"KO": 0.75, "OK": 0.25}, abs=1e-5)


def test_what_is_no_number_is_refused() -> None:
    """A model that gives NaN has failed; it has not said OK."""
    with pytest.raises(ValueError, match="not a number"):
        Classification().decode(output(math.nan, 0.2), ANYWHERE, ("OK", "KO"))


@pytest.mark.parametrize(
    ("shapes", "labels", "why"),
    [
        ([(1, 3)], ("OK", "KO"), "3 values"),
        ([(1, 2), (1, 2)], ("OK", "KO"), "one output"),
        ([(1, 2)], (), "0 labels"),
        ([(1, 28, 28, 2)], ("OK", "KO"), "one row"),
    ],
)
def test_outputs_that_do_not_fit_are_told(shapes: list[tuple[int, ...]], labels: tuple[str, ...], why: str) -> None:
    """Labels and outputs are compared when the model is loaded, not with the first part."""
    found = Classification().check(tuple(OutputSpec("o", shape) for shape in shapes), labels)
    assert found is not None
    assert why in found


@pytest.mark.parametrize("shape", [(1, 2), (2,), (1, 1, 1, 2)])
def test_outputs_that_fit_are_accepted(shape: tuple[int, ...]) -> None:
    """A row of scores may be wrapped in any number of ones."""
    assert Classification().check((OutputSpec("o", shape),), ("OK", "KO")) is None
