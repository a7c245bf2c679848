"""Maps: cut to the picture, small, and telling where they belong."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_agent import maps
from inference_agent.bundle import Input
from inference_agent.geometry import Geometry
from inference_agent.preprocess import Preprocessor
from inference_agent.tensor import TensorSpec

WHOLE = Geometry(64, 64)
LABELS = ("nothing", "scratch", "stain")


def test_without_margins_the_grid_is_the_map() -> None:
    """A grid that covers the picture is taken as it is, without a copy."""
    grid = np.zeros((5, 7), np.uint8)
    assert maps.shown(grid, WHOLE) is grid


@pytest.mark.parametrize(
    ("resize", "size", "cut"),
    [
        ("letterbox", (64, 32), (slice(16, 48), slice(0, 64))),
        ("letterbox", (16, 64), (slice(0, 64), slice(24, 40))),
        ("crop", (64, 32), (slice(0, 64), slice(0, 64))),
        ("stretch", (64, 32), (slice(0, 64), slice(0, 64))),
    ],
)
def test_margins_of_a_letterbox_are_no_part_of_a_map(
    resize: str, size: tuple[int, int], cut: tuple[slice, slice]
) -> None:
    """What the preprocessor says it has shown is what stays of a grid as fine as the input, and nothing else."""
    tensor = TensorSpec("in", 64, 64, 3, channels_first=False, dtype=np.dtype(np.uint8))
    width, height = size
    image = np.zeros((height, width, 3), np.uint8)
    geometry = Preprocessor(Input(resize=resize), tensor).fill(image, np.zeros(tensor.shape, np.uint8))
    grid = np.arange(64 * 64, dtype=np.float32).reshape(64, 64)
    assert np.array_equal(maps.shown(grid, geometry), grid[cut])


@given(
    width=st.integers(8, 400),
    height=st.integers(8, 400),
    cells=st.integers(1, 70),
    resize=st.sampled_from(["stretch", "letterbox", "crop"]),
    roi=st.sampled_from([None, (0.25, 0.5, 0.75, 1.0)]),
)
def test_a_place_of_the_map_is_the_place_of_the_frame(
    width: int, height: int, cells: int, resize: str, roi: tuple[float, float, float, float] | None
) -> None:
    """Of a grid that holds its own coordinates, each place of the map holds, to a cell, where it is in the frame."""
    tensor = TensorSpec("in", 64, 48, 3, channels_first=False, dtype=np.dtype(np.uint8))
    image = np.zeros((height, width, 3), np.uint8)
    geometry = Preprocessor(Input(resize=resize), tensor).fill(image, np.zeros(tensor.shape, np.uint8)).within(roi)
    centres = (np.arange(cells, dtype=np.float32) + np.float32(0.5)) / np.float32(cells)
    across = maps.shown(np.broadcast_to(centres, (cells, cells)), geometry)
    down = maps.shown(np.broadcast_to(centres[:, None], (cells, cells)), geometry)
    x0, y0, x1, y1 = geometry.frame_box
    if roi is not None:
        assert min(x0 - 0.25, y0 - 0.5, 0.75 - x1, 1.0 - y1) > -1e-9
    rows, columns = across.shape
    for row, column in ((0, 0), (rows - 1, columns - 1), (rows // 2, columns // 2)):
        x, y = geometry.to_frame(float(across[row, column]), float(down[row, column]))
        assert x == pytest.approx(x0 + (column + 0.5) / columns * (x1 - x0), abs=0.5 * geometry.scale_x / cells + 1e-5)
        assert y == pytest.approx(y0 + (row + 0.5) / rows * (y1 - y0), abs=0.5 * geometry.scale_y / cells + 1e-5)


def test_a_map_of_classes_names_what_occurs() -> None:
    """Its pixels are indices into its own labels, which are only those that occur."""
    indices = np.zeros((4, 6), np.uint8)
    indices[1:3, 2] = 2
    found = maps.of_classes(indices, LABELS, WHOLE)
    assert (found.kind, found.labels, found.box) == ("classes", ("nothing", "stain"), (0, 0, 1, 1))
    assert np.array_equal(maps.pixels(found), indices // 2)


def test_what_is_small_stays_in_a_map_that_is_made_smaller() -> None:
    """One pixel of a rare class in a grid of a thousand is still to be seen."""
    indices = np.zeros((500, 1000), np.uint8)
    indices[100:400, 100:900] = 2
    indices[250, 501] = 1
    found = maps.of_classes(indices, LABELS, WHOLE)
    image = maps.pixels(found)
    assert image.shape == (64, 128)
    assert found.labels[image[32, 64]] == "scratch"
    assert found.labels[image[32, 30]] == "stain"
    assert found.labels[image[2, 2]] == "nothing"
    assert (image == found.labels.index("scratch")).sum() == 1


def test_a_heat_map_has_its_bounds() -> None:
    """Values come back from the pixels, low and high to within one 255th of the range; what is beyond is clipped."""
    values = np.array([[0.0, 1.0], [2.0, 4.0]], np.float32)
    found = maps.of_heat(values, WHOLE)
    back = found.low + (found.high - found.low) * maps.pixels(found).astype(np.float32) / 255
    assert (found.kind, found.low, found.high) == ("heat", 0, 4)
    assert np.abs(back - values).max() <= 4 / 255
    assert maps.pixels(maps.of_heat(values, WHOLE, 1, 2)).tolist() == [[0, 0], [255, 255]]


def test_a_hot_spot_stays_in_a_map_that_is_made_smaller() -> None:
    """One hot pixel of a large grid is the hottest of the map."""
    values = np.zeros((1000, 500), np.float32)
    values[501, 250] = 3
    image = maps.pixels(maps.of_heat(values, WHOLE))
    assert image.shape == (128, 64)
    assert image.max() == image[64, 32] == 255


def test_a_flat_heat_map_is_black() -> None:
    """Where all values are alike nothing is divided by zero."""
    assert not maps.pixels(maps.of_heat(np.full((3, 3), 7, np.float32), WHOLE)).any()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_heat_map_of_no_numbers_is_refused(bad: float) -> None:
    """A model that gives NaN has failed, and draws nothing."""
    with pytest.raises(ValueError, match="not a number"):
        maps.of_heat(np.array([[0, bad]], np.float32), WHOLE)


@pytest.mark.parametrize("size", [(128, 128), (2000, 1500), (1, 3000), (257, 257)])
def test_even_a_map_of_noise_is_small(size: tuple[int, int]) -> None:
    """Whatever a model gives, the picture has at most 8 kB and its sides keep their ratio."""
    random = np.random.default_rng(1)
    classes = maps.of_classes(random.integers(0, 256, size, np.uint8), tuple(map(str, range(256))), WHOLE)
    heat = maps.of_heat(random.random(size, np.float32), WHOLE)
    for found in (classes, heat):
        assert len(found.png) <= maps.MAX_PNG_BYTES * 4 / 3 + 4
        height, width = maps.pixels(found).shape
        assert max(height, width) <= maps.MAX_SIDE_PX
        assert height / width == pytest.approx(size[0] / size[1], rel=0.1) or min(height, width) == 1


@pytest.mark.parametrize("text", ["", "bm90IGEgcG5n", "!"])
def test_what_is_no_picture_is_refused(text: str) -> None:
    """A map whose text is damaged is told, and draws nothing."""
    found = maps.of_heat(np.zeros((2, 2), np.float32), WHOLE)
    with pytest.raises(ValueError, match=r"PNG|base64"):
        maps.pixels(type(found)(kind="heat", box=found.box, png=text))
