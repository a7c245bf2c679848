"""How a camera's pictures are packed for the broker: one frozen model for each kind, which does the packing."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from okko.errors import ImageError
from okko.settings import Settings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class JpegEncoding(Settings):
    """Small and lossy: 1 ms and 68 kB for 640 x 480."""

    kind: Literal["jpeg"] = "jpeg"
    quality: Annotated[int, Field(ge=1, le=100, description="1 (small) to 100 (faithful)")] = 90

    def encode(self, image: "NDArray[np.uint8]") -> memoryview:
        """The picture ((height, width, 3) uint8, BGR) as JPEG.

        Raises:
            ImageError: if the encoder refuses it.
        """
        import cv2

        return _encode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, self.quality])


class PngEncoding(Settings):
    """Lossless, and slow to pack."""

    kind: Literal["png"] = "png"
    compression: Annotated[int, Field(ge=0, le=9, description="0 (fast) to 9 (small)")] = 1

    def encode(self, image: "NDArray[np.uint8]") -> memoryview:
        """The picture ((height, width, 3) uint8, BGR) as PNG.

        Raises:
            ImageError: if the encoder refuses it.
        """
        import cv2

        return _encode(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, self.compression])


class RawEncoding(Settings):
    """The pixels as they are, 3 bytes each: nothing to pack or unpack, much to carry."""

    kind: Literal["raw-bgr8"] = "raw-bgr8"

    def encode(self, image: "NDArray[np.uint8]") -> memoryview:
        """The picture's pixels ((height, width, 3) uint8, BGR), row by row; a view unless the rows are not adjacent."""
        import numpy as np

        return np.ascontiguousarray(image).data.cast("B")


EncodingSettings = Annotated[JpegEncoding | PngEncoding | RawEncoding, Field(discriminator="kind")]


def _encode(extension: str, image: "NDArray[np.uint8]", parameters: list[int]) -> memoryview:
    import cv2

    try:
        done, data = cv2.imencode(extension, image, parameters)
    except cv2.error as error:
        raise ImageError(f"cannot be encoded as {extension[1:]}: {error.err}") from error
    if not done:
        raise ImageError(f"cannot be encoded as {extension[1:]}: {image.shape[1]} x {image.shape[0]} pixels")
    return data.data
