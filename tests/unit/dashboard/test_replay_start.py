import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from dashboard.access.records import Person
from dashboard.access.role import Role
from dashboard.desk import Desk
from dashboard.jobs.job import Order
from dashboard.replay.actions import start
from dashboard.replay.choice import ReplayChoice
from okko.station import load

DUCKS = Path(__file__).parents[3] / "stations" / "ducks"


class _Jobs:
    """Takes each order and does nothing."""

    orders: tuple[Order, ...] = ()

    async def submit(self, order: Order) -> Any:
        self.orders = (*self.orders, order)
        return SimpleNamespace(id="job")


@pytest.mark.parametrize(("asked", "camera"), [(None, "left"), ("right", "right")])
def test_a_model_replays_for_the_camera_that_it_is_for(asked: str | None, camera: str) -> None:
    """Not for all that share the model whose place it takes; for another where that is asked for."""
    jobs = _Jobs()
    desk = cast("Desk", SimpleNamespace(station=load(DUCKS), jobs=jobs))
    choice = ReplayChoice(bundle="in_force/left/duck-quality", camera=asked)
    asyncio.run(start(desk, Person("tina", Role.TECHNICIAN, csrf=""), choice))
    command = jobs.orders[0].command(Path("/job"))
    assert command[command.index("--camera") + 1] == camera
