"""A head taught from labelled parts: against a solution by other means, and what its probabilities are worth."""

import numpy as np
import pytest
from numpy.typing import NDArray

from workshop.teaching.linear import LEAST, Learnt, _fit, learn, temperature_of


def _parts(
    count: int, kinds: int, apart: float, seed: int = 0, numbers: int = 40
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Normal clouds, `count` parts of each kind, whose centres lie so far apart; the numbers differ in size."""
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(99).standard_normal((kinds, numbers)) * apart / np.sqrt(numbers)
    labels = np.repeat(np.arange(kinds), count)
    sizes = np.geomspace(0.01, 100, numbers)
    points = (centres[labels] + random.standard_normal((len(labels), numbers))) * sizes + 7 * sizes
    return points.astype(np.float32), labels


@pytest.mark.parametrize("kinds", [2, 3])
def test_the_weights_are_where_the_loss_is_least(kinds: int) -> None:
    """The slope of the penalised loss, written out anew by differences, vanishes; any step away costs."""
    points, labels = _parts(8, kinds, 1.0, numbers=5)
    points = (points - points.mean(0)) / points.std(0)
    strength = 0.05
    weights, bias = _fit(points.astype(np.float64), labels, kinds, strength)

    def loss(flat: NDArray[np.float64]) -> float:
        w, b = flat[: weights.size].reshape(weights.shape), flat[weights.size :]
        logits = points @ w.T + b
        chances = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        return float(-np.log(chances[np.arange(len(labels)), labels]).mean() + strength / 2 * np.square(w).sum())

    best = np.concatenate([weights.ravel(), bias])
    for index in range(len(best)):
        step = np.zeros(len(best))
        step[index] = 1e-4
        assert loss(best + step) >= loss(best) - 1e-9
        assert abs(loss(best + step) - loss(best - step)) / 2e-4 < 1e-4


@pytest.mark.parametrize("kinds", [2, 4])
def test_a_head_tells_new_parts_apart(kinds: int) -> None:
    """From 20 parts of each label; what the held-out ones promise, others keep, and probabilities add up to one."""
    learnt = learn(*_parts(20, kinds, 8.0), kinds)
    points, labels = _parts(200, kinds, 8.0, seed=1)
    chances = learnt.head.probabilities(points)
    assert chances.shape == (200 * kinds, kinds)
    assert np.abs(chances.sum(1) - 1).max() < 1e-5
    right = float((chances.argmax(1) == labels).mean())
    assert right > 0.95
    assert abs(right - learnt.accuracy(np.repeat(np.arange(kinds), 20))) < 0.05
    assert learnt.head.probabilities(points[0]).shape == (kinds,)


def _overconfidence(learnt: Learnt, points: NDArray[np.float32], labels: NDArray[np.intp]) -> float:
    chances = learnt.head.probabilities(points)
    return float(chances.max(1).mean() - (chances.argmax(1) == labels).mean())


def test_probabilities_are_calibrated() -> None:
    """Where kinds overlap, the mean probability of what is said is about how often it is right, on parts to come."""
    points, labels = _parts(2000, 2, 2.0, seed=1)
    worst = max(abs(_overconfidence(learn(*_parts(50, 2, 2.0, seed=s + 5), 2), points, labels)) for s in range(5))
    assert worst < 0.1


def test_without_a_difference_nothing_is_claimed() -> None:
    """Labels given by lot: probabilities stay near a half, and the strongest penalty is taken or nearly so."""
    points, _ = _parts(40, 1, 0.0)
    labels = np.arange(40) % 2
    learnt = learn(points, labels, 2)
    fresh, _ = _parts(200, 1, 0.0, seed=3)
    assert np.abs(learnt.head.probabilities(fresh) - 0.5).mean() < 0.2


def test_parts_that_are_all_told_apart_do_not_make_it_certain() -> None:
    """Four of each, far apart: the temperature leaves room for those that never came."""
    learnt = learn(*_parts(LEAST, 2, 100.0), 2)
    assert learnt.accuracy(np.repeat([0, 1], LEAST)) == 1.0
    assert learnt.held_out.max() < 0.999


def test_a_label_with_many_parts_weighs_no_more() -> None:
    """90 good and 10 bad parts that overlap: the bad ones are not given up for the many."""
    points, labels = _parts(90, 2, 4.0)
    kept = np.concatenate([np.flatnonzero(labels == 0), np.flatnonzero(labels == 1)[:10]])
    learnt = learn(points[kept], labels[kept], 2)
    others, truth = _parts(500, 2, 4.0, seed=4)
    said = learnt.head.probabilities(others).argmax(1)
    assert min(float((said[truth == kind] == kind).mean()) for kind in (0, 1)) > 0.8


def test_the_same_parts_teach_the_same() -> None:
    """Byte for byte."""
    first, again = learn(*_parts(10, 2, 3.0), 2), learn(*_parts(10, 2, 3.0), 2)
    assert first.head.weights.tobytes() == again.head.weights.tobytes()
    assert (first.strength, first.temperature) == (again.strength, again.temperature)


def test_temperature_undoes_what_was_too_sure() -> None:
    """Logits blown up tenfold get ten times the temperature."""
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1], 300)
    logits = random.standard_normal((600, 2))
    logits[np.arange(600), labels] += 1
    assert temperature_of(10 * logits, labels) == pytest.approx(10 * temperature_of(logits, labels), rel=1e-3)


@pytest.mark.parametrize(("counts", "kinds"), [((3, 9), 2), ((9, 0), 2), ((9,), 1), ((9, 9, 3), 3)])
def test_too_few_parts_are_refused(counts: tuple[int, ...], kinds: int) -> None:
    """With how many there were."""
    labels = np.repeat(np.arange(len(counts)), counts)
    with pytest.raises(ValueError, match="4 parts of each of two labels"):
        learn(np.zeros((len(labels), 3), np.float32), labels, kinds)


def test_parts_that_all_look_the_same_are_refused() -> None:
    """A camera that hangs."""
    with pytest.raises(ValueError, match="look the same"):
        learn(np.ones((8, 3), np.float32), np.repeat([0, 1], 4), 2)
