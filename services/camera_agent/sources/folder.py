"""A folder of pictures that plays a camera: one file for each capture, in the order of their names."""

import importlib
import time
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from camera_agent.shot import Camera, Request, Shot
from okko.contracts import Encoding
from okko.errors import ImageError, SourceError, SourceExhausted
from okko.image_header import read_size
from okko.settings import Settings

_AS_THEY_ARE: dict[str, Encoding] = {".jpg": "jpeg", ".jpeg": "jpeg", ".png": "png"}
_DECODED = frozenset({".bmp", ".dib", ".pbm", ".pgm", ".ppm", ".tif", ".tiff", ".webp"})
_SOURCE_CHARS = 1024


class FolderSource(Settings):
    """Pictures from a folder and the folders in it, sorted by relative path.

    JPEG and PNG files are published byte for byte, even where they are broken: what is wrong with them is then found
    where they are decoded, and recorded with the bytes. Other formats are decoded and packed as the camera's
    `encoding` says. `path` counts from the station's folder.
    """

    kind: Literal["folder"] = "folder"
    path: Annotated[Path, Field(description="the folder, relative to the station's")]
    loop: Annotated[
        bool, Field(description="begin again after the last picture; else KO `camera_fault` from then on")
    ] = False

    def open(self, folder: Path) -> Camera:
        """The pictures, listed once.

        Raises:
            SourceError: if there are none.
        """
        root = folder / self.path
        if not root.is_dir():
            raise SourceError(f"folder {self.path}", f"is no folder in {folder}; correct `path` of the camera's source")
        try:
            names = sorted(
                path.relative_to(root).as_posix()
                for path in root.rglob("*")
                if path.suffix.lower() in _AS_THEY_ARE.keys() | _DECODED and path.is_file()
            )
        except OSError as error:
            raise SourceError(f"folder {self.path}", f"cannot be listed: {error}") from error
        if not names:
            endings = " ".join(sorted(ending[1:] for ending in _AS_THEY_ARE.keys() | _DECODED))
            raise SourceError(f"folder {self.path}", f"has no picture in it; put files there that end in: {endings}")
        if any(Path(name).suffix.lower() in _DECODED for name in names):
            importlib.import_module("camera_agent.decode")  # half a second that the first part must not wait for
        return _FolderCamera(root, names, loop=self.loop)


class _FolderCamera:
    """The list of files and the place in it."""

    warnings: tuple[str, ...] = ()

    def __init__(self, root: Path, names: list[str], *, loop: bool) -> None:
        self._root = root
        self._names = names
        self._loop = loop
        self._next = 0

    def capture(self, request: Request) -> Shot:  # noqa: ARG002 - the next file, whoever asks
        if self._next >= len(self._names):
            if not self._loop:
                raise SourceExhausted(
                    f"folder {self._root.name}",
                    f"all {len(self._names)} pictures are shown; set `loop = true` to begin again",
                )
            self._next = 0
        name = self._names[self._next]
        shot = self._shot(name)
        self._next += 1
        return shot

    def peek(self) -> Shot:
        place = self._next % len(self._names) if self._loop else min(self._next, len(self._names) - 1)
        return self._shot(self._names[place])

    def _shot(self, name: str) -> Shot:
        data = self._read(self._root / name)
        # After the read, the latest possible instant: a process that is stopped in between must not date back what it
        # reads afterwards. Too late an instant is refused; a wrong picture would not be seen.
        captured_mono_ns, captured_at_ns = time.monotonic_ns(), time.time_ns()
        suffix = Path(name).suffix.lower()
        source = name[:_SOURCE_CHARS]
        if suffix in _DECODED:
            from camera_agent.decode import decode_bgr

            try:
                image = decode_bgr(data)
            except ImageError:
                pass  # published as it is: whoever decodes it says what is wrong, and the record keeps the bytes
            else:
                return Shot(captured_mono_ns, captured_at_ns, image.shape[1], image.shape[0], source, image=image)
        encoding, width, height = read_size(data) or (_AS_THEY_ARE.get(suffix, "jpeg"), 1, 1)
        return Shot(captured_mono_ns, captured_at_ns, width, height, source, encoded=data, encoding=encoding)

    def _read(self, path: Path) -> bytes:
        try:
            return path.read_bytes()
        except OSError as error:
            if not self._root.is_dir():
                raise SourceError(f"folder {self._root.name}", f"is gone: {error}") from error
            # One file that cannot be read is one bad picture; opening the folder again would start it from its
            # first picture, and the parts would get each other's.
            return b""

    def close(self) -> None:
        self._next = len(self._names)
