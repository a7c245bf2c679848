"""A running agent comes to what `models.toml` says, told or not, and stays as it was where that is wrong."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from okko import contracts as c
from okko import station_models
from okko.models_watch import ModelsWatch, in_thread
from okko.station import Station, load
from okko.station_models import Change, ModelsFile

STATION = """
[station]
site = "canario"
line = "ducks"
name = "line-1"
[[camera]]
name = "top"
source = { kind = "simulator" }
"""


class FakeRuntime:
    """The commands that were offered, what was told and what was answered."""

    def __init__(self) -> None:
        self.commands: dict[str, Callable[[c.Command], Any]] = {}
        self.events: list[str] = []
        self.replies: list[str | None] = []

    def command(self, verb: str, handler: Callable[[c.Command], Any]) -> None:
        """Keep it."""
        self.commands[verb] = handler

    def event(self, _severity: str, code: str, _text: str) -> None:
        """Keep it."""
        self.events.append(code)

    def reply(self, _request_id: str, _result: dict[str, Any], error: str | None = None) -> None:
        """Keep it."""
        self.replies.append(error)


@pytest.fixture
def station(tmp_path: Path) -> Station:
    """A station without models."""
    (tmp_path / "station.toml").write_text(STATION)
    return load(tmp_path)


async def test_a_changed_file_is_seen_and_a_wrong_one_changes_nothing(station: Station) -> None:
    """Once each: what is wrong is told when it comes, not again and again, and a command gets it as its error."""
    runtime, came = FakeRuntime(), asyncio.Queue[tuple[Station, c.Command | None]]()

    async def take_over(station: Station, command: c.Command | None) -> None:
        came.put_nowait((station, command))

    watch = ModelsWatch(runtime, station, take_over, lambda: None)  # type: ignore[arg-type] # a fake
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        running = group.create_task(watch.run())
        await came.get()  # what may have changed between the start and the first look
        off = Change(camera="top", kind="shadow_off", at="", by="")
        station_models.write(station.folder, ModelsFile(change=(off,)))
        seen, command = await came.get()
        assert (seen.changes.change, command) == ((off,), None)
        wrong = Change(camera="top", kind="set", at="", by="", bundle="bundles/gone", name="a")
        station_models.write(station.folder, ModelsFile(change=(wrong,)))
        runtime.commands["reload"](c.Command(request_id="one"))
        while not runtime.replies:  # noqa: ASYNC110 - a fake wakes nobody
            await asyncio.sleep(0.01)
        running.cancel()
    assert came.empty()
    assert "gone" in (runtime.replies[0] or "")
    assert set(runtime.events) == {"models_refused"}


async def test_work_in_a_thread_gives_its_result_or_its_error() -> None:
    """As if it had been done here."""
    assert await in_thread(lambda: 3) == 3

    def fails() -> int:
        raise KeyError("no")

    with pytest.raises(KeyError):
        await in_thread(fails)
