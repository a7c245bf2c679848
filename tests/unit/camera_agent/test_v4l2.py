"""A USB camera is set up as asked, and what it refuses is told."""

import cv2
import pytest
from pydantic import ValidationError

from camera_agent import v4l2
from camera_agent.sources.usb import UsbSource
from okko.errors import SourceError


class FakeControls:
    """A camera that takes every control but those that it `lacks` or `rounds`."""

    def __init__(self, lacks: tuple[int, ...] = (), rounds: dict[int, float] | None = None) -> None:
        self.values: dict[int, float] = {}
        self.order: list[int] = []
        self._lacks = lacks
        self._rounds = rounds or {}

    def set(self, propId: int, value: float) -> bool:  # noqa: N803 - OpenCV's name
        """Take it, round it or refuse it."""
        self.order.append(propId)
        self.values[propId] = self._rounds.get(propId, value)
        return propId not in self._lacks

    def get(self, propId: int) -> float:  # noqa: N803 - OpenCV's name
        """As V4L2 has it: -1 for a control that is not there."""
        return -1.0 if propId in self._lacks else self.values[propId]


def test_automatics_are_off_unless_asked_for() -> None:
    """By default nothing that would change the picture by itself is left on."""
    camera = FakeControls()
    assert v4l2.apply(UsbSource(), camera) == ()
    assert camera.values[cv2.CAP_PROP_AUTO_EXPOSURE] == 1
    assert camera.values[cv2.CAP_PROP_AUTO_WB] == 0
    assert camera.values[cv2.CAP_PROP_AUTOFOCUS] == 0


def test_format_comes_first_and_automatics_before_values() -> None:
    """Drivers refuse an exposure while automatic exposure is on, and reset controls with a new format."""
    camera = FakeControls()
    settings = UsbSource(fourcc="MJPG", width_px=1280, height_px=720, fps=30, exposure_us=5000, gain=10, focus=30)
    assert v4l2.apply(settings, camera) == ()
    place = camera.order.index
    assert place(cv2.CAP_PROP_FOURCC) < place(cv2.CAP_PROP_FRAME_WIDTH) < place(cv2.CAP_PROP_AUTO_EXPOSURE)
    assert place(cv2.CAP_PROP_AUTO_EXPOSURE) < place(cv2.CAP_PROP_EXPOSURE)
    assert place(cv2.CAP_PROP_AUTOFOCUS) < place(cv2.CAP_PROP_FOCUS)
    assert camera.values[cv2.CAP_PROP_EXPOSURE] == 50  # V4L2 counts in 100 us


def test_what_the_camera_refuses_is_told() -> None:
    """A rounded exposure, a smaller picture, another format and a missing control each give a warning."""
    camera = FakeControls(
        lacks=(cv2.CAP_PROP_GAIN,),
        rounds={
            cv2.CAP_PROP_EXPOSURE: 78,
            cv2.CAP_PROP_FRAME_WIDTH: 640,
            cv2.CAP_PROP_FOURCC: cv2.VideoWriter.fourcc(*"YUYV"),
        },
    )
    warnings = v4l2.apply(UsbSource(fourcc="MJPG", width_px=1920, exposure_us=5000, gain=3), camera)
    assert [warning.split(":")[0] for warning in warnings] == ["`fourcc`", "`width_px`", "`exposure_us`", "`gain`"]
    assert "'YUYV'" in warnings[0]
    assert "asked for 5000, the camera has 7800" in warnings[2]
    assert "no such control" in warnings[3]


def test_an_automatic_that_the_camera_lacks_needs_no_warning() -> None:
    """A camera with a fixed lens has no automatic focus to switch off."""
    assert v4l2.apply(UsbSource(), FakeControls(lacks=(cv2.CAP_PROP_AUTOFOCUS,))) == ()
    asked = v4l2.apply(UsbSource(auto_focus=True), FakeControls(lacks=(cv2.CAP_PROP_AUTOFOCUS,)))
    assert asked == ("`auto_focus`: asked for 1, the camera has no such control",)


def test_a_camera_that_is_not_there_is_told_with_the_remedy(tmp_path: object) -> None:
    """Opening a device that does not exist names what to check."""
    with pytest.raises(SourceError, match="plugged in"):
        UsbSource.model_validate({"device": "/dev/okko-no-such-camera"}).open(tmp_path)  # type: ignore[arg-type]


@pytest.mark.parametrize("keys", [{"fourcc": "MJPEG"}, {"exposure_us": 0}, {"width_px": 0}, {"speed": 1}])
def test_settings_out_of_bounds_are_refused(keys: dict[str, object]) -> None:
    """What no camera can do is refused in the station file."""
    with pytest.raises(ValidationError):
        UsbSource.model_validate(keys)
