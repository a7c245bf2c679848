"""Messages become rows, or dead letters."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from okko import contracts as c
from okko.errors import ContractError
from recorder.records import image_path, read_frame, read_item

_SHA256_OF_X = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"camera": "side"}, "camera"),
        ({"sha256": "0" * 64}, "sha256"),
        ({"captured_at": "yesterday"}, "captured_at"),
        ({"captured_at": "2026-11-23T02:19:57"}, "captured_at"),
        ({"captured_at": "0001-01-01T00:00:00+14:00"}, "captured_at"),
        ({"encoding": "raw-bgr8", "data": b"123"}, "raw-bgr8"),
        ({"shot": 2**63}, "shot"),
    ],
)
def test_a_frame_that_is_not_what_it_says_is_refused(
    make_frame: Callable[..., c.Frame], changes: dict[str, Any], complaint: str
) -> None:
    """The error names the field, and no part of such a frame reaches the disk."""
    with pytest.raises(ContractError, match=complaint):
        read_frame(c.encode(make_frame(**changes)), "top")


@pytest.mark.parametrize(
    ("changes", "complaint"), [({"decided_at": "noon"}, "decided_at"), ({"record_seq": 2**63}, "record_seq")]
)
def test_an_item_that_cannot_be_kept_is_refused(
    make_item: Callable[..., c.Item], changes: dict[str, Any], complaint: str
) -> None:
    """A value that the store could not hold becomes a dead letter, not an error that stops all writing."""
    with pytest.raises(ContractError, match=complaint):
        read_item(c.encode(make_item(**changes)))


def test_an_item_with_broken_text_is_refused(make_item: Callable[..., c.Item]) -> None:
    """Bytes that are no UTF-8 are refused also in fields that we do not read."""
    payload = c.encode(make_item())[:-1] + b',"later":"\xff"}'
    with pytest.raises(ContractError):
        read_item(payload)


def test_an_item_is_kept_as_it_came(make_item: Callable[..., c.Item]) -> None:
    """Fields of a later version and the spelling of numbers stay."""
    payload = c.encode(make_item())[:-1] + ',"later": {"ünïcode": 1.50}}'.encode()
    assert read_item(payload).row.item.encode() == payload


def test_an_item_names_every_camera_that_had_a_part(make_item: Callable[..., c.Item]) -> None:
    """A camera that failed is found too, since that is what one looks for."""
    finding = c.Finding(rule="camera", camera="side", verdict="KO", text="no frame", reason="camera_fault")
    captured = c.Captured(item_id="item-1", camera="top", captured_at="", captured_mono_ns=1, boot_id="b")
    payload = c.encode(make_item(findings=(finding,), captured=(captured,)))
    assert read_item(payload).row.cameras == " side top "


@pytest.mark.parametrize(
    ("at", "encoding", "path"),
    [
        ("2026-11-23T02:19:57.123Z", "jpeg", "images/2026-11-23/02/item-1-top-0.jpg"),
        ("2026-11-23T02:19:57+05:30", "png", "images/2026-11-22/20/item-1-top-0.png"),
        ("0999-01-01T00:00:00Z", "jpeg", "images/0999-01-01/00/item-1-top-0.jpg"),
        ("1969-12-31T23:59:59.999Z", "jpeg", "images/1969-12-31/23/item-1-top-0.jpg"),
    ],
)
def test_a_frame_lies_under_its_hour_in_utc(
    make_frame: Callable[..., c.Frame], at: str, encoding: str, path: str
) -> None:
    """Whatever zone the camera wrote, and also before 1970."""
    assert read_frame(c.encode(make_frame(captured_at=at, encoding=encoding)), "top").path == path


def test_raw_pixels_become_bmp() -> None:
    """A raw frame's file has the ending of what it is."""
    assert image_path("f", "raw-bgr8", 0) == "images/1970-01-01/00/f.bmp"


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(payload: bytes) -> None:
    """Poison never raises anything but ContractError."""
    with suppress(ContractError):
        read_frame(payload, "top")
    with suppress(ContractError):
        read_item(payload)


@given(
    st.text(max_size=50),
    st.integers(0, 2**64 - 1),
    st.floats(),
    st.text(max_size=40) | st.datetimes().map(lambda instant: f"{instant.isoformat()}Z"),
)
def test_any_values_are_kept_or_refused(source: str, shot: int, gain: float, at: str) -> None:
    """Whatever stands in a frame's fields, it is a row or a ContractError."""
    frame = {
        "item_id": "i",
        "camera": "top",
        "frame_id": "f",
        "captured_at": at,
        "shot": shot,
        "source": source,
        "gain": gain,
    }
    more = {"captured_mono_ns": 0, "boot_id": "", "deadline_mono_ns": 0, "published_mono_ns": 0, "width_px": 1}
    rest = {"height_px": 1, "encoding": "jpeg", "data": b"x", "sha256": _SHA256_OF_X}
    with suppress(ContractError):
        read_frame(msgspec.msgpack.encode({**frame, **more, **rest}), "top")
