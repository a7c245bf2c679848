"""The simulated camera: looks at duck after duck from one side."""

import time
from dataclasses import dataclass, field

from camera_agent.shot import Request, Shot
from camera_agent.simulator.duck import Duck, make_duck
from camera_agent.simulator.kinds import DefectKind, Variation, View
from camera_agent.simulator.render import prepare, render


@dataclass(frozen=True)
class SimulatedCamera:
    """A camera that needs no hardware; every process with the same seed sees the same ducks."""

    seed: int
    view: View
    defect_rate: float
    defects: tuple[DefectKind, ...]
    variation: Variation
    width_px: int
    height_px: int
    exposure_ms: float
    _last: list[int] = field(default_factory=lambda: [1], init=False, compare=False)

    def __post_init__(self) -> None:
        """Draw belt and shapes once, before the first request."""
        prepare(self.variation, self.width_px, self.height_px)

    @property
    def warnings(self) -> tuple[str, ...]:
        """None: it can do whatever its settings allow."""
        return ()

    def capture(self, request: Request) -> Shot:
        """The frame of duck `request.number`, exposed now."""
        captured_mono_ns, captured_at_ns = time.monotonic_ns(), time.time_ns()
        if self.exposure_ms > 0.0:
            time.sleep(self.exposure_ms / 1000.0)
        self._last[0] = request.number
        return self._shot(request.number, captured_mono_ns, captured_at_ns)

    def _shot(self, number: int, captured_mono_ns: int, captured_at_ns: int) -> Shot:
        duck = make_duck(
            self.seed,
            number,
            defect_rate=self.defect_rate,
            defects=self.defects,
            variation=self.variation,
        )
        return Shot(
            captured_mono_ns=captured_mono_ns,
            captured_at_ns=captured_at_ns,
            width_px=self.width_px,
            height_px=self.height_px,
            source=truth_text(duck, self.view),
            image=render(duck, self.view, self.width_px, self.height_px),
            exposure_us=self.exposure_ms * 1000.0,
        )

    def peek(self) -> Shot:
        """The duck of the last request, before the first one duck 1; no exposure is waited for."""
        return self._shot(self._last[0], time.monotonic_ns(), time.time_ns())

    def close(self) -> None:
        """Nothing to let go of."""


def truth_text(duck: Duck, view: View) -> str:
    """What is true of the duck, for people and tests: `truth` of this view, `item` of the whole duck.

    `simulator:seed=7,number=42,view=left,truth=OK,item=KO,defect=stain,side=right`; a good duck has no defect and side.
    """
    text = f"simulator:seed={duck.seed},number={duck.number},view={view}"
    text += f",truth={duck.truth(view)},item={duck.item_truth}"
    if duck.defect is None:
        return text
    return f"{text},defect={duck.defect.kind},side={duck.defect.side or 'both'}"
