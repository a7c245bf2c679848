"""Whether the quantised model says what the float model does. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from okko.errors import ModelError
from workshop.teaching.choose import auroc

LEAST_SAME = 0.95
"""Of all parts, those on which both are on the same side of 0.5."""

MOST_LOST = 0.02
"""Of the AUROC on the parts held out."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """`same` of `parts` have the same label; `biggest`: difference of a probability; AUROC on the parts held out."""

    same: int
    parts: int
    biggest: float
    auroc_float: float
    auroc_int8: float

    def __str__(self) -> str:
        return (
            f"int8 beside float: the same label for {self.same} of {self.parts} parts, at most {self.biggest:.3f} "
            f"between two probabilities, AUROC {self.auroc_int8:.4f} and {self.auroc_float:.4f}"
        )

    def check(self) -> None:
        """Refuse a model that lost too much.

        Raises:
            ModelError: with the figures.
        """
        if self.same < LEAST_SAME * self.parts or self.auroc_float - self.auroc_int8 > MOST_LOST:
            raise ModelError(
                "the trained network",
                f"as int8 it is another model. {self}; at least {LEAST_SAME:.0%} and at most {MOST_LOST} less are "
                "asked for. Nothing is written: show more parts, or try another --seed",
            )


def agreement(
    of_float: Sequence[float], of_int8: Sequence[float], ko: Sequence[bool], held: Sequence[bool]
) -> Agreement:
    """Compare the probabilities of KO of all parts; `ko` and `held` say which are KO and which were held out."""
    one, other = np.asarray(of_float, np.float32), np.asarray(of_int8, np.float32)
    bad, kept = np.asarray(ko, bool), np.asarray(held, bool)
    good, bad = kept & ~bad, kept & bad
    return Agreement(
        int(((one > 0.5) == (other > 0.5)).sum()),  # noqa: PLR2004 - even odds
        len(one),
        float(np.abs(one - other).max()),
        auroc(one[good], one[bad]),
        auroc(other[good], other[bad]),
    )
