"""What a station has on its disk, without looking at each picture."""

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Sizes:
    """In bytes: all of the data folder, the store with its log, the journal with its log, the cameras' outboxes."""

    all: int
    store: int
    journal: int
    outbox: int


def sizes(data: Path) -> Sizes:
    """The sizes just now."""
    return Sizes(
        _used(data), _named(data, "store.sqlite"), _named(data / "journal", "decision.db"), _used(data / "outbox")
    )


def _named(folder: Path, name: str) -> int:
    return sum(file.stat().st_size for file in folder.glob(f"{name}*") if file.is_file())


def _used(folder: Path) -> int:
    done = subprocess.run(["du", "-sb", str(folder)], capture_output=True, text=True, check=False)
    return int(done.stdout.split()[0]) if done.stdout else 0
