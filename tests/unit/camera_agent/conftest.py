"""What the camera agent's tests share: pictures, requests, captures."""

import threading
import time
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from camera_agent.shot import Request, Shot
from okko import clock
from okko import contracts as c


@pytest.fixture
def image() -> NDArray[np.uint8]:
    """A picture of 48 x 32 pixels, each different from its neighbours."""
    return np.arange(32 * 48 * 3, dtype=np.uint32).reshape(32, 48, 3).astype(np.uint8)


@pytest.fixture
def files(image: NDArray[np.uint8]) -> dict[str, bytes]:
    """Picture files, good, unusual and broken, by what they are."""

    def encode(extension: str, pixels: NDArray[np.generic]) -> bytes:
        return cv2.imencode(extension, pixels)[1].tobytes()

    jpeg, png = encode(".jpg", image), encode(".png", image)
    alpha = np.dstack([image, image[..., :1]])
    return {
        "jpeg": jpeg,
        "png": png,
        "png16": encode(".png", image.astype(np.uint16) * 257),
        "rgba": encode(".png", alpha),
        "bmp": encode(".bmp", image),
        "gif": b"GIF89a\x30\x00\x20\x00\x80\x00\x00" + b"\x00" * 20,
        "truncated": jpeg[: len(jpeg) // 2],
        "truncated_png": png[: len(png) // 2],
        "empty": b"",
        "text": b"this is no picture\n",
    }


@pytest.fixture
def request_now() -> Callable[[], Request]:
    """A request for an exposure from now on."""
    return lambda: Request("item-1", 1, 0, clock.mono_ns())


@pytest.fixture
def capture_of() -> Callable[..., c.Capture]:
    """A capture message that has just arrived; `age_ms` makes it older, `boot_id` another machine's."""

    def make(item_id: str = "item-1", *, age_ms: int = 0, boot_id: str | None = None, shot: int = 0) -> c.Capture:
        now_ns = clock.mono_ns()
        return c.Capture(
            item_id=item_id,
            number=1,
            shot=shot,
            cameras=("top",),
            arrived_mono_ns=now_ns - age_ms * 1_000_000,
            deadline_mono_ns=now_ns + 1_000_000_000,
            boot_id=boot_id or clock.boot_id(),
        )

    return make


class FakeCamera:
    """An open source that does what the script of its FakeSource says, capture by capture."""

    warnings: tuple[str, ...] = ()

    def __init__(self, source: "FakeSource") -> None:
        self._source = source
        self.closed = threading.Event()

    def capture(self, request: Request) -> Shot:
        """The next step: an error is raised, an Event is waited for, None gives a picture at once."""
        self._source.requests.append(request)
        step = self._source.script.pop(0) if self._source.script else None
        if isinstance(step, Exception):
            raise step
        if step is not None:
            self._source.captures.release()
            step.wait(30)
        pixels = np.zeros((4, 6, 3), np.uint8)
        return Shot(clock.mono_ns(), time.time_ns(), 6, 4, "fake", image=pixels)

    def close(self) -> None:
        """Note it."""
        self.closed.set()


class FakeSource:
    """Opens FakeCameras; `openings` says what happens at each attempt, like `script` at each capture."""

    def __init__(self) -> None:
        self.script: list[Exception | threading.Event | None] = []
        self.openings: list[Exception | threading.Event | None] = []
        self.cameras: list[FakeCamera] = []
        self.requests: list[Request] = []
        self.captures = threading.Semaphore(0)

    def open(self) -> FakeCamera:
        """A camera, or what the script says."""
        step = self.openings.pop(0) if self.openings else None
        if isinstance(step, Exception):
            raise step
        if step is not None:
            step.wait(30)
        self.cameras.append(FakeCamera(self))
        return self.cameras[-1]


@pytest.fixture
def source() -> FakeSource:
    """A source whose behaviour the test writes."""
    return FakeSource()
