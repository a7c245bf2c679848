import pytest

from okko.errors import ModelError
from workshop.teaching.trained.agreement import agreement

KO = [False] * 20 + [True] * 20
HELD = ([True] + [False] * 3) * 10


def test_a_model_that_says_the_same_passes() -> None:
    """With its figures; the AUROC is of the parts held out."""
    of_float = [0.1] * 20 + [0.9] * 20
    found = agreement(of_float, [0.15] * 20 + [0.9] * 20, KO, HELD)
    found.check()
    assert (found.same, found.parts, found.auroc_float, found.auroc_int8) == (40, 40, 1.0, 1.0)
    assert found.biggest == pytest.approx(0.05)


def test_a_model_with_other_labels_is_refused_with_the_figures() -> None:
    """Three parts of forty are more than one in twenty."""
    of_float = [0.1] * 20 + [0.9] * 20
    found = agreement(of_float, [0.1] * 20 + [0.9] * 17 + [0.4] * 3, KO, HELD)
    with pytest.raises(ModelError, match=r"same label for 37 of 40 parts, at most 0\.500"):
        found.check()


def test_a_model_that_ranks_worse_is_refused_though_its_labels_are_the_same() -> None:
    """Its threshold would have less to tell apart."""
    of_float = [0.1] * 20 + [0.4] * 20
    found = agreement(of_float, [0.1] * 40, KO, HELD)
    assert found.same == 40
    with pytest.raises(ModelError, match=r"AUROC 0\.5000 and 1\.0000"):
        found.check()
