"""The words of the simulator: what can be asked of it in a station file, and what it says about a duck."""

from typing import Literal, get_args

View = Literal["left", "right"]
"""The flank of the duck that a camera looks at; from the left it faces left."""

Variation = Literal["normal", "unseen"]
"""`unseen` is the line on another day (another belt, harsher light): kept out of training, to test on."""

Verdict = Literal["OK", "KO"]

DefectKind = Literal[
    "missing_eye",
    "missing_beak",
    "bent_beak",
    "stain",
    "scratch",
    "short_shot",
    "wrong_colour",
    "deformed",
]

VIEWS: tuple[View, ...] = get_args(View)
DEFECT_KINDS: tuple[DefectKind, ...] = get_args(DefectKind)
ONE_SIDED: frozenset[DefectKind] = frozenset({"missing_eye", "stain", "scratch"})
"""Seen from one side only: the other camera has to call the duck good."""
