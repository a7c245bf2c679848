"""Frames' bytes as pictures: what is read, and what is refused before it costs memory."""

import struct
import zlib
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from inference_agent.images import MAX_PIXELS, SCALES, open_picture, scale_for
from okko.contracts import Frame
from okko.errors import ImageError

MakeFrame = Callable[..., Frame]
Photo = Callable[[int, int], NDArray[np.uint8]]
Encode = Callable[..., bytes]


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds almost nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(10))) + chunk(b"IEND", b"")
    )


def refusal(frame: Frame) -> str:
    """What the ImageError says."""
    with pytest.raises(ImageError) as caught:
        open_picture(frame).at(1)
    return str(caught.value)


@pytest.mark.parametrize("size", [(64, 48), (33, 17), (1, 1)])
def test_a_jpeg_is_decoded_as_opencv_does(frame: MakeFrame, photo: Photo, jpeg: Encode, size: tuple[int, int]) -> None:
    """At full scale the pixels are those of a plain decode, whatever the size."""
    data = jpeg(photo(*size))
    found = open_picture(frame(data, *size)).at(1)
    expected = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert expected is not None
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("encoding", ["jpeg", "png", "raw-bgr8"])
def test_each_scale_shows_the_same_picture(
    *, frame: MakeFrame, photo: Photo, jpeg: Encode, png: Encode, scale: int, encoding: str
) -> None:
    """A picture at 1/scale is the average of the full one, whatever the encoding."""
    image = photo(128, 96)
    data = {"jpeg": jpeg(image), "png": png(image), "raw-bgr8": image.tobytes()}[encoding]
    found = open_picture(frame(data, 128, 96, encoding)).at(scale)
    assert found.shape == (96 // scale, 128 // scale, 3)
    expected = cv2.resize(image, (found.shape[1], found.shape[0]), interpolation=cv2.INTER_AREA)
    assert np.abs(found.astype(int) - expected).mean() < 8


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("encoding", ["jpeg", "raw-bgr8"])
def test_sides_are_rounded_up(frame: MakeFrame, photo: Photo, jpeg: Encode, scale: int, encoding: str) -> None:
    """A size that the scale does not divide loses no pixels at its border."""
    image = photo(121, 90)
    data = jpeg(image) if encoding == "jpeg" else image.tobytes()
    assert open_picture(frame(data, 121, 90, encoding)).at(scale).shape == (-(-90 // scale), -(-121 // scale), 3)


def test_a_scale_is_decoded_once(frame: MakeFrame, photo: Photo, jpeg: Encode) -> None:
    """Two models at the same scale share one decode."""
    picture = open_picture(frame(jpeg(photo(64, 48)), 64, 48))
    assert picture.at(2) is picture.at(2)


def test_raw_pixels_are_not_copied(frame: MakeFrame, photo: Photo) -> None:
    """A raw frame is looked at where it was received."""
    message = frame(photo(64, 48).tobytes(), 64, 48, "raw-bgr8")
    assert np.shares_memory(open_picture(message).at(1), np.frombuffer(message.data, np.uint8))


def test_sixteen_bits_keep_their_high_byte(frame: MakeFrame, photo: Photo, png: Encode) -> None:
    """A PNG of 16 bits is read as 8: the low byte is dropped."""
    image = photo(20, 10)
    deep = image.astype(np.uint16) * 256 + 255
    assert np.array_equal(open_picture(frame(png(deep), 20, 10, "png")).at(1), image)


def test_transparency_is_ignored(frame: MakeFrame, photo: Photo, png: Encode) -> None:
    """A PNG with an alpha channel is read as if it had none."""
    image = photo(20, 10)
    alpha = np.arange(200, dtype=np.uint8).reshape(10, 20, 1)
    assert np.array_equal(open_picture(frame(png(np.dstack((image, alpha))), 20, 10, "png")).at(1), image)


@pytest.mark.parametrize("kind", ["png", "jpeg"])
def test_grey_becomes_three_equal_channels(
    frame: MakeFrame, photo: Photo, jpeg: Encode, png: Encode, kind: str
) -> None:
    """A grey picture is given to colour models as it is."""
    grey = photo(20, 10)[:, :, 0].copy()
    found = open_picture(frame({"png": png, "jpeg": jpeg}[kind](grey), 20, 10, kind)).at(1)
    assert found.shape == (10, 20, 3)
    assert np.array_equal(found[:, :, 0], found[:, :, 2])


def test_orientation_is_ignored(frame: MakeFrame, photo: Photo, jpeg: Encode) -> None:
    """EXIF may say that the picture is turned: boxes belong to the pixels as they are stored."""
    data = jpeg(photo(20, 10))
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    turned = data[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + data[2:]
    assert open_picture(frame(turned, 20, 10)).at(1).shape == (10, 20, 3)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no data"),
        (b"GIF89a" + bytes(100), "neither JPEG nor PNG"),
        (b"hello, this is text" * 20, "neither JPEG nor PNG"),
        (b"BM" + bytes(100), "neither JPEG nor PNG"),
        (b"\xff\xd8\xff", "cut off"),
        (b"\xff\xd8\xff\xe0\xff\xff" + bytes(100) + b"\xff\xd9", "frame header"),
        (b"\x89PNG\r\n\x1a\n", "header"),
        (png_header(100_000, 100_000), "megapixels"),
        (png_header(0, 10), "0 x 10"),
    ],
)
def test_what_is_no_picture_is_refused(frame: MakeFrame, data: bytes, why: str) -> None:
    """Bytes that are no picture, or one of impossible size, are an ImageError that says what they are."""
    assert why in refusal(frame(data, 64, 48))


def test_the_limit_holds_for_raw_frames(frame: MakeFrame) -> None:
    """A raw frame too is measured before anything is made of it."""
    side = int(MAX_PIXELS**0.5) + 1
    assert "megapixels" in refusal(frame(b"x", side, side, "raw-bgr8"))
    assert "12 bytes" in refusal(frame(b"x", 2, 2, "raw-bgr8"))


def test_another_size_than_announced_is_refused(frame: MakeFrame, photo: Photo, jpeg: Encode) -> None:
    """A frame that says one size and holds another shows that something is wrong at the camera."""
    assert "640 x 480" in refusal(frame(jpeg(photo(64, 48)), 640, 480))


def test_zeros_after_the_end_do_no_harm(frame: MakeFrame, photo: Photo, jpeg: Encode) -> None:
    """USB cameras fill their buffers with zeros: the picture before them is whole."""
    assert open_picture(frame(jpeg(photo(20, 10)) + bytes(5000), 20, 10)).at(1).shape == (10, 20, 3)


def test_cmyk_is_refused(frame: MakeFrame, photo: Photo, jpeg: Encode) -> None:
    """A JPEG of four channels has no colours that a model could know."""
    data = bytearray(jpeg(photo(20, 10)))
    start = data.index(b"\xff\xc0")
    data[start + 9] = 4
    assert "CMYK" in refusal(frame(bytes(data), 20, 10))


@given(share=st.floats(0.05, 0.98))
@pytest.mark.parametrize("kind", ["png", "jpeg"])
def test_a_picture_that_is_cut_off_is_refused(
    *, frame: MakeFrame, photo: Photo, jpeg: Encode, png: Encode, kind: str, share: float
) -> None:
    """Half a picture is never judged, wherever it ends."""
    data = {"png": png, "jpeg": jpeg}[kind](photo(64, 48))
    assert refusal(frame(data[: int(len(data) * share)], 64, 48, kind))


@given(seed=st.integers(0, 2**32 - 1))
@pytest.mark.parametrize("kind", ["png", "jpeg"])
def test_damaged_bytes_never_raise_anything_else(
    *, frame: MakeFrame, photo: Photo, jpeg: Encode, png: Encode, kind: str, seed: int
) -> None:
    """Whatever was damaged on the way, the result is a picture of the announced size or an ImageError."""
    random = np.random.default_rng(seed)
    data = np.frombuffer({"png": png, "jpeg": jpeg}[kind](photo(64, 48)), np.uint8).copy()
    data[random.integers(0, len(data), 8)] = random.integers(0, 256, 8)
    for scale in SCALES:
        try:
            assert open_picture(frame(data.tobytes(), 64, 48, kind)).at(scale).ndim == 3
        except ImageError as error:
            assert str(error)  # noqa: PT017 - that it is one of these two is what is shown


def test_a_png_whose_chunk_claims_more_than_there_is_never_reaches_the_decoder(
    frame: MakeFrame, photo: Photo, png: Encode
) -> None:
    """OpenCV would first take the 4 GB that four damaged bytes announce."""
    data = bytearray(png(photo(64, 48)))
    data[33:37] = b"\xff\xff\xff\xff"
    assert refusal(frame(bytes(data), 64, 48, "png")) == "a PNG that is cut off"


@given(ratio=st.floats(0.001, 20))
def test_the_scale_is_the_largest_that_covers(ratio: float) -> None:
    """The decoded picture is never smaller than the model's input, unless the frame itself is."""
    scale = scale_for(ratio)
    assert scale == 1 or scale * ratio <= 1
    assert scale == 8 or 2 * scale * ratio > 1
