"""OpenCV's capture as a stream: frames, stamps, and an end."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from camera_agent.cv_stream import CvStream


@pytest.fixture
def capture(tmp_path: Path) -> cv2.VideoCapture:
    """A video of two frames, 100 ms apart."""
    path = str(tmp_path / "belt.avi")
    writer = cv2.VideoWriter(path, cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
    for level in (20, 220):
        writer.write(np.full((48, 64, 3), level, np.uint8))
    writer.release()
    return cv2.VideoCapture(path, cv2.CAP_FFMPEG)


def test_frames_are_grabbed_and_retrieved_until_the_end(capture: cv2.VideoCapture) -> None:
    """Only a frame that is wanted is decoded; after the last there is none."""
    stream = CvStream(capture, stamped=True)
    assert stream.grab()
    assert stream.grab()
    image = stream.retrieve()
    assert image is not None
    assert (image.shape, image.dtype) == ((48, 64, 3), np.dtype(np.uint8))
    assert image.mean() > 200
    assert not stream.grab()
    stream.release()
    assert not stream.grab()


def test_the_stamp_is_the_position_where_it_counts(capture: cv2.VideoCapture) -> None:
    """A stream's position is no time stamp; that of V4L2 is."""
    capture.grab()
    capture.grab()
    assert CvStream(capture, stamped=True).stamp_ms() == pytest.approx(100, abs=1)
    assert CvStream(capture, stamped=False).stamp_ms() == 0.0
