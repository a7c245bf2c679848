"""What the camera agent's tests share: pictures, requests, captures."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from camera_agent.shot import Request, Shot
from okko import clock
from okko import contracts as c
from okko.agent import Incoming
from okko.stats import StatsBook
from okko.topics import SPECS, Address, Topics


@pytest.fixture
def image() -> NDArray[np.uint8]:
    """A picture of 48 x 32 pixels, each different from its neighbours."""
    return np.arange(32 * 48 * 3, dtype=np.uint32).reshape(32, 48, 3).astype(np.uint8)


@pytest.fixture
def files(image: NDArray[np.uint8]) -> dict[str, bytes]:
    """Picture files, good, unusual and broken, by what they are."""

    def encode(extension: str, pixels: NDArray[np.integer[Any]]) -> bytes:
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

    def peek(self) -> Shot | None:
        """Nothing to see."""
        return None

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


@dataclass
class FakeRuntime:
    """The part of the runtime that the agent uses; what is published is kept."""

    name: str = "camera-top"
    connected: bool = True
    topics: Topics = field(default_factory=lambda: Topics("okko/v1/a/b/c"))
    stats: StatsBook = field(default_factory=StatsBook)
    handlers: dict[str, Callable[[Incoming], None]] = field(default_factory=dict)
    commands: dict[str, Callable[[c.Command], object]] = field(default_factory=dict)
    sent: asyncio.Queue[tuple[str, bytes]] = field(default_factory=asyncio.Queue)
    largest: int = 2**28
    """What the broker takes at most."""
    events: Counter[str] = field(default_factory=Counter)
    faults: dict[str, str] = field(default_factory=dict)
    served: tuple[str, ...] = ()
    stops: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def on(self, key: str, handler: Callable[[Incoming], None], **_names: object) -> None:
        """Note who handles what."""
        self.handlers[key] = handler

    def command(self, verb: str, handler: Callable[[c.Command], object]) -> None:
        """Note it."""
        self.commands[verb] = handler

    def flush(self) -> None:
        """Nothing waits here."""

    def publish(self, address: Address, message: c.Message | bytes) -> bool:
        """Keep it."""
        payload = message if isinstance(message, bytes) else c.encode(message)
        if len(payload) > self.largest:
            return False
        self.sent.put_nowait((address.topic, payload))
        return True

    def serve(self, *names: str) -> None:
        """Note it."""
        self.served = names

    def fault(self, what: str, why: str) -> None:
        """Note it."""
        self.faults[what] = why

    def clear(self, what: str) -> None:
        """Note it."""
        self.faults.pop(what, None)

    def on_stop(self, task: Callable[[], Awaitable[None]]) -> None:
        """Note it."""
        self.stops.append(task)

    async def run(self, *tasks: Callable[[], Coroutine[None, None, None]]) -> None:
        """Run the tasks until `stopping` is set."""
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(task()) for task in tasks]
            await self.stopping.wait()
            for task in running:
                task.cancel()
        for stop in self.stops:
            await stop()

    def event(self, _severity: str, code: str, _text: str) -> None:
        """Count it."""
        self.events[code] += 1

    def receive(self, key: str, message: c.Message) -> None:
        """Have a message handled as if it came from the broker."""
        self.handlers[key](Incoming(c.encode(message), False, SPECS[key], {}, ""))  # noqa: FBT003 - not retained


@pytest.fixture
def runtime() -> FakeRuntime:
    """A runtime without a broker."""
    return FakeRuntime()
