"""What is left out on the way from trigger to verdict: copies of a frame, and decoding it twice.

How long the way takes is for `make bench` to say.
"""

import hashlib

import cv2
import numpy as np
import pytest

from inference_agent import images
from okko import contracts as c
from okko.contracts import Frame
from recorder.records import read_frame
from watched import frame as frame_of

SIZE = (48, 64, 3)


@pytest.fixture
def payload() -> bytes:
    """A frame as it travels."""
    picture = np.random.default_rng(1).integers(0, 255, SIZE, dtype=np.uint8)
    data = cv2.imencode(".jpg", picture)[1].tobytes()
    sha256 = hashlib.sha256(data).hexdigest()
    return c.encode(frame_of("1", encoding="jpeg", data=memoryview(data), sha256=sha256))


def is_inside(view: memoryview, whole: bytes) -> bool:
    """Whether bytes are the very ones of a larger piece, not others that look the same."""
    return np.shares_memory(np.frombuffer(view, np.uint8), np.frombuffer(whole, np.uint8))


def test_the_picture_of_a_received_frame_is_a_view_into_its_packet(payload: bytes) -> None:
    """Nothing of it is copied to be read."""
    assert is_inside(c.decode(Frame, payload).data, payload)


def test_the_recorder_writes_the_picture_from_the_packet(payload: bytes) -> None:
    """Its image file is written from the bytes that came."""
    assert is_inside(read_frame(payload, "left").frame.data, payload)


def test_a_frame_is_decoded_once_for_all_models_of_a_size(payload: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """And not before it is wanted; a model of another size costs one more."""
    scales: list[int] = []
    decode = cv2.imdecode

    def counted(data: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]", flags: int) -> object:
        scales.append(flags)
        return decode(data, flags)

    monkeypatch.setattr(cv2, "imdecode", counted)
    picture = images.open_picture(c.decode(Frame, payload))
    assert scales == []
    first, second = picture.at(2), picture.at(2)
    assert len(scales) == 1
    assert first is second
    picture.at(4)
    assert len(scales) == 2


def test_bare_pixels_are_looked_at_where_they_came() -> None:
    """`raw-bgr8` is never copied, not even to be decoded."""
    pixels = np.zeros(SIZE, np.uint8)
    raw = c.encode(frame_of("1", encoding="raw-bgr8", data=memoryview(pixels.tobytes()), width_px=64, height_px=48))
    image = images.open_picture(c.decode(Frame, raw)).at(1)
    assert np.shares_memory(image, np.frombuffer(raw, np.uint8))
