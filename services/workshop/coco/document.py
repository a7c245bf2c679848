"""A COCO file: images, what is in them, and the names of the classes. What okko adds stands under `okko`. Pure."""

from typing import Any

import msgspec
from msgspec import Struct

from okko.errors import ContractError

MAX_BYTES = 512 * 1024 * 1024


class OkkoImage(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where an image comes from: enough to find its frame again."""

    frame_id: str
    item_id: str = ""
    camera: str = ""
    sha256: str = ""
    part_id: str = ""
    verdict: str = ""
    label: str | None = None


class Image(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One picture."""

    id: int | str
    file_name: str
    width: int = 0
    height: int = 0
    date_captured: str = ""
    sha256: str = ""
    okko: OkkoImage | None = None


class Thing(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing in a picture: `bbox` is x, y, width, height in pixels; `segmentation` polygons, or a mask as RLE."""

    id: int | str
    image_id: int | str
    category_id: int | str
    bbox: tuple[float, float, float, float] | None = None
    segmentation: Any = ()
    area: float = -1.0
    iscrowd: int = msgspec.field(default=-1)


class Category(Struct, frozen=True, kw_only=True):
    """A class."""

    id: int | str
    name: str
    supercategory: str = ""


class Document(Struct, frozen=True, kw_only=True):
    """The whole file."""

    images: list[Image]
    annotations: list[Thing]
    categories: list[Category]
    info: dict[str, Any] = {}
    licenses: list[Any] = []


def read(content: bytes) -> Document:
    """The document that a file holds.

    Raises:
        ContractError: if it holds none.
    """
    try:
        return msgspec.json.decode(content, type=Document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ContractError("COCO file", str(error)) from error
