"""What a crash or a power cut left behind, found at the start: looked for only where it can have left something.

The store notes the folders that are being written to, and up to which row files and rows were seen to agree. After a
clean stop there is nothing to look for, in years of images.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from recorder.adopt import adopted_row, is_whole
from recorder.images import UNFINISHED, Images
from recorder.records import FrameRow
from recorder.store import Recent, Store

ROWS = 2000
"""How many of the newest rows are looked at, at most."""

HASHED = 128
"""How many of them with the content of their file: reading all would take a slow disk half a minute."""


@dataclass(frozen=True, slots=True)
class Mended:
    """What was found: unfinished files, images without a row, rows without an image, images that are not whole."""

    unfinished: int = 0
    adopted: int = 0
    missing: int = 0
    damaged: int = 0

    def __bool__(self) -> bool:
        return bool(self.unfinished or self.adopted or self.missing or self.damaged)

    def __str__(self) -> str:
        return (
            f"found at the start: {self.unfinished} unfinished files removed, {self.adopted} images without a row "
            f"entered, {self.missing} rows without an image marked as missing, {self.damaged} damaged images moved to "
            "damaged/"
        )


def mend(images: Images, store: Store) -> Mended:
    """Make files and rows agree again.

    Raises:
        OSError: if the disk does not let us.
        sqlite3.Error: likewise.
    """
    of_files = [_mend_file(images, store, path) for path in _paths(images.folder, store.unsettled_hours())]
    store.adopt([found for found in of_files if isinstance(found, FrameRow)])
    lost: dict[str, list[Recent]] = {"missing": [], "damaged": []}
    for number, recent in enumerate(store.recent(ROWS)):
        if why := _what_is_wrong(images.place(recent.path), recent, look_inside=number < HASHED):
            lost[why].append(recent)
    for recent in lost["damaged"]:
        images.set_aside(recent.path)
    for why, rows in lost.items():
        store.mark_lost(rows, why)
    store.settle()
    return Mended(
        unfinished=of_files.count("unfinished"),
        adopted=sum(isinstance(found, FrameRow) for found in of_files),
        missing=len(lost["missing"]),
        damaged=of_files.count("damaged") + len(lost["damaged"]),
    )


def _mend_file(images: Images, store: Store, path: str) -> FrameRow | Literal["unfinished", "damaged"] | None:
    """Tidy up one file, unless it has its row; gives the row that it is to get, or what became of it."""
    file = images.place(path)
    if file.name.startswith(UNFINISHED):
        file.unlink()
        return "unfinished"
    if store.known_frame(file.stem) is not None:
        return None
    if not file.stat().st_size:
        file.unlink()
        return "unfinished"
    row = adopted_row(file, path)
    if row is not None and not is_whole(file):
        images.set_aside(path)
        return "damaged"
    return row


def _what_is_wrong(file: Path, row: Recent, *, look_inside: bool) -> str | None:
    try:
        if file.stat().st_size != row.size_bytes:
            return "damaged"
        if look_inside:
            with file.open("rb") as content:
                if hashlib.file_digest(content, "sha256").hexdigest() != row.sha256:
                    return "damaged"
    except FileNotFoundError:
        return "missing"
    return None


def _paths(folder: Path, hours: list[str]) -> Iterator[str]:
    for hour in hours:
        with suppress(FileNotFoundError, NotADirectoryError):
            for name in sorted(os.listdir(folder / hour)):  # noqa: PTH208 - names, not paths
                yield f"{hour}/{name}"
