"""The models of a station as the agent knows them before, while and after they are loaded."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from inference_agent.geometry import Roi
from inference_agent.images import Picture
from inference_agent.model import Model, Seen
from okko.contracts import ModelRef
from okko.station import StationModel

UNKNOWN_SHA256 = "0" * 64
"""Stands in predictions of a model that is not loaded: nobody knows what its file holds."""

FileStamp = tuple[tuple[int, int, int, int], ...] | None


class Looks(Protocol):
    """A loaded model, as the worker needs it."""

    @property
    def ref(self) -> ModelRef:
        """Who it is."""
        ...

    def look(self, picture: Picture, roi: Roi | None = None) -> Seen:
        """What it sees, or an ImageError or ModelError."""
        ...


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of one model. `key` tells it from all others, `ref` stands for it until it is loaded.

    `files` are those that it is loaded from.
    """

    key: str
    ref: ModelRef
    task: str
    files: tuple[Path, ...]
    load: Callable[[], Looks]

    def stamp(self) -> FileStamp:
        """What changes whenever one of the files does; None where one is not there."""
        try:
            stats = [file.stat() for file in self.files]
        except OSError:
            return None
        return tuple((stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns) for stat in stats)

    def __str__(self) -> str:
        return f"model {self.ref.name}"


def slot_of(model: StationModel) -> Slot:
    """The place of a model of the station."""
    bundle, folder = model.bundle, model.bundle_path
    return Slot(
        # Not the name: two bundles may share one where they look at different cameras.
        key=str(folder),
        ref=ModelRef(name=bundle.name, version=bundle.version, sha256=UNKNOWN_SHA256),
        task=bundle.decoder.task,
        files=tuple(folder / file for file in bundle.files),
        load=lambda: Model(folder, bundle),
    )
