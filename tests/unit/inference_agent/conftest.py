"""Frames, pictures and small fakes that the inference agent's tests share."""

import hashlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from okko import clock
from okko.contracts import Frame

MakeFrame = Callable[..., Frame]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real images and models, which are no part of the repository."""
    default = Path(__file__).parents[4] / "shared" / "data"
    folder = Path(os.environ.get("OKKO_TEST_DATA", default))
    if not (folder / "models").is_dir():
        pytest.skip(f"no real images and models at {folder}; set OKKO_TEST_DATA")
    return folder


@pytest.fixture(scope="session")
def frame() -> MakeFrame:
    """A frame around bytes; what a test does not care about has sensible values."""

    def make(data: bytes, width_px: int, height_px: int, encoding: str = "jpeg", **fields: object) -> Frame:
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
            data=memoryview(data), width_px=width_px, height_px=height_px, encoding=encoding, **given  # type: ignore[arg-type]
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
