"""The record as a whole: image files and store, one group of messages at a time. No threads here."""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from okko.contracts import Frame
from recorder.durable import Disk
from recorder.images import Images, file_bytes
from recorder.label_store import Outcome
from recorder.mend import Mended, mend
from recorder.records import Entry, FrameEntry, FrameRow, ItemEntry, ItemRow, frame_row
from recorder.store import KnownFrame, Store


@dataclass(frozen=True, slots=True)
class Kept:
    """What is safe now. `frames` are (camera, frame_id).

    Those that were there before are among them, since they get a receipt too.

    `contradicting` are ids that came again with another content: the first one stands. `to_send` are new items that
    are noted as still to go up; `outcomes` is what came of what people said.
    """

    frames: tuple[tuple[str, str], ...]
    items: tuple[str, ...]
    new_frames: int
    new_items: int
    contradicting: tuple[str, ...]
    size_bytes: int
    write_ms: float
    sync_ms: float
    commit_ms: float
    to_send: tuple[ItemRow, ...] = ()
    outcomes: tuple[Outcome, ...] = ()


class Archive:
    """The data folder, open for writing by one thread."""

    def __init__(self, images: Images, store: Store, disk: Disk) -> None:
        self._images = images
        self._store = store
        self._disk = disk
        self._hours: set[str] = set()

    @classmethod
    def open(cls, folder: Path, *, uplink: bool = False, ok_images_one_in: int = 1) -> Self:
        """Open a data folder; made where there is none. `uplink`: what is kept is noted as still to go up.

        Of OK items, the images of one in `ok_images_one_in` are to stay.

        Raises:
            ConfigError: if another recorder writes there, or if its store cannot be used by this okko.
            OSError: if the disk does not let us.
            sqlite3.Error: likewise.
        """
        folder.mkdir(parents=True, exist_ok=True)
        disk = Disk(folder)
        try:
            disk.claim()
            store = Store.open(folder, uplink=uplink, ok_images_one_in=ok_images_one_in)
            images = Images(folder)
            try:
                if store.is_new and images.are_there:
                    store.begin_salvage("")
            except BaseException:
                store.close()
                raise
            return cls(images, store, disk)
        except BaseException:
            disk.close()
            raise

    def mend(self) -> Mended:
        """Tidy up after a crash."""
        return mend(self._images, self._store)

    def keep(self, entries: Sequence[Entry]) -> Kept:
        """Put a group on the disk: files, one flush for all of them, one commit. When it returns, all of it is safe.

        Raises:
            OSError: if the disk does not take it; the group's files are removed and no row is left.
            sqlite3.Error: likewise.
        """
        started = time.monotonic()
        frames = [entry for entry in entries if isinstance(entry, FrameEntry)]
        items = [entry for entry in entries if isinstance(entry, ItemEntry)]
        said = [entry for entry in entries if not isinstance(entry, FrameEntry | ItemEntry)]
        written: list[str] = []
        hours = {entry.path.rpartition("/")[0] for entry in frames}
        if not hours <= self._hours:
            self._store.writing(hours)
            self._hours = hours
        try:
            rows, contradicting = self._write(frames, written)
            flushing = time.monotonic()
            if rows:
                self._disk.sync([self._images.place(row.path) for row in rows])
            committing = time.monotonic()
            added = self._store.add([entry.row for entry in items], rows, said)
        except BaseException:
            self._images.remove(written)
            raise
        return Kept(
            frames=tuple((entry.frame.camera, entry.frame.frame_id) for entry in frames),
            items=tuple(entry.row.item_id for entry in items),
            new_frames=added.frames,
            new_items=added.items,
            contradicting=(*contradicting, *added.contradicting),
            size_bytes=sum(entry.size_bytes for entry in entries),
            write_ms=(flushing - started) * 1000,
            sync_ms=(committing - flushing) * 1000,
            commit_ms=(time.monotonic() - committing) * 1000,
            to_send=added.to_send,
            outcomes=added.outcomes,
        )

    @property
    def lacks_rows(self) -> bool:
        """Whether the store is new and images are there already: it was lost."""
        return self._store.is_new and self._images.are_there

    def salvage(self, file: Path) -> None:
        """Have what can be read of a damaged store taken over, by and by.

        Raises:
            sqlite3.Error: if the disk does not take it.
        """
        self._store.begin_salvage(file.name)

    def settle(self) -> None:
        """Note that nothing is being written: the next start need not look for what a crash left.

        Raises:
            sqlite3.Error: if the disk does not take it.
        """
        self._store.settle()
        self._hours = set()

    def close(self) -> None:
        """Close everything."""
        self._store.close()
        self._disk.close()

    def _write(self, frames: Sequence[FrameEntry], written: list[str]) -> tuple[list[FrameRow], list[str]]:
        """Write the files that are not there; their rows, and the frames that contradict an earlier one.

        `written` is filled as it goes, so that the caller can remove what there is when a file fails.
        """
        rows: dict[str, FrameRow] = {}
        contradicting = []
        for entry in frames:
            frame = entry.frame
            row = rows.get(frame.frame_id)
            known = self._store.known_frame(frame.frame_id) if row is None else KnownFrame(row.path, row.frame_sha256)
            if known is not None and known.wanted_again:
                known = None
            if known is not None and (known.frame_sha256 != frame.sha256 or known.path != entry.path):
                contradicting.append(frame.frame_id)
            elif known is None or (known.gone_why is None and not self._images.exists(entry.path)):
                content = file_bytes(frame)
                sha256 = _sha256(frame, content)
                if self._images.write(entry.path, content, sha256):
                    written.append(entry.path)
                rows[frame.frame_id] = frame_row(entry, memoryview(content).nbytes, sha256)
        return list(rows.values()), contradicting


def _sha256(frame: Frame, content: bytes | memoryview) -> str:
    return frame.sha256 if content is frame.data else hashlib.sha256(content).hexdigest()
