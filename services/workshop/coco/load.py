"""What a COCO document says of recorded frames, as annotations; and what of it cannot be taken over, with why. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

import msgspec

from okko.errors import ContractError
from recorder.annotations import MAX_ANNOTATIONS, MAX_FRAMES, Annotation, FrameAnnotations, Mask
from recorder.reader import StoredFrame
from workshop.coco import rle
from workshop.coco.document import Document, Image, Thing
from workshop.coco.export import roi_of
from workshop.coco.view import Box, View

MAX_MESSAGE_BYTES = 1_500_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """By what frames are looked for in the record: ids, hashes, and names of files."""

    frame_ids: frozenset[str]
    hashes: frozenset[str]
    names: frozenset[str]


@dataclass(slots=True)
class Taken:
    """What was understood: annotations by frame, and a line for each thing that was not."""

    frames: list[FrameAnnotations] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def annotations(self) -> int:
        """How many there are."""
        return sum(len(frame.annotations) for frame in self.frames)


def wanted(document: Document) -> Wanted:
    """By what the images of a document could be found."""
    images = document.images
    return Wanted(
        frame_ids=frozenset(frame_id for image in images for frame_id in _ids(image)),
        hashes=frozenset(found for image in images if (found := _hash(image))),
        names=frozenset(_name(image) for image in images),
    )


def taken(document: Document, frames: Iterable[StoredFrame]) -> Taken:
    """The annotations of a document for these frames. Images on which it has none are left as they are."""
    found = Taken()
    matches = _Matches(frames)
    categories = {category.id: category.name for category in document.categories}
    things = defaultdict(list)
    for thing in document.annotations:
        things[thing.image_id].append(thing)
    for image in document.images:
        if not (in_image := things.pop(image.id, None)):
            continue
        frame, why = matches.of(image)
        if frame is None:
            found.problems.append(f"{image.file_name}: {why}")
            continue
        drawn = list(_annotations(image, frame, in_image, categories, found.problems))
        if len(drawn) > MAX_ANNOTATIONS:
            found.problems.append(f"{image.file_name}: {len(drawn)} annotations, at most {MAX_ANNOTATIONS} are kept")
            drawn = drawn[:MAX_ANNOTATIONS]
        if drawn:
            found.frames.append(FrameAnnotations(frame_id=frame.frame_id, annotations=tuple(drawn)))
    orphans = [thing for of_none in things.values() for thing in of_none]
    found.problems += [f"annotation {thing.id}: there is no image {thing.image_id}" for thing in orphans]
    return found


def batches(frames: Iterable[FrameAnnotations]) -> Iterator[tuple[FrameAnnotations, ...]]:
    """As many frames together as a message takes."""
    batch: list[FrameAnnotations] = []
    size = 0
    for frame in frames:
        bytes_ = len(msgspec.json.encode(frame))
        if batch and (len(batch) == MAX_FRAMES or size + bytes_ > MAX_MESSAGE_BYTES):
            yield tuple(batch)
            batch, size = [], 0
        batch.append(frame)
        size += bytes_
    if batch:
        yield tuple(batch)


class _Matches:
    """Frames by all that an image may name them by."""

    def __init__(self, frames: Iterable[StoredFrame]) -> None:
        self._by_id: dict[str, StoredFrame] = {}
        self._by_hash: dict[str, list[StoredFrame]] = defaultdict(list)
        self._by_name: dict[str, list[StoredFrame]] = defaultdict(list)
        for frame in frames:
            self._by_id[frame.frame_id] = frame
            self._by_hash[frame.sha256].append(frame)
            self._by_name[PurePosixPath(frame.source).name].append(frame)

    def of(self, image: Image) -> tuple[StoredFrame | None, str]:
        """The frame of an image, or why there is none."""
        for frame_id in _ids(image):
            if frame_id in self._by_id:
                return self._by_id[frame_id], ""
        for found in (self._by_hash.get(_hash(image), []), self._by_name.get(_name(image), [])):
            if len(found) == 1:
                return found[0], ""
            if found:
                return None, f"{len(found)} recorded frames are of this picture or name; export it from the record"
        return None, "no recorded frame has this id, hash or name"


def _annotations(
    image: Image, frame: StoredFrame, things: list[Thing], categories: Mapping[Any, str], problems: list[str]
) -> Iterator[Annotation]:
    # A tool may have worked on a smaller copy: what it says is in the pixels of that.
    view = View(image.width or frame.width_px, image.height or frame.height_px, roi_of(frame))
    for thing in things:
        try:
            yield _annotation(thing, view, categories)
        except (ValueError, TypeError, KeyError, ContractError) as error:
            problems.append(f"{image.file_name}: annotation {thing.id}: {error}")


def _annotation(thing: Thing, view: View, categories: Mapping[Any, str]) -> Annotation:
    if thing.category_id not in categories:
        message = f"there is no category {thing.category_id}"
        raise ValueError(message)
    polygons: tuple[tuple[float, ...], ...] = ()
    mask, around = None, None
    if isinstance(thing.segmentation, dict):
        mask, around = _mask(thing.segmentation)
    elif thing.segmentation:
        given = [[float(value) for value in points] for points in thing.segmentation]
        polygons = tuple(view.points_from_px(points) for points in given)
        xs, ys = [x for points in given for x in points[::2]], [y for points in given for y in points[1::2]]
        around = (min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
    box = thing.bbox or around
    if box is None:
        message = "has neither a box nor a segmentation"
        raise ValueError(message)
    x0, y0, x1, y1 = view.box_from_px(box)
    if x0 >= x1 or y0 >= y1:
        message = f"its box {list(box)} is empty, or outside of the picture"
        raise ValueError(message)
    said = {"label": categories[thing.category_id], "box": (x0, y0, x1, y1), "polygons": polygons, "mask": mask}
    return msgspec.convert(said, Annotation)


def _mask(given: Mapping[str, Any]) -> tuple[Mask, Box | None]:
    height_px, width_px = (int(side) for side in given["size"])
    counts = given["counts"]
    text = counts if isinstance(counts, str) else rle.text_of([int(count) for count in counts])
    runs = rle.counts_in(text)
    if sum(runs) != height_px * width_px:
        message = f"its mask is of {sum(runs)} pixels, and not of {width_px} x {height_px}"
        raise ValueError(message)
    box = rle.box_px(runs, height_px)
    around = None if box is None else (float(box[0]), float(box[1]), float(box[2] - box[0]), float(box[3] - box[1]))
    return Mask(width_px=width_px, height_px=height_px, counts=text), around


def _ids(image: Image) -> tuple[str, ...]:
    stem = _name(image).rpartition(".")[0] or _name(image)
    return (image.okko.frame_id, stem) if image.okko is not None else (stem,)


def _hash(image: Image) -> str:
    return image.sha256 or (image.okko.sha256 if image.okko is not None else "")


def _name(image: Image) -> str:
    """The name of an image's file, whichever system's path it is."""
    return PureWindowsPath(image.file_name).name
