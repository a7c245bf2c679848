"""A picture that is shown while teaching, and what is said of it."""

import hashlib
from dataclasses import dataclass
from typing import Literal

from inference_agent.images import Picture, open_picture
from okko.contracts import Encoding, Frame
from okko.image_header import read_size

Known = Literal["OK", "KO"]


@dataclass(frozen=True, slots=True)
class Example:
    """`name` is what people find it by: a file's path below its folder, an item's id. `sha256` is of the data.

    `captured_at` is empty where nothing tells; `part_id` is the PLC's text; `defect` what a person called its defect.
    """

    name: str
    known: Known
    encoding: Encoding
    width_px: int
    height_px: int
    data: bytes
    sha256: str
    captured_at: str = ""
    part_id: str = ""
    defect: str = ""

    def open(self) -> Picture:
        """The picture, opened as the inference agent opens a camera's frame.

        Raises:
            ImageError: if it is none.
        """
        return open_picture(
            Frame(
                item_id="example",
                camera="example",
                frame_id="example",
                captured_at=self.captured_at,
                captured_mono_ns=0,
                boot_id="",
                deadline_mono_ns=0,
                published_mono_ns=0,
                width_px=self.width_px,
                height_px=self.height_px,
                encoding=self.encoding,
                data=memoryview(self.data),
                sha256=self.sha256,
            )
        )


def example_of(  # noqa: PLR0913 - what is said of it, by name
    data: bytes, name: str, known: Known, *, captured_at: str = "", part_id: str = "", defect: str = ""
) -> Example:
    """The example that a file's bytes hold: JPEG and PNG as they are, other formats decoded.

    Raises:
        ImageError: if they are no picture, or are cut off.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    if (size := read_size(data)) is not None:
        encoding, width_px, height_px = size
    else:
        from camera_agent.decode import decode_bgr  # the few files that no camera sends

        image = decode_bgr(data)
        height_px, width_px = image.shape[:2]
        encoding, data = "raw-bgr8", image.tobytes()
    return Example(name, known, encoding, width_px, height_px, data, sha256, captured_at, part_id, defect)


def example_of_frame(frame: Frame, *, part_id: str = "") -> Example:
    """The good example that a camera's frame holds, with bytes of its own: those of the frame go with its packet."""
    return Example(
        frame.item_id if not frame.shot else frame.frame_id,
        "OK",
        frame.encoding,
        frame.width_px,
        frame.height_px,
        bytes(frame.data),
        frame.sha256,
        frame.captured_at,
        part_id,
    )
