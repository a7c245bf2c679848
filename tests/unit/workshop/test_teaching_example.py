import hashlib

import cv2
import numpy as np
import pytest

from okko.errors import ImageError
from shown_parts import frame_of, small_picture
from workshop.teaching.example import example_of, example_of_frame


def test_a_jpeg_stays_as_it_is() -> None:
    """Byte for byte, with its size, its hash and what is said of it."""
    data = small_picture(1)
    example = example_of(data, "a/1.jpg", "KO", captured_at="2026-11-23T00:00:00.000Z", part_id="duck")
    assert (example.encoding, example.width_px, example.height_px) == ("jpeg", 64, 48)
    assert example.data == data
    assert example.sha256 == hashlib.sha256(data).hexdigest()
    assert (example.name, example.known, example.part_id) == ("a/1.jpg", "KO", "duck")
    assert example.open().at(1).shape == (48, 64, 3)


@pytest.mark.parametrize("ending", [".bmp", ".ppm", ".tif", ".webp"])
def test_other_formats_are_decoded(ending: str) -> None:
    """Raw pixels, as a camera would send them; the hash is the file's, by which people find it."""
    pixels = np.full((10, 20, 3), (10, 20, 200), np.uint8)
    data = cv2.imencode(ending, pixels)[1].tobytes()
    example = example_of(data, "1", "OK")
    assert (example.encoding, example.width_px, example.height_px) == ("raw-bgr8", 20, 10)
    assert np.abs(example.open().at(1).astype(int) - pixels).max() < 12
    assert example.sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("data", [b"", b"rubbish", small_picture(1)[:-300]])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    """At the latest when it is opened."""
    with pytest.raises(ImageError):
        example_of(data, "1", "OK").open()


def test_a_frame_is_an_example_with_bytes_of_its_own() -> None:
    """Named after its item."""
    packet = bytearray(small_picture(2))
    example = example_of_frame(frame_of(7, bytes(packet)))
    assert (example.name, example.known, example.captured_at) == ("item-7", "OK", "1970-01-01T00:00:07.000Z")
    assert example.open().at(1).shape == (48, 64, 3)
