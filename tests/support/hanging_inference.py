"""The inference agent with a model that hangs while a file is there, as a program, given the station and the file.

All of it is the agent's own but for the model, which asks for the file before it looks at a picture.
"""

import asyncio
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from inference_agent.agent import InferenceAgent
from inference_agent.geometry import Roi
from inference_agent.images import Picture
from inference_agent.model import Seen
from inference_agent.slots import Looks, Slot, slot_of
from okko import logs
from okko.agent import Runtime
from okko.contracts import ModelRef
from okko.station import StationModel, load
from okko.station_file import INFERENCE

HUNG_AFTER_NS = 3_000_000_000


@dataclass(frozen=True)
class Hanging:
    """A model that waits for as long as a file is there."""

    model: Looks
    file: Path

    @property
    def ref(self) -> ModelRef:
        """Who it is."""
        return self.model.ref

    def look(self, picture: Picture, roi: Roi | None = None) -> Seen:
        """What it sees, in its own time."""
        while self.file.exists():
            time.sleep(0.01)
        return self.model.look(picture, roi)


def hanging(file: Path) -> Callable[[StationModel], Slot]:
    """The places of such models."""

    def slot(model: StationModel) -> Slot:
        place = slot_of(model)
        return replace(place, load=lambda: Hanging(place.load(), file))

    return slot


async def main(station: Path, file: Path) -> None:
    """Run it, with less patience than on a line, where a slow box must not be taken for one that hangs."""
    loaded = load(station)
    agent = InferenceAgent(Runtime(loaded, INFERENCE), loaded, loaded.models, hanging(file))
    agent.supervisor.hung_after_ns = HUNG_AFTER_NS
    await agent.run()


logs.set_up(INFERENCE)
asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
