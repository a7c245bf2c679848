"""OpenCV's video capture as a live stream."""

import cv2
import numpy as np
from numpy.typing import NDArray


class CvStream:
    """One `cv2.VideoCapture` that is open; `stamped` where its position is the driver's time stamp of the frame."""

    def __init__(self, capture: cv2.VideoCapture, *, stamped: bool) -> None:
        self._capture = capture
        self._stamped = stamped

    def grab(self) -> bool:
        """Take the next frame from the driver, waiting for it; False if there is none."""
        return self._capture.grab()

    def stamp_ms(self) -> float:
        """The V4L2 buffer's time stamp: OpenCV gives it as the position, in ms of the driver's clock."""
        return self._capture.get(cv2.CAP_PROP_POS_MSEC) if self._stamped else 0.0

    def retrieve(self) -> NDArray[np.uint8] | None:
        """The pixels of the last grabbed frame, (height, width, 3) uint8, BGR."""
        done, image = self._capture.retrieve()
        if not done or image is None:
            return None
        if image.ndim == 2:  # noqa: PLR2004 - a grey camera: rows and columns, no colours
            image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
        return image.astype(np.uint8, copy=False)

    def release(self) -> None:
        """Let go of the device."""
        self._capture.release()
