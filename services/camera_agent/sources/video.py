"""A video file or a network stream (RTSP), through OpenCV and FFmpeg."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator

from camera_agent.shot import Camera, Request, Shot
from okko.errors import SourceError, SourceExhausted
from okko.settings import Settings

if TYPE_CHECKING:
    import cv2

_OPEN_TIMEOUT_MS = 5000
_READ_TIMEOUT_MS = 2000


class VideoSource(Settings):
    """A video: either a file (`path`, one frame a capture, in their order) or a live stream (`url`).

    Of a live stream only a frame that was taken after the request counts. How old the stream itself is (the camera's
    encoder, the network) nobody tells: a part that moves wants a USB or CSI camera.
    """

    kind: Literal["video"] = "video"
    path: Annotated[Path | None, Field(description="a file, relative to the station's folder")] = None
    url: Annotated[SecretStr | None, Field(description="rtsp://user:password@camera/stream; never logged")] = None
    loop: Annotated[bool, Field(description="begin a file again at its end")] = False

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.path is None) == (self.url is None):
            message = "give either `path` (a file) or `url` (a live stream)"
            raise ValueError(message)
        if self.url is not None and self.loop:
            message = "`loop` is for files; a live stream has no end"
            raise ValueError(message)
        if self.url is not None and not (parts := urlsplit(self.url.get_secret_value())).hostname:
            message = f"`url` names no camera: write {parts.scheme or 'rtsp'}://host/stream"
            raise ValueError(message)
        return self

    def open(self, folder: Path) -> Camera:
        """The video, at its first frame.

        Raises:
            SourceError: if it is not there, or OpenCV cannot read it.
        """
        if self.url is not None:
            return self._open_stream(self.url.get_secret_value())
        path = folder / (self.path or "")
        if not path.is_file():
            raise SourceError(f"video {self.path}", f"is no file in {folder}; correct `path` of the camera's source")
        return _FileCamera(path, loop=self.loop)

    def _open_stream(self, url: str) -> Camera:
        import cv2

        from camera_agent.cv_stream import CvStream
        from camera_agent.freshness import Freshness
        from camera_agent.live import LiveCamera, Setup

        source = public_url(url)
        timeouts = [
            *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _OPEN_TIMEOUT_MS),
            *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, _READ_TIMEOUT_MS),
        ]
        capture = cv2.VideoCapture(url, cv2.CAP_FFMPEG, timeouts)
        if not capture.isOpened():
            raise SourceError(source, "does not answer, or refuses user and password; try it with a video player")
        warnings = ("a network stream tells no exposure time: a frame counts as taken when it arrived",)
        setup = Setup(source, Freshness(exposure_us=0, buffers=0), warnings)
        return LiveCamera(CvStream(capture, stamped=False), setup)


def public_url(url: str) -> str:
    """The address without user, password and query: cameras take passwords in all three."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}{parts.path}"


class _FileCamera:
    """A video file and the place in it."""

    warnings: tuple[str, ...] = ()

    def __init__(self, path: Path, *, loop: bool) -> None:
        self._path = path
        self._loop = loop
        self._number = 0
        self._shown: Shot | None = None
        self._video = self._begin()

    def capture(self, request: Request) -> Shot:  # noqa: ARG002 - the next frame, whoever asks
        captured_mono_ns, captured_at_ns = time.monotonic_ns(), time.time_ns()
        done, image = self._video.read()
        if not done and self._number and self._loop:
            # Opened anew instead of wound back: seeking lands on the wrong frame in many formats.
            self._video.release()
            self._video = self._begin()
            self._number = 0
            done, image = self._video.read()
        if not done or image is None:
            if not self._number:
                raise SourceError(f"video {self._path.name}", "has no frame that can be decoded")
            raise SourceExhausted(
                f"video {self._path.name}", f"all {self._number} frames are shown; set `loop = true` to begin again"
            )
        self._number += 1
        height, width = image.shape[:2]
        source = f"{self._path.name}#{self._number}"
        pixels = image.astype("uint8", copy=False)
        self._shown = Shot(captured_mono_ns, captured_at_ns, width, height, source, image=pixels)
        return self._shown

    def peek(self) -> Shot | None:
        """The frame that the last part got; before the first one, the video's first."""
        if self._shown is None:
            # A reader of its own: this one's place is the parts'.
            once = _FileCamera(self._path, loop=False)
            shot = once.capture(Request("", 0, 0, 0))
            once.close()
            return shot
        return self._shown

    def close(self) -> None:
        self._video.release()

    def _begin(self) -> "cv2.VideoCapture":
        import cv2

        video = cv2.VideoCapture(str(self._path), cv2.CAP_FFMPEG)
        if not video.isOpened():
            raise SourceError(f"video {self._path.name}", "is no video that OpenCV can read; convert it to MP4 (H.264)")
        return video
