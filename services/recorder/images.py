"""Image files below the data folder: written under a temporary name, renamed, never overwritten."""

import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from io import FileIO
from pathlib import Path

from okko import clock
from okko.contracts import Frame
from okko.errors import ContractError
from recorder.bmp import bmp

UNFINISHED = ".unfinished-"
"""What the name of a file that is being written begins with; no id begins so.

Such a file stands in the folder of its hour. One folder for all was rejected: ext4 gives a new file an inode near the
folder it is made in, and where many were deleted lately, as retention does, finding one there took 0.8 ms, not 0.03.
"""


def file_bytes(frame: Frame) -> bytes | memoryview:
    """What stands in a frame's file: JPEG and PNG byte for byte, raw pixels as BMP."""
    if frame.encoding == "raw-bgr8":
        return bmp(frame.data, frame.width_px, frame.height_px)
    return frame.data


class Images:
    """The image files of one data folder. Used from one thread, the only one that writes there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._made: set[Path] = set()

    @property
    def are_there(self) -> bool:
        """Whether there is any folder of images."""
        return next(self.folder.glob("images/*/*"), None) is not None

    def place(self, path: str) -> Path:
        """The full path of a file below the folder of images.

        Raises:
            ContractError: if it would lie outside.
        """
        full = Path(os.path.normpath(self.folder / path))
        if not full.is_relative_to(self.folder / "images") or "\0" in path:
            raise ContractError("path", f"{path!r} is not below the folder of images")
        return full

    def write(self, path: str, content: bytes | memoryview, sha256: str) -> bool:
        """Write one file, whole or not at all; whether it was written.

        A file that stands there already without a record is left of a crash: kept if it has this hash, else replaced,
        since a power cut may have left it empty and nobody was told that it is safe. The caller asks the store first,
        so a recorded file never comes here while it exists.

        Raises:
            OSError: if the disk does not take it; nothing is left of it.
        """
        target = self.place(path)
        if target.exists() and _sha256(target) == sha256:
            return False
        temporary = target.with_name(f"{UNFINISHED}{target.name}")
        try:
            with self._open(temporary) as file:
                view = memoryview(content)
                while view:
                    view = view[file.write(view) :]
            temporary.rename(target)
        except OSError:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
        return True

    def set_aside(self, path: str) -> None:
        """Move a file that is not whole out of the way, never deleted: into the folder `damaged`.

        Raises:
            OSError: if the disk does not let us.
        """
        aside = self.folder / "damaged"
        aside.mkdir(exist_ok=True)
        file = self.place(path)
        file.rename(aside / f"{clock.utc_now().replace(':', '')}-{file.name}")

    def exists(self, path: str) -> bool:
        """Whether a recorded file is still there."""
        return self.place(path).exists()

    def remove(self, paths: Iterable[str]) -> None:
        """Remove files of a group that could not be recorded."""
        for path in paths:
            # A disk that fails may refuse this too; what stays is told apart by its hash when the frame comes again.
            with suppress(OSError):
                self.place(path).unlink(missing_ok=True)

    def _open(self, file: Path) -> FileIO:
        if file.parent not in self._made:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._made = {file.parent}
        try:
            return FileIO(file, "wb")
        except FileNotFoundError:
            # Someone tidied the folder away since it was made.
            file.parent.mkdir(parents=True, exist_ok=True)
            return FileIO(file, "wb")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
