"""One duck, described: everything that the picture of it depends on, as frozen values."""

from dataclasses import dataclass

import numpy as np

from camera_agent.simulator.defects import Defect, sample_defect
from camera_agent.simulator.kinds import DEFECT_KINDS, VIEWS, DefectKind, Variation, Verdict, View

MAX_YAW_DEG = 18.0
_LOOKS, _DEFECTS = 0, 1  # streams of random numbers, apart so that a defect changes nothing else about the duck


@dataclass(frozen=True, slots=True)
class Pose:
    """How the duck stands on the belt: degrees, and offsets as shares of the frame's height."""

    yaw_deg: float
    roll_deg: float
    along: float
    across: float
    scale: float


@dataclass(frozen=True, slots=True)
class Plastic:
    """The colour of the material: hue in degrees, saturation and value in 0..1, gloss about 1."""

    hue_deg: float
    saturation: float
    value: float
    gloss: float


@dataclass(frozen=True, slots=True)
class Look:
    """One camera's moment: light, optics and sensor.

    `light_deg` turns the lamp from left (negative) to right, `contrast` is how hard it is, `gain` and `warmth` act on
    the whole frame, `blur_px` and `noise` are standard deviations (pixels of a 480 line frame, grey levels), and the
    phases (0..1) say which piece of belt and which piece of noise are seen.
    """

    light_deg: float
    lift_deg: float
    contrast: float
    gain: float
    warmth: float
    blur_px: float
    noise: float
    belt_phase: float
    noise_phase: float


@dataclass(frozen=True, slots=True)
class Duck:
    """One duck as both cameras see it."""

    seed: int
    number: int
    variation: Variation
    pose: Pose
    plastic: Plastic
    left: Look
    right: Look
    defect: Defect | None

    def look(self, view: View) -> Look:
        """The moment of the camera on that side."""
        return self.left if view == "left" else self.right

    def truth(self, view: View) -> Verdict:
        """KO if a camera on that side can see a defect."""
        return "KO" if self.defect is not None and self.defect.visible_from(view) else "OK"

    @property
    def item_truth(self) -> Verdict:
        """KO if there is a defect, whoever sees it."""
        return "OK" if self.defect is None else "KO"


def make_duck(
    seed: int,
    number: int,
    *,
    defect_rate: float = 0.1,
    defects: tuple[DefectKind, ...] = DEFECT_KINDS,
    variation: Variation = "normal",
) -> Duck:
    """Duck `number` of the production run `seed`: the same in every process, whatever was made before it."""
    rng = np.random.default_rng((_LOOKS, seed, number))
    pose = Pose(
        yaw_deg=float(rng.uniform(-MAX_YAW_DEG, MAX_YAW_DEG)),
        roll_deg=float(np.clip(rng.normal(0.0, 2.0), -5.0, 5.0)),
        along=float(rng.uniform(-0.14, 0.14)),
        across=float(rng.uniform(-0.025, 0.025)),
        scale=float(rng.uniform(0.92, 1.06)),
    )
    plastic = Plastic(
        hue_deg=float(rng.uniform(46.0, 52.0)),
        saturation=float(rng.uniform(0.80, 0.94)),
        value=float(rng.uniform(0.93, 1.0)),
        gloss=float(rng.uniform(0.7, 1.1)),
    )
    left, right = (_sample_look(rng, variation) for _ in VIEWS)
    fate = np.random.default_rng((_DEFECTS, seed, number))
    broken = fate.random() < defect_rate
    defect = sample_defect(fate, defects) if broken else None
    return Duck(seed, number, variation, pose, plastic, left, right, defect)


def _sample_look(rng: np.random.Generator, variation: Variation) -> Look:
    harsh = variation == "unseen"
    side = rng.choice((-1.0, 1.0)) if harsh else 1.0
    return Look(
        light_deg=float(side * rng.uniform(45.0, 65.0) if harsh else rng.uniform(-35.0, 35.0)),
        lift_deg=float(rng.uniform(30.0, 45.0) if harsh else rng.uniform(42.0, 62.0)),
        contrast=float(rng.uniform(1.2, 1.4) if harsh else rng.uniform(0.85, 1.1)),
        gain=float(rng.uniform(0.98, 1.18) if harsh else rng.uniform(0.86, 1.08)),
        warmth=float(rng.uniform(0.06, 0.12) if harsh else rng.uniform(-0.04, 0.05)),
        blur_px=float(rng.uniform(0.3, 1.4) if harsh else rng.uniform(0.0, 1.1)),
        noise=float(rng.uniform(3.0, 6.0) if harsh else rng.uniform(1.0, 4.0)),
        belt_phase=float(rng.random()),
        noise_phase=float(rng.random()),
    )
