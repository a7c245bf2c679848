"""What a camera sees just now, for whoever sets it up: small pictures and their figures, which disturb no capture.

The thread of its own gives way to captures at every step, and runs at the lowest priority. It takes a look (`peek`),
which takes nothing from a source that gives each part its own picture.
"""

import base64
import os
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from camera_agent.settings import CameraSettings
from camera_agent.shot import Camera, Shot
from okko import clock
from okko import contracts as c
from okko.errors import ContractError, OkkoError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VERB = "preview"
LONGEST_S = 60.0
PERIOD_S = 0.25
GIVE_WAY_S = 0.01
NICENESS = 19
WIDEST_PX = 640
MAX_JPEG_BYTES = 100_000
QUALITIES = (75, 50, 25)
BINS = 64
SATURATED = 250


class PreviewThread:
    """Looks at the camera until the time is up; `report` is called in this thread."""

    def __init__(
        self,
        settings: CameraSettings,
        camera: Callable[[], Camera | None],
        is_busy: Callable[[], bool],
        report: Callable[[c.Preview], None],
    ) -> None:
        self._settings = settings
        self._camera = camera
        self._is_busy = is_busy
        self._report = report
        self._until_ns = 0
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def look(self, seconds: float) -> None:
        """Go on for so long from now; 0 ends it."""
        with self._lock:
            self._until_ns = clock.mono_ns() + int(seconds * 1e9)
            if seconds > 0 and self._thread is None:
                self._thread = threading.Thread(target=self._run, name=f"preview-{self._settings.name}", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)  # of this thread alone, on Linux
        while self._goes_on():
            began_s = time.monotonic()
            if self._is_busy():
                time.sleep(GIVE_WAY_S)
                continue
            camera = self._camera()
            shot = camera.peek() if camera is not None else None
            if shot is not None and (preview := self._preview(shot)) is not None:
                self._report(preview)
            time.sleep(max(GIVE_WAY_S, PERIOD_S - (time.monotonic() - began_s)))

    def _goes_on(self) -> bool:
        with self._lock:
            if clock.mono_ns() < self._until_ns:
                return True
            self._thread = None
            return False

    def _preview(self, shot: Shot) -> c.Preview | None:
        try:
            return preview_of(self._settings, shot, self._give_way)
        except OkkoError:
            return None  # a file that is no picture; who captures it says so

    def _give_way(self) -> None:
        while self._is_busy() and clock.mono_ns() < self._until_ns:
            time.sleep(GIVE_WAY_S)


def looked_for(args: Mapping[str, Any]) -> float:
    """For how many seconds a command wants to look.

    Raises:
        ContractError: if it says something else, or too long.
    """
    seconds = args.get("seconds", 10)
    if args.keys() - {"seconds"} or isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise ContractError(VERB, "give `seconds`, a number, and nothing else")
    if not 0 <= seconds <= LONGEST_S:
        raise ContractError(VERB, f"`seconds` must be 0 to {LONGEST_S:g}; ask again before they are over")
    return float(seconds)


def preview_of(settings: CameraSettings, shot: Shot, between: Callable[[], None] = lambda: None) -> c.Preview:
    """The figures of the full frame, before the region of interest, and a small picture of it.

    `between` is called between the steps of the work.

    Raises:
        ImageError: if the shot is no picture.
    """
    import cv2
    import numpy as np

    from camera_agent.decode import decode_bgr

    image = shot.image if shot.image is not None else decode_bgr(shot.encoded or b"")
    between()
    histogram = {name: histogram_of(image, index) for index, name in enumerate(("blue", "green", "red"))}
    between()
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
    saturated = cv2.countNonZero(cv2.inRange(grey, np.array([SATURATED]), np.array([255])))
    between()
    focus = focus_of(grey)
    between()
    return c.Preview(
        camera=settings.name,
        at=clock.utc_text(shot.captured_at_ns),
        width_px=image.shape[1],
        height_px=image.shape[0],
        histogram=histogram,
        mean_brightness=round(float(cv2.mean(grey)[0]), 2),
        saturated_share=round(saturated / grey.size, 4),
        focus=round(focus, 2),
        roi=settings.roi,
        exposure_us=shot.exposure_us,
        gain=shot.gain,
        source=shot.source[:1024],
        jpeg_base64=base64.b64encode(small_jpeg(image)).decode("ascii"),
    )


def histogram_of(image: "NDArray[np.uint8]", channel: int) -> tuple[int, ...]:
    """How many pixels of a channel fall into each of 64 bins of equal width, the dark ones first."""
    import cv2

    return tuple(int(count) for count in cv2.calcHist([image], [channel], None, [BINS], [0, 256]).ravel())


def focus_of(grey: "NDArray[np.uint8]") -> float:
    """Tenengrad: the mean of the squared gradient by Sobel. It is greatest where the picture is sharpest.

    Krotkov, "Focusing", International Journal of Computer Vision 1 (1988); among the better measures in Pertuz, Puig
    and Garcia, "Analysis of focus measure operators for shape-from-focus", Pattern Recognition 46 (2013). It counts
    edges of the scene: figures compare for one scene and one light only.
    """
    import cv2

    x = cv2.Sobel(grey, cv2.CV_32F, 1, 0)
    y = cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    return float(cv2.mean(cv2.multiply(x, x) + cv2.multiply(y, y))[0])


def small_jpeg(image: "NDArray[np.uint8]") -> bytes:
    """The picture at most 640 pixels wide and high, as a JPEG of at most 100 kB."""
    import cv2

    height, width = image.shape[:2]
    ratio = min(1.0, WIDEST_PX / max(height, width))
    size = (max(1, round(width * ratio)), max(1, round(height * ratio)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA) if ratio < 1 else image
    data = b""
    for quality in QUALITIES:
        _, encoded = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, quality])
        data = encoded.tobytes()
        if len(data) <= MAX_JPEG_BYTES:
            break
    return data
