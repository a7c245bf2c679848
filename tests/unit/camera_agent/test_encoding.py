"""Pictures are packed as asked, without copies that nobody needs."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from camera_agent.encoding import EncodingSettings, JpegEncoding, PngEncoding, RawEncoding
from okko.errors import ImageError


def test_png_is_lossless(image: NDArray[np.uint8]) -> None:
    """What is decoded is what was encoded."""
    decoded = cv2.imdecode(np.frombuffer(PngEncoding().encode(image), np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    assert np.array_equal(decoded, image)


def test_jpeg_quality_matters() -> None:
    """Less quality is fewer bytes."""
    noise = np.random.default_rng(1).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    assert len(JpegEncoding(quality=30).encode(noise)) < len(JpegEncoding(quality=95).encode(noise))


def test_raw_is_a_view(image: NDArray[np.uint8]) -> None:
    """The pixels of a whole picture are not copied; those of a part are put together row by row."""
    data = RawEncoding().encode(image)
    assert data.nbytes == len(data) == 32 * 48 * 3
    assert np.shares_memory(np.frombuffer(data, np.uint8), image)
    part = image[4:8, 10:20]
    assert bytes(RawEncoding().encode(part)) == part.tobytes()


def test_what_the_encoder_refuses_is_an_image_error() -> None:
    """JPEG ends at 65,535 pixels a side."""
    with pytest.raises(ImageError):
        JpegEncoding().encode(np.zeros((1, 70_000, 3), np.uint8))


@pytest.mark.parametrize(
    ("keys", "good"),
    [
        ({"kind": "jpeg"}, True),
        ({"kind": "png", "compression": 0}, True),
        ({"kind": "raw-bgr8"}, True),
        ({"kind": "jpeg", "quality": 0}, False),
        ({"kind": "png", "quality": 90}, False),
        ({"kind": "webp"}, False),
        ({"quality": 90}, False),
    ],
)
def test_kind_tells_the_settings_apart(keys: dict[str, object], *, good: bool) -> None:
    """Each kind takes its own keys and no others."""
    adapter: TypeAdapter[object] = TypeAdapter(EncodingSettings)
    if good:
        adapter.validate_python(keys)
    else:
        with pytest.raises(ValidationError):
            adapter.validate_python(keys)
