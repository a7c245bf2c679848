"""What can be wrong with a duck: the defects of the trade, and where on the duck they sit."""

from dataclasses import dataclass

import numpy as np

from camera_agent.simulator.kinds import ONE_SIDED, VIEWS, DefectKind, View

# Middle (x, y) and half axes of the patches of skin that face a camera whatever the pose, in body units (see shape.py).
_PATCHES = (
    (-0.15, -0.02, 0.62, 0.28),
    (0.42, 0.02, 0.34, 0.28),
    (0.50, 1.02, 0.22, 0.20),
)
# Where the melt arrives last, so where the mould is not filled: tail, rump, crown, breast, back.
_THIN_ENDS = ((-1.12, 0.48), (-0.95, -0.10), (0.52, 1.42), (0.98, -0.05), (-0.42, 0.60))


@dataclass(frozen=True, slots=True)
class Defect:
    """One defect: its kind, the side that shows it (`None`: both), and how it turned out.

    `x` and `y` are in body units, `severity` is in 0..1, `angle_deg` counter-clockwise, and `variant` feeds the
    generator that draws what has no parameters of its own (the outline of a stain, the choice of a colour).
    """

    kind: DefectKind
    side: View | None
    severity: float
    x: float
    y: float
    angle_deg: float
    variant: int

    def visible_from(self, view: View) -> bool:
        """Whether a camera on that side can see it."""
        return self.side is None or self.side == view


def sample_defect(rng: np.random.Generator, kinds: tuple[DefectKind, ...]) -> Defect:
    """One defect of these kinds, each as likely as the others."""
    kind = kinds[int(rng.integers(len(kinds)))]
    side = VIEWS[int(rng.integers(2))] if kind in ONE_SIDED else None
    severity = float(rng.random())
    if kind == "short_shot":
        x, y = _THIN_ENDS[int(rng.integers(len(_THIN_ENDS)))]
    else:
        middle_x, middle_y, half_x, half_y = _PATCHES[int(rng.choice(len(_PATCHES), p=(0.55, 0.2, 0.25)))]
        turn, reach = rng.uniform(0.0, 2.0 * np.pi), np.sqrt(rng.random())
        x = middle_x + half_x * reach * np.cos(turn)
        y = middle_y + half_y * reach * np.sin(turn)
    angle_deg = float(rng.uniform(-60.0, 60.0))
    return Defect(kind, side, severity, float(x), float(y), angle_deg, int(rng.integers(2**31)))
