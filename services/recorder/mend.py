"""What a crash left behind, found at the start: looked for where a crash can have left it, not in years of images."""

from dataclasses import dataclass
from pathlib import Path

from recorder.images import UNFINISHED, Images
from recorder.store import Store

_ROWS = 10_000
_RECENT_S = 600.0


@dataclass(frozen=True, slots=True)
class Mended:
    """What was found: unfinished files (removed), images without a record, records without their image.

    An image without a record is left where it is: its camera still holds the frame and sends it again.
    """

    unfinished: int
    without_record: int
    without_file: int

    def __bool__(self) -> bool:
        return bool(self.unfinished or self.without_record or self.without_file)

    def __str__(self) -> str:
        return (
            f"found at the start: {self.unfinished} unfinished files removed, {self.without_record} images without "
            f"a record (their cameras send them again), {self.without_file} records without their image"
        )


def mend(images: Images, store: Store) -> Mended:
    """Remove unfinished files, and count what does not match among the newest images and records."""
    unfinished = without_record = 0
    for hour in _recent_hours(images.folder):
        for file in hour.iterdir():
            if file.name.startswith(UNFINISHED):
                file.unlink()
                unfinished += 1
            elif store.known_frame(file.stem) is None:
                without_record += 1
    without_file = sum(not images.exists(path) for path in store.newest_paths(_ROWS))
    return Mended(unfinished, without_record, without_file)


def _recent_hours(folder: Path) -> list[Path]:
    """The folders that were written to last: a new file in a folder sets its time, and a crash ends all writing."""
    times = {hour: hour.stat().st_mtime for hour in folder.glob("images/*/*") if hour.is_dir()}
    newest = max(times.values(), default=0.0)
    return [hour for hour, changed in times.items() if changed >= newest - _RECENT_S]
