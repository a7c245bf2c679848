"""The files of a camera's outbox: one frame each, as it was published. Used from the writer thread alone."""

import hashlib
import os
import re
from contextlib import suppress
from pathlib import Path

from okko import clock
from okko import contracts as c
from okko.errors import ContractError

_SUFFIX = ".msgpack"
_UNFINISHED = ".part"
_DAMAGED = ".damaged-"

MAX_DAMAGED = 8
"""How many damaged files are kept to be looked at; the folder may be in memory."""


class DamagedFrame(Exception):
    """A file of the outbox that holds no frame any more; it is `aside` now."""

    def __init__(self, aside: Path, why: str) -> None:
        super().__init__(f"{aside.name}: {why}")
        self.aside = aside


class OutboxFolder:
    """Frames in a folder, each under its id."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def left_over(self) -> tuple[tuple[str, int], ...]:
        """The ids and sizes of the frames that are here, oldest first; makes the folder, and removes unfinished files.

        Raises:
            OSError: if the folder cannot be made or read.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        found = []
        with os.scandir(self.path) as entries:
            for entry in entries:
                if entry.name.endswith(_UNFINISHED):
                    Path(entry.path).unlink(missing_ok=True)
                elif entry.name.endswith(_SUFFIX) and re.fullmatch(c.ID_PATTERN, entry.name[: -len(_SUFFIX)]):
                    status = entry.stat()
                    found.append((status.st_mtime_ns, entry.name[: -len(_SUFFIX)], status.st_size))
        return tuple((frame_id, size) for _, frame_id, size in sorted(found))

    def write(self, frame_id: str, payload: bytes) -> None:
        """Keep a frame. Not synced: a process kill loses nothing, a power cut the last second, as promised.

        Raises:
            OSError: if the disk does not take it.
        """
        unfinished = self.path / f"{frame_id}{_UNFINISHED}"
        try:
            unfinished.write_bytes(payload)
            unfinished.rename(self._file(frame_id))
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise

    def read(self, frame_id: str) -> bytes | None:
        """The frame as it was published, or None where there is none.

        Raises:
            DamagedFrame: if it is no longer what was written; it was moved aside.
        """
        try:
            payload = self._file(frame_id).read_bytes()
        except OSError:
            return None
        try:
            # A power cut leaves half-written files, and the recorder would refuse them for ever.
            frame = c.decode(c.Frame, payload)
            if hashlib.sha256(frame.data).hexdigest() != frame.sha256:
                raise ContractError("Frame", "its data are not what they were")
        except ContractError as error:
            raise DamagedFrame(self._set_aside(frame_id), str(error)) from error
        return payload

    def delete(self, frame_ids: tuple[str, ...]) -> None:
        """Remove frames; those that are not there are fine."""
        for frame_id in frame_ids:
            self._file(frame_id).unlink(missing_ok=True)

    def _set_aside(self, frame_id: str) -> Path:
        """Move a file aside under a name with the time; only the newest few of them stay."""
        stamp = clock.utc_now().replace(":", "")
        aside = self.path / f"{frame_id}{_DAMAGED}{stamp}"
        with suppress(OSError):
            self._file(frame_id).rename(aside)
            damaged = sorted(self.path.glob(f"*{_DAMAGED}*"), key=lambda file: file.name.rpartition(_DAMAGED)[2])
            for file in damaged[:-MAX_DAMAGED]:
                file.unlink(missing_ok=True)
        return aside

    def _file(self, frame_id: str) -> Path:
        return self.path / f"{frame_id}{_SUFFIX}"
