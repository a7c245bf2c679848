"""The CSI camera speaks to picamera2 as picamera2 wants it (calls and semantics as of picamera2 0.3.38)."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError

from camera_agent.shot import Request
from camera_agent.sources.picamera2 import Picamera2Source
from okko.errors import SourceError

Now = Callable[[], Request]
CONTROLS = ("AeEnable", "AwbEnable", "ExposureTime", "AnalogueGain", "ColourGains", "FrameDurationLimits")


@dataclass
class FakeRequest:
    """One completed request."""

    metadata: dict[str, Any]
    released: bool = False

    def get_metadata(self) -> dict[str, Any]:
        """As libcamera tells it."""
        return self.metadata

    def make_array(self, name: str) -> NDArray[np.uint8]:
        """The pixels of a stream."""
        assert name == "main"
        return np.zeros((48, 64, 3), np.uint8)

    def release(self) -> None:
        """Give the buffer back."""
        self.released = True


@dataclass
class FakePicamera2:
    """The methods of `picamera2.Picamera2` that are used, with its names of arguments."""

    camera_num: int = 0
    camera_controls: dict[str, tuple[Any, Any, Any]] = field(default_factory=lambda: dict.fromkeys(CONTROLS, (0, 1, 0)))
    exposure_us: int = 5000
    hangs: bool = False
    config: dict[str, Any] = field(default_factory=dict)
    requests: list[FakeRequest] = field(default_factory=list)
    started: bool = False
    closed: int = 0

    def create_video_configuration(
        self, main: dict[str, Any], buffer_count: int = 6, controls: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """A configuration."""
        return {"main": {**main, "size": (64, 48)}, "buffer_count": buffer_count, "controls": controls}

    def configure(self, config: dict[str, Any]) -> None:
        """Take it; controls that the camera lacks are refused, as the real library does."""
        unknown = config["controls"].keys() - self.camera_controls.keys()
        if unknown:
            message = f"Control {unknown} is not advertised by libcamera"
            raise RuntimeError(message)
        self.config = config

    def camera_configuration(self) -> dict[str, Any]:
        """The configuration in force."""
        return self.config

    def start(self) -> None:
        """Stream."""
        self.started = True

    def capture_request(self, wait: float | None = None, flush: int | None = None) -> FakeRequest:
        """The next frame; frames whose exposure began before `flush` (ns) are passed over."""
        assert self.started
        if self.hangs:
            raise TimeoutError
        assert wait is not None
        assert flush is not None
        start_ns = max(flush, time.monotonic_ns())
        metadata = {"SensorTimestamp": start_ns + self.exposure_us * 1000, "ExposureTime": self.exposure_us}
        self.requests.append(FakeRequest({**metadata, "AnalogueGain": 2.0}))
        return self.requests[-1]

    def close(self) -> None:
        """Let go."""
        self.closed += 1


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> FakePicamera2:
    """The camera behind a module `picamera2` that stands where the real one would be imported."""
    fake = FakePicamera2()

    def opened(camera_num: int) -> FakePicamera2:
        if camera_num > 0:
            message = f"No camera number {camera_num} found"
            raise RuntimeError(message)
        return fake

    module = ModuleType("picamera2")
    module.Picamera2 = opened  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "picamera2", module)
    return fake


def test_the_camera_is_set_up_as_asked(device: FakePicamera2) -> None:
    """Fixed exposure, gain and colours; BGR in memory; more than one buffer; nothing automatic."""
    settings = Picamera2Source(width_px=64, height_px=48, exposure_us=5000, gain=2.0, colour_gains=(1.5, 1.8))
    camera = settings.open(Path())
    assert camera.warnings == ()
    assert device.started
    assert device.config["main"] == {"format": "RGB888", "size": (64, 48)}
    assert device.config["buffer_count"] > 1
    assert device.config["controls"] == {
        "AeEnable": False,
        "AwbEnable": False,
        "ExposureTime": 5000,
        "AnalogueGain": 2.0,
        "ColourGains": (1.5, 1.8),
        "FrameDurationLimits": (33333, 33333),
    }


def test_a_long_exposure_lengthens_the_frame(device: FakePicamera2) -> None:
    """Libcamera would cut the exposure down to the frame's duration."""
    Picamera2Source(width_px=64, height_px=48, exposure_us=100_000).open(Path())
    assert device.config["controls"]["FrameDurationLimits"] == (100_000, 100_000)


def test_a_shot_tells_when_and_how_it_was_exposed(device: FakePicamera2, request_now: Now) -> None:
    """The start of the exposure is the sensor's time stamp minus the exposure, never before the request."""
    request = request_now()
    shot = Picamera2Source(width_px=64, height_px=48).open(Path()).capture(request)
    assert shot.captured_mono_ns >= request.requested_mono_ns
    assert (shot.exposure_us, shot.gain) == (5000.0, 2.0)
    assert (shot.width_px, shot.height_px) == (64, 48)
    assert device.requests[0].released


def test_what_the_camera_lacks_is_told(device: FakePicamera2) -> None:
    """A lens that cannot move and another size are warnings; the camera works all the same."""
    camera = Picamera2Source(width_px=65, height_px=48, lens_position=2.0).open(Path())
    assert device.started
    assert [warning.split(":")[0] for warning in camera.warnings] == ["`AfMode`", "`LensPosition`", "size"]


def test_a_camera_that_gives_nothing_is_a_source_error(device: FakePicamera2, request_now: Now) -> None:
    """A pulled cable ends in an error, not in waiting for ever."""
    camera = Picamera2Source(width_px=64, height_px=48).open(Path())
    device.hangs = True
    with pytest.raises(SourceError, match="check the cable"):
        camera.capture(request_now())
    camera.close()
    camera.close()
    assert device.closed == 1


def test_a_camera_that_is_not_there_is_told(device: FakePicamera2) -> None:
    """The library's own words, and what to look at."""
    assert device.closed == 0
    with pytest.raises(SourceError, match=r"No camera number 1 found.*cable"):
        Picamera2Source(camera=1).open(Path())


def test_a_missing_library_is_told_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a box without picamera2 the error says how to install it."""
    monkeypatch.setitem(sys.modules, "picamera2", None)
    with pytest.raises(SourceError, match="apt install"):
        Picamera2Source().open(Path())


@pytest.mark.parametrize(
    "keys",
    [
        {"auto_exposure": True, "exposure_us": 100},
        {"auto_white_balance": True, "colour_gains": (1, 1)},
        {"auto_focus": True, "lens_position": 1},
    ],
)
def test_an_automatic_beside_its_value_is_refused(keys: dict[str, object]) -> None:
    """Which of the two counts would be anyone's guess."""
    with pytest.raises(ValidationError, match="remove one of the two"):
        Picamera2Source.model_validate(keys)
