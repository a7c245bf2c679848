"""Recorded frames with what people drew on them, as a COCO document. Pure."""

import itertools
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

import msgspec

from okko import contracts as c
from recorder.annotations import Annotation
from recorder.reader import StoredFrame, StoredItem
from workshop.coco import rle
from workshop.coco.document import Category, Document, Image, OkkoImage, Thing
from workshop.coco.view import FULL, Box, View, area_px

_decode = msgspec.json.Decoder(c.Item).decode


class Exporting:
    """Takes items one after the other, and gives the document of all of them."""

    def __init__(self, labels: Iterable[str] = ()) -> None:
        """`labels` get the first numbers, so that a second export has the same ones."""
        self._categories = {label: number for number, label in enumerate(sorted(set(labels)), 1)}
        self._images: list[Image] = []
        self._things: list[Thing] = []
        self._numbers = itertools.count(1)

    def add(
        self, stored: StoredItem, drawn: Mapping[str, Iterable[Annotation]], *, only_drawn: bool
    ) -> list[StoredFrame]:
        """Take an item's frames; with `only_drawn` those that somebody drew on. Gives those that were taken."""
        told = _decode(stored.item)
        taken = [frame for frame in stored.frames if frame.width_px and (frame.frame_id in drawn or not only_drawn)]
        for frame in taken:
            image = Image(
                id=len(self._images) + 1,
                file_name=file_name(frame),
                width=frame.width_px,
                height=frame.height_px,
                date_captured=told.decided_at,
                okko=OkkoImage(
                    frame_id=frame.frame_id,
                    item_id=told.item_id,
                    camera=frame.camera,
                    sha256=frame.sha256,
                    part_id=told.part_id,
                    verdict=told.verdict,
                    label=None if stored.label is None else stored.label.label,
                ),
            )
            self._images.append(image)
            view = View(frame.width_px, frame.height_px, roi_of(frame))
            self._things += [self._thing(image, one, view) for one in drawn.get(frame.frame_id, ())]
        return taken

    def document(self, station: str) -> Document:
        """All that was taken."""
        made = datetime.now(UTC).isoformat(timespec="seconds")
        return Document(
            info={"description": f"recorded by okko at {station}", "date_created": made},
            images=self._images,
            annotations=self._things,
            categories=[Category(id=number, name=label) for label, number in self._categories.items()],
        )

    def _thing(self, image: Image, drawn: Annotation, view: View) -> Thing:
        category = self._categories.setdefault(drawn.label, len(self._categories) + 1)
        box = view.box_to_px(drawn.box)
        segmentation: Any = [view.points_to_px(points) for points in drawn.polygons]
        area = sum(area_px(points) for points in segmentation) or box[2] * box[3]
        if drawn.mask is not None:
            segmentation = {"size": [drawn.mask.height_px, drawn.mask.width_px], "counts": drawn.mask.counts}
            area = float(rle.area_px(rle.counts_in(drawn.mask.counts)))
        return Thing(
            id=next(self._numbers),
            image_id=image.id,
            category_id=category,
            bbox=box,
            segmentation=segmentation,
            area=round(area, 2),
            iscrowd=0,
        )


def file_name(frame: StoredFrame) -> str:
    """What a frame's image is called in the document and in a folder of images: by its id."""
    return PurePosixPath(frame.path).name


def roi_of(frame: StoredFrame) -> Box:
    """What part of the full frame the picture shows."""
    return FULL if frame.roi is None else msgspec.json.decode(frame.roi, type=tuple[float, float, float, float])
