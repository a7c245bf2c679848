"""A video file plays a camera; of a stream's address only the harmless part is ever shown."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from camera_agent.shot import Request
from camera_agent.sources.video import VideoSource, public_url
from okko.errors import SourceError, SourceExhausted

Now = Callable[[], Request]
LEVELS = (20, 120, 220)


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """Three frames, each of one brightness."""
    path = tmp_path / "belt.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
    for level in LEVELS:
        writer.write(np.full((48, 64, 3), level, np.uint8))
    writer.release()
    return path


def _level(image: object) -> int:
    return min(LEVELS, key=lambda level: abs(level - float(np.mean(np.asarray(image)))))


def test_frames_come_in_order_and_then_end(video: Path, request_now: Now) -> None:
    """Each capture takes the next frame; after the last there are no more."""
    camera = VideoSource(path=Path(video.name)).open(video.parent)
    shots = [camera.capture(request_now()) for _ in LEVELS]
    assert [_level(shot.image) for shot in shots] == list(LEVELS)
    assert [shot.source for shot in shots] == ["belt.avi#1", "belt.avi#2", "belt.avi#3"]
    assert (shots[0].width_px, shots[0].height_px) == (64, 48)
    for _ in range(2):
        with pytest.raises(SourceExhausted, match="all 3 frames"):
            camera.capture(request_now())
    camera.close()


def test_loop_begins_again(video: Path, request_now: Now) -> None:
    """With `loop` the first frame follows the last."""
    camera = VideoSource(path=video, loop=True).open(video.parent)
    shots = [camera.capture(request_now()) for _ in range(4)]
    assert _level(shots[3].image) == LEVELS[0]
    camera.close()


def test_what_is_no_video_is_refused_at_once(tmp_path: Path) -> None:
    """A missing file, and one that is no video, are told with the remedy."""
    with pytest.raises(SourceError, match="correct `path`"):
        VideoSource(path=Path("none.mp4")).open(tmp_path)
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(SourceError, match="convert it"):
        VideoSource(path=Path("text.mp4")).open(tmp_path)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://admin:secret@10.0.0.5:554/ch1?user=admin&password=secret", "rtsp://10.0.0.5:554/ch1"),
        ("rtsp://cam/live", "rtsp://cam/live"),
        ("rtsp://u:secret@[fe80::1]:8554/x#secret", "rtsp://[fe80::1]:8554/x"),
    ],
)
def test_credentials_are_cut_off(url: str, shown: str) -> None:
    """User, password and query never stand in what people get to see."""
    assert public_url(url) == shown
    assert "secret" not in repr(VideoSource.model_validate({"url": url}))


@pytest.mark.parametrize(
    "keys", [{}, {"path": "a.mp4", "url": "rtsp://x/y"}, {"url": "rtsp://x/y", "loop": True}, {"url": "rtsp:///y"}]
)
def test_settings_that_contradict_each_other_are_refused(keys: dict[str, object]) -> None:
    """A file or a stream, not both and not neither; only a file can begin again."""
    with pytest.raises(ValidationError):
        VideoSource.model_validate(keys)
