"""Frames, pictures and small fakes that the inference agent's tests share."""

import asyncio
import hashlib
import logging
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inference_agent.agent import InferenceAgent
from inference_agent.decoders.decoded import Decoded
from inference_agent.geometry import Roi
from inference_agent.images import Picture
from inference_agent.model import Seen
from inference_agent.slots import UNKNOWN_SHA256, Slot
from okko import clock
from okko.agent import Incoming
from okko.contracts import Encoding, Frame, Message, ModelRef, Prediction, encode
from okko.errors import ModelError
from okko.stats import StatsBook
from okko.topics import SPECS, Address, Topics

MakeFrame = Callable[..., Frame]


@pytest.fixture(scope="session")
def frame() -> MakeFrame:
    """A frame around bytes; what a test does not care about has sensible values."""

    def make(data: bytes, width_px: int, height_px: int, encoding: Encoding = "jpeg", **fields: object) -> Frame:
        now = clock.mono_ns()
        defaults: dict[str, object] = {
            "item_id": "item-1",
            "camera": "top",
            "frame_id": "frame-1",
            "captured_at": "2026-01-01T00:00:00.000Z",
            "captured_mono_ns": now,
            "boot_id": clock.boot_id(),
            "deadline_mono_ns": now + 3_600_000_000_000,
            "published_mono_ns": now,
            "sha256": hashlib.sha256(data).hexdigest(),
        }
        given: Mapping[str, object] = {**defaults, **fields}
        return Frame(
            data=memoryview(data),
            width_px=width_px,
            height_px=height_px,
            encoding=encoding,
            **given,  # type: ignore[arg-type]
        )

    return make


@pytest.fixture(scope="session")
def photo() -> Callable[..., NDArray[np.uint8]]:
    """A smooth BGR picture with different content in each corner and channel: (height, width, 3) uint8."""

    def make(width: int, height: int) -> NDArray[np.uint8]:
        noise = np.random.default_rng(7).integers(0, 256, (4, 5, 3), np.uint8)
        return np.asarray(cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)

    return make


@pytest.fixture(scope="session")
def jpeg() -> Callable[..., bytes]:
    """A picture as JPEG."""

    def make(image: NDArray[np.uint8], quality: int = 95) -> bytes:
        return bytes(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1])

    return make


@pytest.fixture(scope="session")
def png() -> Callable[..., bytes]:
    """A picture of any depth and any number of channels as PNG."""

    def make(image: NDArray[np.uint8] | NDArray[np.uint16]) -> bytes:
        return bytes(cv2.imencode(".png", image)[1])

    return make


class FakeRuntime:
    """What the shared runtime does for an agent, kept in lists."""

    def __init__(self) -> None:
        self.topics = Topics("okko/v1/site/line/station")
        self.stats = StatsBook()
        self.log = logging.getLogger("test")
        self.connected = True
        self.faults: dict[str, str] = {}
        self.events: list[tuple[str, str]] = []
        self.published: list[tuple[str, Message]] = []
        self.replies: list[tuple[str, dict[str, Any], str | None]] = []
        self.arrived = asyncio.Event()

    def publish(self, address: Address, message: Message) -> bool:
        """Keep it and wake whoever waits for it."""
        self.published.append((address.topic, message))
        self.arrived.set()
        return True

    def flush(self) -> None:
        """Nothing waits here."""

    def event(self, _severity: str, code: str, text: str, _item_id: str | None = None) -> None:
        """Keep it."""
        self.events.append((code, text))
        self.arrived.set()

    def reply(self, request_id: str, result: dict[str, Any], error: str | None = None) -> None:
        """Keep it."""
        self.replies.append((request_id, result, error))
        self.arrived.set()

    def fault(self, what: str, why: str) -> None:
        """Keep it."""
        self.faults[what] = why

    def clear(self, what: str) -> None:
        """Forget it."""
        self.faults.pop(what, None)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something that was published or told makes the condition true."""
        async with asyncio.timeout(20):
            while not condition():
                self.arrived.clear()
                await self.arrived.wait()


class FakeModel:
    """A model that answers at once, or holds on until it is let go, or fails."""

    def __init__(self, name: str) -> None:
        self.ref = ModelRef(name=name, version="1", sha256="a" * 64)
        self.fails_with: Exception | None = None
        self.holds = False
        self.entered = threading.Event()
        self.let_go = threading.Event()
        self.rois: list[object] = []

    def look(self, picture: Picture, roi: Roi | None = None) -> Seen:
        """Decode the picture and call it OK."""
        self.rois.append(roi)
        self.entered.set()
        if self.holds:
            self.let_go.wait(30)
        if self.fails_with is not None:
            raise self.fails_with
        picture.at(1)
        return Seen(Decoded("classification", label="OK", score=1.0, scores={"OK": 1.0}), {"invoke": 1.0})


class Bench:
    """A station of fake models and what its agent publishes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runtime = FakeRuntime()
        self.models: dict[str, FakeModel] = {}
        self.loads: dict[str, list[FakeModel | ModelError]] = {}

    def slot(self, name: str, *outcomes: FakeModel | ModelError) -> Slot:
        """The place of a model, and what loading it gives the first, second, ... time; the last stays."""
        file = self.folder / f"{name}.tflite"
        file.write_bytes(b"model")
        left = list(outcomes)

        def load() -> FakeModel:
            outcome = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(outcome, ModelError):
                raise outcome
            return outcome

        ref = ModelRef(name=name, version="1", sha256=UNKNOWN_SHA256)
        return Slot(name, ref, "classification", (file,), load)

    def agent(
        self, slots: Mapping[str, Slot], cameras: Mapping[str, tuple[str, ...]], **options: bool
    ) -> InferenceAgent:
        """An agent of these models; `cameras` says which cameras each model looks at."""
        models = [SimpleNamespace(name=name, cameras=seen) for name, seen in cameras.items()]
        station = SimpleNamespace(
            station=SimpleNamespace(deadline_ms=1000),
            wants_image_quality=lambda _camera: options.get("measured", False),
        )
        return InferenceAgent(self.runtime, station, models, lambda model: slots[model.name])  # type: ignore[arg-type,attr-defined] # fakes

    def predictions(self) -> list[Prediction]:
        """What was published, in order."""
        return [message for _, message in self.runtime.published if isinstance(message, Prediction)]


@pytest.fixture
async def bench(tmp_path: Path) -> Bench:
    """A bench on the loop of the test."""
    return Bench(tmp_path)


@pytest.fixture(scope="session")
def incoming() -> Callable[..., Incoming]:
    """A frame as it comes from the broker."""

    def make(message: Frame | bytes, camera: str = "top") -> Incoming:
        payload = message if isinstance(message, bytes) else encode(message)
        return Incoming(payload, retain=False, spec=SPECS["frame"], names={"camera": camera}, topic=f"frame/{camera}")

    return make


@pytest.fixture(scope="session")
def fake_model() -> type[FakeModel]:
    """The class of fake models: test folders are no packages, so it can't be imported."""
    return FakeModel
