"""A frame carries the picture that was asked for, and says truly what it is."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from camera_agent import frames
from camera_agent.encoding import EncodingSettings, JpegEncoding, PngEncoding, RawEncoding
from camera_agent.settings import CameraSettings
from camera_agent.shot import Shot
from camera_agent.sources.folder import FolderSource
from okko import contracts as c
from okko.errors import ImageError

CaptureOf = Callable[..., c.Capture]
SOURCE = FolderSource(path=Path("images"))


def _frame(settings: CameraSettings, capture: c.Capture, shot: Shot) -> c.Frame:
    packed = frames.pack(settings, capture, frames.new_frame_id(capture, settings.name), shot, {"expose": 1.0})
    frame = c.decode(c.Frame, packed.payload)
    assert (packed.frame_id, packed.item_id) == (frame.frame_id, frame.item_id)
    assert frame.sha256 == hashlib.sha256(frame.data).hexdigest()
    return frame


def _shot(
    image: NDArray[np.uint8] | None = None, encoded: bytes | None = None, size: tuple[int, int] = (48, 32)
) -> Shot:
    encoding: c.Encoding | None = None if encoded is None else "jpeg"
    return Shot(1, 2, *size, "a.jpg", image=image, encoded=encoded, encoding=encoding, exposure_us=5.0)


@pytest.mark.parametrize("encoding", [JpegEncoding(), PngEncoding(), RawEncoding()])
def test_a_frame_is_encoded_as_asked(
    image: NDArray[np.uint8], capture_of: CaptureOf, encoding: EncodingSettings
) -> None:
    """Size, encoding and exposure are told, and no region where there is none."""
    frame = _frame(CameraSettings(name="top", source=SOURCE, encoding=encoding), capture_of(), _shot(image))
    assert (frame.width_px, frame.height_px, frame.encoding) == (48, 32, encoding.kind)
    assert (frame.roi, frame.exposure_us, frame.source) == (None, 5.0, "a.jpg")
    assert frame.timings_ms.keys() == {"expose", "encode", "hash"}


def test_a_file_goes_out_byte_for_byte(files: dict[str, bytes], capture_of: CaptureOf) -> None:
    """Without a region the bytes of a file are not touched, whatever the camera's encoding."""
    settings = CameraSettings(name="top", source=SOURCE, encoding=PngEncoding())
    frame = _frame(settings, capture_of(), _shot(encoded=files["text"]))
    assert bytes(frame.data) == files["text"]
    assert frame.encoding == "jpeg"


def test_a_region_is_cropped_before_encoding(
    image: NDArray[np.uint8], files: dict[str, bytes], capture_of: CaptureOf
) -> None:
    """The published picture is the part alone, its size that of the part, and its place is told; files are decoded."""
    settings = CameraSettings(name="top", source=SOURCE, encoding=PngEncoding(), roi=(0.25, 0.0, 0.75, 0.5))
    for shot in (_shot(image), _shot(encoded=files["png"])):
        frame = _frame(settings, capture_of(), shot)
        assert (frame.width_px, frame.height_px) == (24, 16)
        assert frame.roi == (0.25, 0.0, 0.75, 0.5)
        decoded = cv2.imdecode(np.frombuffer(frame.data, np.uint8), cv2.IMREAD_COLOR)
        assert decoded is not None
        assert np.array_equal(decoded, image[0:16, 12:36])


@pytest.mark.parametrize("name", ["text", "empty", "truncated", "truncated_png"])
def test_a_broken_file_is_never_made_whole_by_a_region(
    files: dict[str, bytes], capture_of: CaptureOf, name: str
) -> None:
    """Decoding half a file and encoding it again would hide that it was broken: its bytes go out as they are."""
    settings = CameraSettings(name="top", source=SOURCE, roi=(0.0, 0.0, 0.5, 0.5))
    frame = _frame(settings, capture_of(), _shot(encoded=files[name]))
    assert bytes(frame.data) == files[name]
    assert frame.roi is None


def test_a_picture_too_large_to_crop_is_not_judged_whole(files: dict[str, bytes], capture_of: CaptureOf) -> None:
    """A 400-megapixel file whose part was asked for goes out without data, so that it can only be KO."""
    png = files["png"]
    huge = png[:16] + (20_000).to_bytes(4, "big") * 2 + png[24:]
    settings = CameraSettings(name="top", source=SOURCE, roi=(0.0, 0.0, 0.5, 0.5))
    frame = _frame(settings, capture_of(), _shot(encoded=huge, size=(20_000, 20_000)))
    assert len(frame.data) == 0


def test_a_frame_larger_than_may_be_carried_is_refused(capture_of: CaptureOf) -> None:
    """The error says how to make it smaller."""
    settings = CameraSettings(name="top", source=SOURCE)
    with pytest.raises(ImageError, match="roi"):
        _frame(settings, capture_of(), _shot(encoded=bytes(frames.MAX_FRAME_BYTES)))


def test_each_exposure_has_an_id_of_its_own(capture_of: CaptureOf) -> None:
    """Two exposures of one item are told apart, and the id is one that topics and paths take."""
    capture = capture_of()
    ids = {frames.new_frame_id(capture, "top") for _ in range(8)}
    assert len(ids) > 1
    assert all(frame_id.startswith("item-1.top.0-") for frame_id in ids)
