"""A recorded image as the frame that it was."""

import hashlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from inference_agent.images import open_picture
from okko.errors import ImageError
from recorder.bmp import bmp
from recorder.reader import StoredFrame
from workshop.replay.frames import read_frame

PIXELS = np.random.default_rng(1).integers(0, 256, (5, 7, 3), np.uint8)
"""Seven pixels wide: the rows of its BMP are padded."""


def stored(folder: Path, data: bytes, **more: object) -> StoredFrame:
    """A file, and what the store says of it."""
    (folder / "a.img").write_bytes(data)
    sha256 = hashlib.sha256(data).hexdigest()
    fields = {
        "frame_id": "f",
        "camera": "left",
        "path": "a.img",
        "sha256": sha256,
        "source": "",
        "size_bytes": len(data),
    }
    return StoredFrame(**{**fields, **more})  # type: ignore[arg-type]


def test_a_jpeg_is_the_bytes_that_the_camera_sent(tmp_path: Path) -> None:
    """With its size, and the region that it shows."""
    data = cv2.imencode(".jpg", PIXELS)[1].tobytes()
    image = stored(tmp_path, data, width_px=7, height_px=5, roi="[0.1,0.0,0.9,1.0]")
    frame = read_frame(tmp_path, image, "item-1")
    assert (bytes(frame.data), frame.roi, frame.frame_id, frame.item_id) == (data, (0.1, 0.0, 0.9, 1.0), "f", "item-1")
    assert (open_picture(frame).width_px, open_picture(frame).height_px) == (7, 5)


def test_raw_pixels_come_out_of_their_bmp_as_they_went_in(tmp_path: Path) -> None:
    """Row by row, whatever the padding."""
    data = bmp(memoryview(PIXELS.tobytes()), 7, 5)
    frame = read_frame(tmp_path, stored(tmp_path, data, encoding="raw-bgr8", width_px=7, height_px=5), "item-1")
    assert bytes(frame.data) == PIXELS.tobytes()
    assert np.array_equal(open_picture(frame).at(1), PIXELS)


@pytest.mark.parametrize("extension", [".jpg", ".png"])
def test_an_image_that_was_found_without_its_frame_tells_its_size_itself(tmp_path: Path, extension: str) -> None:
    """The store does not know it."""
    frame = read_frame(tmp_path, stored(tmp_path, cv2.imencode(extension, PIXELS)[1].tobytes()), "item-1")
    assert open_picture(frame).at(1).shape == (5, 7, 3)


def test_a_file_that_is_not_the_recorded_one_is_refused(tmp_path: Path) -> None:
    """Another hash, or no file at all; what never was a picture is refused where it is decoded, as on the line."""
    with pytest.raises(ImageError, match=r"a\.img is not the image that was recorded"):
        read_frame(tmp_path, stored(tmp_path, b"one", sha256="0" * 64), "item-1")
    image = stored(tmp_path, b"no picture")
    with pytest.raises(ImageError, match="neither JPEG nor PNG"):
        open_picture(read_frame(tmp_path, image, "item-1"))
    with pytest.raises(ImageError, match="a BMP that cannot be read"):
        read_frame(tmp_path, stored(tmp_path, b"no picture", encoding="raw-bgr8"), "item-1")
    (tmp_path / "a.img").unlink()
    with pytest.raises(FileNotFoundError):
        read_frame(tmp_path, image, "item-1")
