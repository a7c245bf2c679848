"""Previews: the figures of what a camera sees, small pictures, and a capture that never waits for them."""

import base64
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from camera_agent.preview import MAX_JPEG_BYTES, PreviewThread, focus_of, preview_of
from camera_agent.settings import CameraSettings
from camera_agent.shot import Request, Shot
from okko import contracts as c
from okko.errors import ImageError

SETTINGS = CameraSettings.model_validate(
    {"name": "top", "source": {"kind": "simulator"}, "roi": [0.25, 0.0, 0.75, 1.0]}
)


def shot(image: Any = None, encoded: bytes | None = None) -> Shot:
    """A shot of this picture."""
    return Shot(1, 1_700_000_000_000_000_000, 1, 1, "test", image=image, encoded=encoded, exposure_us=500.0, gain=2.0)


def test_the_figures_are_of_the_full_frame() -> None:
    """Before the region of interest: what stands beside the belt may blind the camera too."""
    image = np.zeros((40, 80, 3), np.uint8)
    image[:, :20] = 255  # outside of the region
    image[:, 20:40, 2] = 100
    told = preview_of(SETTINGS, shot(image))
    assert (told.width_px, told.height_px, told.roi) == (80, 40, (0.25, 0.0, 0.75, 1.0))
    assert told.histogram["red"][0] == 1600
    assert told.histogram["red"][25] == 800
    assert told.histogram["red"][63] == told.histogram["blue"][63] == 800
    assert all(sum(bins) == 3200 and len(bins) == 64 for bins in told.histogram.values())
    assert told.saturated_share == 0.25
    assert told.mean_brightness == pytest.approx(255 / 4 + 30 / 4, abs=0.5)
    assert (told.exposure_us, told.gain) == (500.0, 2.0)


def test_focus_is_greatest_where_the_picture_is_sharpest() -> None:
    """It falls with each step out of focus."""
    noise = np.random.default_rng(1).integers(0, 255, (120, 160), np.uint8)
    steps = [focus_of(noise), *(focus_of(np.asarray(cv2.GaussianBlur(noise, (0, 0), s), np.uint8)) for s in (1, 2, 4))]
    assert steps == sorted(steps, reverse=True)
    assert steps[0] > 10 * steps[2]


@pytest.mark.parametrize("size", [(3000, 4000), (4000, 20), (5, 7)])
def test_the_picture_is_small_whatever_the_camera_gives(size: tuple[int, int]) -> None:
    """Even of noise, which no encoder makes small."""
    image = np.random.default_rng(2).integers(0, 255, (*size, 3), np.uint8)
    data = base64.b64decode(preview_of(SETTINGS, shot(image)).jpeg_base64)
    small = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert small is not None
    assert len(data) <= MAX_JPEG_BYTES
    assert max(small.shape) <= 640


def test_a_file_is_decoded_and_one_that_is_no_picture_is_none() -> None:
    """A folder's files are published as they are, and looked at here all the same."""
    _, encoded = cv2.imencode(".png", np.full((10, 20, 3), 7, np.uint8))
    assert preview_of(SETTINGS, shot(encoded=encoded.tobytes())).mean_brightness == 7
    with pytest.raises(ImageError):
        preview_of(SETTINGS, shot(encoded=b"no picture"))


class FakeCamera:
    """A camera that counts."""

    warnings = ()

    def __init__(self) -> None:
        self.peeks = 0

    def peek(self) -> Shot:
        """One dark picture more."""
        self.peeks += 1
        return shot(np.zeros((8, 8, 3), np.uint8))

    def capture(self, request: Request) -> Shot:
        """Nobody asks for it."""
        raise NotImplementedError

    def close(self) -> None:
        """Nothing to let go of."""


def eventually(good: Callable[[], bool]) -> None:
    """Wait for another thread."""
    for _ in range(500):
        if good():
            return
        time.sleep(0.01)
    pytest.fail("it did not come")


def test_it_gives_way_to_captures_and_ends_by_itself() -> None:
    """While a capture is under way it looks at nothing; when the time is up its thread is gone."""
    camera, busy, seen = FakeCamera(), threading.Event(), list[c.Preview]()
    previews = PreviewThread(SETTINGS, lambda: camera, busy.is_set, seen.append)
    busy.set()
    previews.look(60)
    time.sleep(0.1)
    assert camera.peeks == 0
    busy.clear()
    eventually(lambda: len(seen) >= 2)
    previews.look(0)
    eventually(lambda: not [t for t in threading.enumerate() if t.name == "preview-top"])
    many = len(seen)
    previews.look(60)
    eventually(lambda: len(seen) > many)
    previews.look(0)


def test_a_folder_gives_each_part_its_own_picture_whoever_looks(tmp_path: Path) -> None:
    """A look takes none away: it sees the next one, and at the end of the folder the last."""
    for number in range(2):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.full((4, 4, 3), number, np.uint8))
    settings = CameraSettings.model_validate({"name": "top", "source": {"kind": "folder", "path": "."}})
    camera = settings.source.open(tmp_path)
    seen = []
    for number in range(2):
        looked = [camera.peek() for _ in range(3)]
        assert {look.source for look in looked if look is not None} == {f"{number}.png"}
        seen.append(camera.capture(Request("i", number + 1, 0, 0)).source)
    assert seen == ["0.png", "1.png"]
    last = camera.peek()
    assert last is not None
    assert last.source == "1.png"


def test_a_simulated_duck_is_looked_at_without_being_passed(tmp_path: Path) -> None:
    """It shows the duck of the last part; before the first one the first."""
    camera = SETTINGS.source.open(tmp_path)
    first, again = camera.peek(), camera.capture(Request("i", 1, 0, 0))
    assert first is not None
    assert first.source == again.source
    camera.capture(Request("j", 7, 0, 0))
    later = camera.peek()
    assert later is not None
    assert "number=7" in later.source


def test_a_video_shows_the_frame_that_stands(tmp_path: Path) -> None:
    """The last that a part got, before the first one the video's first."""
    path = tmp_path / "parts.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (32, 32))
    for number in range(3):
        writer.write(np.full((32, 32, 3), 80 * number, np.uint8))
    writer.release()
    settings = CameraSettings.model_validate({"name": "top", "source": {"kind": "video", "path": path.name}})
    camera = settings.source.open(tmp_path)
    looks = [camera.peek() for _ in range(2)]
    assert {look.source for look in looks if look is not None} == {"parts.avi#1"}
    assert [camera.capture(Request("i", n, 0, 0)).source for n in (1, 2)] == ["parts.avi#1", "parts.avi#2"]
    standing = camera.peek()
    assert standing is not None
    assert standing.source == "parts.avi#2"
    camera.close()
