"""The header reader believes nothing that a file says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okko.image_header import is_complete, read_size


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("jpeg", ("jpeg", 48, 32)),
        ("png", ("png", 48, 32)),
        ("png16", ("png", 48, 32)),
        ("rgba", ("png", 48, 32)),
        ("truncated", ("jpeg", 48, 32)),
        ("truncated_png", ("png", 48, 32)),
        ("bmp", None),
        ("gif", None),
        ("empty", None),
        ("text", None),
    ],
)
def test_size_is_told_by_the_bytes(files: dict[str, bytes], name: str, expected: tuple[str, int, int] | None) -> None:
    """JPEG and PNG tell their size, even where their end is missing; nothing else does."""
    assert read_size(files[name]) == expected


@pytest.mark.parametrize("name", ["jpeg", "png"])
def test_any_truncation_is_survived(files: dict[str, bytes], name: str) -> None:
    """Cut off anywhere, a file gives its true size or none, and counts as complete only with its end."""
    data = files[name]
    whole = read_size(data)
    for length in range(len(data)):
        assert read_size(data[:length]) in (None, whole)
    assert is_complete(data)
    assert not is_complete(data[: len(data) - 20])


@given(st.sampled_from([b"", b"\xff\xd8", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"]), st.binary(max_size=200))
def test_any_bytes_are_survived(start: bytes, rest: bytes) -> None:
    """Whatever follows a signature, the answer is a size within bounds or none."""
    size = read_size(start + rest)
    is_complete(start + rest)
    assert size is None or all(1 <= side <= 65535 for side in size[1:])


def test_an_absurd_size_is_not_told() -> None:
    """A PNG that claims two thousand million pixels a side has no size that a frame could carry."""
    header = b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4, "big") + b"IHDR" + b"\x7f\xff\xff\xff" * 2
    assert read_size(header) is None


def test_a_segment_without_length_ends_the_search() -> None:
    """A JPEG segment of length 0 cannot make the reader go round in circles."""
    assert read_size(b"\xff\xd8\xff\xe0\x00\x00" * 10) is None


def test_an_end_inside_a_thumbnail_does_not_make_a_file_complete(files: dict[str, bytes]) -> None:
    """The end marker of an embedded thumbnail is not the picture's own."""
    jpeg = files["jpeg"]
    thumbnail = b"\xff\xe1" + (len(jpeg) + 2).to_bytes(2, "big") + jpeg
    nested = jpeg[:2] + thumbnail + jpeg[2:]
    assert is_complete(nested)
    assert not is_complete(nested[:-20])


@pytest.mark.parametrize("length", [2**32 - 1, 2**31 - 1, 100_000, 5])
def test_a_chunk_that_claims_what_is_not_there_makes_a_picture_incomplete(files: dict[str, bytes], length: int) -> None:
    """A decoder would take that much memory before it looks: two seconds and 2 GB for 6 kB."""
    data = bytearray(files["png"])
    assert is_complete(bytes(data))
    data[33:37] = length.to_bytes(4, "big")
    assert data[37:41] == b"IDAT"
    assert not is_complete(bytes(data))
