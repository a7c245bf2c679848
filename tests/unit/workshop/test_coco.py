"""Boxes and masks as a COCO file: as its own tools read it, and back without loss."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from okko import contracts as c
from okko.errors import ContractError
from recorded_item import recorded_item
from recorder.annotations import MAX_FRAMES, Annotation, FrameAnnotations, Mask
from recorder.reader import StoredFrame, StoredItem, StoredLabel
from workshop.coco import rle
from workshop.coco.document import Category, Document, Image, Thing, read
from workshop.coco.export import Exporting
from workshop.coco.load import batches, taken
from workshop.coco.view import View, area_px

WIDTH, HEIGHT = 64, 48


def frame(name: str = "f1", **changes: Any) -> StoredFrame:
    """A recorded frame of 64 x 48."""
    fields = {"camera": "top", "path": f"images/2026-11-25/10/{name}.jpg", "sha256": name * 32, "size_bytes": 5}
    size = {"width_px": WIDTH, "height_px": HEIGHT, "source": "", **changes}
    return StoredFrame(frame_id=name, **{**fields, **size})


def exported(drawn: Mapping[str, Sequence[Annotation]], *frames: StoredFrame, only_drawn: bool = False) -> Document:
    """The document of one item with these frames."""
    text = c.encode(recorded_item()).decode()
    exporting = Exporting()
    exporting.add(StoredItem(text, frames, label=StoredLabel("dent", False, "anna", 5)), drawn, only_drawn=only_drawn)  # noqa: FBT003 - as its rows come
    return exporting.document("okko/v1/canario/ducks/line-1")


def mask_of(pixels: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]") -> Mask:
    """A mask as pycocotools makes it."""
    made = coco_mask.encode(np.asfortranarray(pixels))
    return Mask(width_px=pixels.shape[1], height_px=pixels.shape[0], counts=made["counts"].decode())


def blot() -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    """An uneven shape."""
    pixels = np.zeros((HEIGHT, WIDTH), np.uint8)
    pixels[10:20, 5:30] = 1
    pixels[15:40, 25:28] = 1
    return pixels


BOX = Annotation(label="dent", box=(0.25, 0.25, 0.5, 0.75))
POLYGON = Annotation(label="scratch", box=(0.0, 0.0, 0.5, 0.5), polygons=((0.0, 0.0, 0.5, 0.0, 0.5, 0.5),))
MASKED = Annotation(label="blot", box=(5 / 64, 10 / 48, 30 / 64, 40 / 48), mask=mask_of(blot()))


def test_what_is_exported_is_read_by_coco_itself(tmp_path: Path) -> None:
    """Boxes in pixels, areas, polygons and masks as its own tools count them."""
    file = tmp_path / "coco.json"
    file.write_bytes(msgspec.json.encode(exported({"f1": [BOX, POLYGON, MASKED]}, frame())))
    coco = COCO(str(file))
    (image,) = coco.loadImgs(coco.getImgIds())
    assert (image["file_name"], image["width"], image["height"]) == ("f1.jpg", WIDTH, HEIGHT)
    assert (image["okko"]["frame_id"], image["okko"]["label"]) == ("f1", "dent")
    box, polygon, masked = coco.loadAnns(coco.getAnnIds())
    assert (box["bbox"], box["area"], box["segmentation"]) == ([16.0, 12.0, 16.0, 24.0], 384.0, [])
    assert polygon["area"] == pytest.approx(WIDTH / 2 * HEIGHT / 2 / 2)
    assert np.array_equal(coco.annToMask(masked), blot())
    assert masked["area"] == blot().sum()
    assert coco.annToMask(polygon).sum() == pytest.approx(polygon["area"], rel=0.2)
    names = {one["id"]: one["name"] for one in coco.loadCats(coco.getCatIds())}
    assert [names[one["category_id"]] for one in (box, polygon, masked)] == ["dent", "scratch", "blot"]
    assert len({one["id"] for one in (box, polygon, masked)}) == 3


def test_what_is_exported_comes_back_as_it_was() -> None:
    """By the frame's id, whatever part of the full frame the picture shows."""
    roi = frame("f2", roi="[0.25,0.0,0.75,1.0]")
    inside = Annotation(label="dent", box=(0.3, 0.25, 0.5, 0.75), polygons=((0.3, 0.25, 0.5, 0.25, 0.5, 0.75),))
    document = exported({"f1": [BOX, POLYGON, MASKED], "f2": [inside]}, frame(), roi)
    again = taken(read(msgspec.json.encode(document)), [frame(), roi])
    assert again.problems == []
    drawn = {one.frame_id: one.annotations for one in again.frames}
    assert drawn["f1"][0] == BOX
    assert drawn["f1"][1] == POLYGON
    assert drawn["f1"][2].mask == MASKED.mask
    assert drawn["f2"][0].box == pytest.approx(inside.box, abs=1e-3)
    assert drawn["f2"][0].polygons[0] == pytest.approx(inside.polygons[0], abs=1e-3)


def test_only_frames_that_somebody_drew_on() -> None:
    """Where these alone are asked for; a frame whose size is unknown is left out in any case."""
    drawn = {"f1": [BOX]}
    assert len(exported(drawn, frame(), frame("f2")).images) == 2
    assert len(exported(drawn, frame(), frame("f2"), only_drawn=True).images) == 1
    assert exported(drawn, frame(width_px=0, height_px=0)).images == []


def document_of(*things: Thing, image: Image | None = None) -> Document:
    """A document as another tool writes it."""
    image = image or Image(id=7, file_name="f1.jpg", width=WIDTH, height=HEIGHT)
    return Document(images=[image], annotations=list(things), categories=[Category(id=3, name="dent")])


def thing(**changes: Any) -> Thing:
    """A box of a dent."""
    return Thing(**{"id": 1, "image_id": 7, "category_id": 3, "bbox": (16, 12, 16, 24), **changes})


@pytest.mark.parametrize(
    ("image", "found"),
    [
        ({"file_name": "some/folder/f1.png"}, "f1"),
        ({"file_name": "C:\\ducks\\f1.jpg"}, "f1"),
        ({"file_name": "other.jpg", "sha256": "f1" * 32}, "f1"),
        ({"file_name": "other.jpg", "okko": {"frame_id": "f1"}}, "f1"),
        ({"file_name": "duck-2.jpg"}, "f2"),
        ({"file_name": "twice.jpg"}, "2 recorded frames are of this picture or name"),
        ({"file_name": "unknown.jpg"}, "no recorded frame has this id, hash or name"),
    ],
)
def test_an_image_finds_its_frame(image: dict[str, Any], found: str) -> None:
    """By the id in its name, what okko noted, its hash, or the name of the file that the camera read."""
    frames = [
        frame(),
        frame("f2", source="ducks/duck-2.jpg"),
        *(frame(name, source="twice.jpg") for name in ("f3", "f4")),
    ]
    asked = msgspec.convert({"id": 7, "width": WIDTH, "height": HEIGHT, **image}, Image)
    result = taken(document_of(thing(), image=asked), frames)
    told = [one.frame_id for one in result.frames] or result.problems
    assert found in told[0]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"category_id": 9}, "there is no category 9"),
        ({"bbox": None}, "neither a box nor a segmentation"),
        ({"bbox": (70, 10, 5, 5)}, "is empty, or outside"),
        ({"bbox": (10, 10, 0, 5)}, "is empty, or outside"),
        ({"segmentation": {"size": [HEIGHT, WIDTH], "counts": [5, 5]}}, "its mask is of 10 pixels"),
        ({"segmentation": {"size": [HEIGHT, WIDTH], "counts": "\\x01"}}, "no letter of a COCO mask"),
        ({"segmentation": [[1, 2]]}, "Expected"),
        ({"segmentation": [["a", "b"]]}, "could not convert"),
        ({"image_id": 8}, "there is no image 8"),
    ],
)
def test_what_cannot_be_taken_over_is_named(changes: dict[str, Any], why: str) -> None:
    """With its reason; the others of the same image are."""
    result = taken(document_of(thing(id=5, **changes), thing()), [frame()])
    assert result.annotations == 1
    (problem,) = result.problems
    assert why in problem
    assert "annotation 5" in problem


def test_a_box_follows_from_a_segmentation() -> None:
    """Where a tool wrote none; uncompressed masks are taken too, and a smaller copy of the picture."""
    counts = rle.counts_in(MASKED.mask.counts) if MASKED.mask else []
    masked = thing(bbox=None, segmentation={"size": [HEIGHT, WIDTH], "counts": counts})
    polygon = thing(bbox=None, segmentation=[[0, 0, 16, 0, 16, 12]])
    result = taken(document_of(masked, polygon), [frame(width_px=640, height_px=480)])
    first, second = result.frames[0].annotations
    assert first.box == pytest.approx(MASKED.box, abs=1e-6)
    assert first.mask == MASKED.mask
    assert second.box == (0.0, 0.0, 0.25, 0.25)


@given(st.integers(1, 40), st.integers(1, 40), st.randoms(use_true_random=False))
def test_masks_are_those_of_pycocotools(width: int, height: int, random: Any) -> None:
    """Text, counts, area and box, of any mask."""
    bits = [random.random() < 0.3 for _ in range(width * height)]
    pixels = np.array(bits, np.uint8).reshape(height, width)
    made = coco_mask.encode(np.asfortranarray(pixels))
    counts = rle.counts_in(made["counts"].decode())
    assert rle.text_of(counts) == made["counts"].decode()
    assert sum(counts) == width * height
    assert rle.area_px(counts) == coco_mask.area(made)
    x, y, across, down = coco_mask.toBbox(made)
    assert rle.box_px(counts, height) == ((x, y, x + across, y + down) if pixels.any() else None)


@given(st.text(max_size=30))
def test_rubbish_is_no_mask(text: str) -> None:
    """It is refused, or it is a list of counts; never another error."""
    with suppress(ValueError):
        assert all(count >= 0 for count in rle.counts_in(text))


def test_a_view_shows_a_part_of_the_frame() -> None:
    """There and back; what lies outside is at the border."""
    view = View(100, 200, (0.5, 0.0, 1.0, 0.5))
    assert view.to_px(0.75, 0.25) == (50.0, 100.0)
    assert view.from_px(50, 100) == (0.75, 0.25)
    assert view.to_px(0.1, 0.9) == (0.0, 200.0)
    assert view.box_to_px((0.5, 0.0, 1.0, 0.5)) == (0.0, 0.0, 100.0, 200.0)
    assert area_px([0, 0, 10, 0, 10, 10, 0, 10]) == 100


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"images": 7}', b"\\xff", b'{"images": [], "annotations": []}']
)
def test_what_is_no_coco_file_is_refused(content: bytes) -> None:
    """With what was expected."""
    with pytest.raises(ContractError, match="COCO file"):
        read(content)


def test_frames_go_in_messages_of_bounded_size() -> None:
    """Ten thousand annotations too."""
    few = [FrameAnnotations(frame_id=f"f{number}", annotations=(BOX,)) for number in range(MAX_FRAMES * 2 + 1)]
    assert [len(batch) for batch in batches(few)] == [MAX_FRAMES, MAX_FRAMES, 1]
    large = Annotation(label="x", box=BOX.box, polygons=((0.123456,) * 20_000,))
    many = [FrameAnnotations(frame_id=f"f{number}", annotations=(large,) * 6) for number in range(3)]
    assert [len(batch) for batch in batches(many)] == [1, 1, 1]
