import io
from typing import Any

import cv2
import numpy as np
import pytest
from rich.console import Console

from okko import contracts as c
from okko.watch.pictures import HALF_BLOCK, Gallery, can_show, rows_of, thumbnail, widest
from okko.watch.seen import Shot
from watched import SECOND_NS, frame


def red_over_blue() -> "np.ndarray[Any, Any]":
    """64 x 64 pixels, BGR."""
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[:32, :, 2] = 255
    picture[32:, :, 0] = 255
    return picture


def jpeg(picture: "np.ndarray[Any, Any]") -> memoryview:
    """As a camera encodes it."""
    return memoryview(cv2.imencode(".jpg", picture)[1].tobytes())


def shot(of: c.Frame) -> Shot:
    """A frame with a verdict."""
    return Shot(of, "OK", "", "duck")


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"encoding": "jpeg", "data": jpeg(red_over_blue())},
        {"encoding": "raw-bgr8", "data": memoryview(red_over_blue().tobytes())},
    ],
    ids=["png", "jpeg", "raw"],
)
def test_two_pixels_stand_in_each_cell(more: dict[str, Any]) -> None:
    """The upper one is the block's colour, the lower one the ground's; cells that look the same are one run."""
    lines = thumbnail(frame("item-1", image=red_over_blue(), **more), 16)
    assert [sum(len(segment.text) for segment in line) for line in lines] == [16] * 8
    for line, (red, blue) in ((lines[0], (240, 0)), (lines[-1], (0, 240))):
        assert {char for segment in line for char in segment.text} == {HALF_BLOCK}
        for segment in line:
            assert segment.style is not None
            for colour in (segment.style.color, segment.style.bgcolor):
                assert colour is not None
                assert colour.triplet is not None
                assert colour.triplet.red == pytest.approx(red, abs=24)
                assert colour.triplet.blue == pytest.approx(blue, abs=24)


def a_png_of(width: int, height: int) -> memoryview:
    """A file whose header claims this size."""
    whole = bytearray(frame("item-1").data)
    whole[16:20], whole[20:24] = width.to_bytes(4, "big"), height.to_bytes(4, "big")
    return memoryview(bytes(whole))


@pytest.mark.parametrize(
    "more",
    [
        {"data": memoryview(b"")},
        {"data": memoryview(b"no picture")},
        {"data": frame("item-1").data[:60]},
        {"data": a_png_of(30_000, 30_000)},
        {"encoding": "raw-bgr8", "data": memoryview(bytes(10))},
        {"encoding": "raw-bgr8", "data": memoryview(bytes(300)), "width_px": 65_535, "height_px": 65_535},
    ],
    ids=["empty", "text", "truncated", "bomb", "too few bytes", "too large"],
)
def test_what_is_no_picture_is_not_drawn(more: dict[str, Any]) -> None:
    """Nor is one that would take the memory of the line."""
    assert thumbnail(frame("item-1", **more), 16) == []


def test_pictures_are_as_wide_as_there_is_room_for() -> None:
    """In width and height, side by side; none where nothing could be told from them."""
    shots = {camera: shot(frame("item-1", camera)) for camera in ("left", "right")}
    assert widest(shots, 60, 40) == 29
    assert widest(shots, 200, 40) == 40
    assert widest(shots, 200, 6) == 17
    assert rows_of(shots["left"].frame, 17) == 6
    assert widest(shots, 20, 40) == widest(shots, 60, 3) == widest({}, 60, 40) == 0


def test_a_camera_is_drawn_a_few_times_a_second_at_most() -> None:
    """In between, the last picture stays, with the verdict that belongs to it; another width is drawn at once."""
    gallery = Gallery(cameras=2)
    first, second = (shot(frame(f"item-{number}")) for number in (1, 2))
    begin = gallery.draw("left", first, 16, 0)
    assert gallery.draw("left", second, 16, SECOND_NS // 4) == begin
    assert gallery.draw("left", second, 16, SECOND_NS // 2)[0] is second
    assert gallery.draw("left", first, 20, SECOND_NS // 2)[0] is first


@pytest.mark.parametrize(
    ("system", "no_color", "shows"),
    [("truecolor", False, True), ("256", False, True), ("standard", False, False), ("truecolor", True, False)],
)
def test_pictures_need_colours(system: Any, *, no_color: bool, shows: bool) -> None:
    """256 of them at least, and nobody who asked for none (`NO_COLOR`)."""
    console = Console(file=io.StringIO(), force_terminal=True, color_system=system, no_color=no_color)
    assert can_show(console) is shows
