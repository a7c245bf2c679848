"""What goes into a camera source and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    # The station file is read on boxes without numpy too, and its camera settings lead here.
    import numpy as np
    from numpy.typing import NDArray

    from okko.contracts import Encoding


@dataclass(frozen=True, slots=True)
class Request:
    """One exposure that the decision agent asked for.

    `number` counts the station's items from 1 (the simulator shows the same duck to every camera by it);
    `requested_mono_ns` is when the camera agent read the request: nothing exposed before it is acceptable.
    """

    item_id: str
    number: int
    shot: int
    requested_mono_ns: int


@dataclass(frozen=True, slots=True)
class Shot:
    """One exposed frame, as the source gives it.

    Either `image` ((height, width, 3) uint8, BGR) or `encoded` (the bytes of a file, published as they are)
    with its `encoding` is set. `captured_mono_ns` is the start of the exposure (CLOCK_MONOTONIC), `captured_at_ns`
    the same instant on the wall clock. `width_px` and `height_px` are 1 where a file does not tell its size: it is
    published all the same, so that whoever decodes it says what is wrong and the record keeps the bytes.
    """

    captured_mono_ns: int
    captured_at_ns: int
    width_px: int
    height_px: int
    source: str
    image: NDArray[np.uint8] | None = None
    encoded: bytes | None = None
    encoding: Encoding | None = None
    exposure_us: float | None = None
    gain: float | None = None


class Camera(Protocol):
    """A source that is open. It is used from one thread, the agent's capture thread, and may block there."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the camera refused when it was set up (an exposure it rounded, a control it lacks)."""

    def capture(self, request: Request) -> Shot:
        """Expose after the request and give the frame.

        Raises:
            SourceError: if there is no frame; the agent closes the source and opens it again.
        """

    def peek(self) -> Shot | None:
        """What there is to see, for a person: nothing is taken from a source that gives each part its own picture.

        Called in another thread than `capture`, which never waits for it. None: nothing just now.
        """

    def close(self) -> None:
        """Let go of the device; safe to call twice."""
