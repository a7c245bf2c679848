"""How a running agent learns that other models are in force: it is told, or sees that `models.toml` has changed.

The file says what is to be, and each agent comes to it on its own; a command only makes it sooner, and gets an answer.
So it does not matter who dies when: whoever runs, and whoever starts, ends at what the file says.
"""

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable
from typing import TypeVar

from okko import concern, station_models
from okko.agent import Runtime
from okko.contracts import Command
from okko.errors import ConfigError, ContractError
from okko.station import Station, load, with_changes

LOOK_S = 0.5
"""How often the file is looked at: some microseconds each time."""

MOST_WAITING = 8
VERB = "reload"

T = TypeVar("T")
Work = Callable[[], Awaitable[None]]


class ModelsWatch:
    """Reads `models.toml` again, off the event loop, whenever there is reason to; one thing after the other.

    `take_over` gets the station with what is in force now, and the command that asked for it, which it answers, or
    None. `look` is called between, about every `LOOK_S`. `follows_file`: the station file is read again too, for an
    agent that is not begun anew where only what others work by has changed in it.
    """

    def __init__(
        self,
        runtime: Runtime,
        station: Station,
        take_over: Callable[[Station, Command | None], Awaitable[None]],
        look: Callable[[], None],
        *,
        follows_file: bool = False,
    ) -> None:
        self._follows_file = follows_file
        self._runtime = runtime
        self._station = station
        self._take_over = take_over
        self._look = look
        self._stamp = station_models.stamp(station.folder)
        self._work: asyncio.Queue[Work] = asyncio.Queue(MOST_WAITING)
        runtime.command(VERB, self._on_reload)
        # Between the station's reading and ours the file may have changed: compare with what was read then.
        self._behind = True

    async def run(self) -> None:
        """Do what comes, for ever."""
        while True:
            try:
                async with asyncio.timeout(LOOK_S):
                    work = await self._work.get()
            except TimeoutError:
                work = self._see
            await work()

    def rebase(self, station: Station) -> None:
        """Go on from another station file: what `models.toml` says is applied to this one from now on."""
        self._station = station

    def soon(self, work: Work) -> None:
        """Do this after what waits already.

        Raises:
            ContractError: if too much waits.
        """
        try:
            self._work.put_nowait(work)
        except asyncio.QueueFull:
            raise ContractError("cmd", "too many changes at once; wait for the answers") from None

    def _on_reload(self, command: Command) -> None:
        self.soon(lambda: self._reload(command))

    async def _see(self) -> None:
        self._look()
        if self._behind or station_models.stamp(self._station.folder) != self._stamp:
            self._behind = False
            await self._reload(None)

    async def _reload(self, command: Command | None) -> None:
        self._stamp = station_models.stamp(self._station.folder)
        try:
            station = await in_thread(self._read)
        except ConfigError as error:
            self._runtime.event("error", "models_refused", f"{error}; the models stay as they are")
            if command is not None:
                self._runtime.reply(command.request_id, {}, str(error))
            return
        await self._take_over(station, command)

    def _read(self) -> Station:
        if self._follows_file:
            with contextlib.suppress(ConfigError):  # half written by an editor: then by what we were started with
                present, name = load(self._station.path), self._runtime.name
                if concern.sha256_of(present, name) == concern.sha256_of(self._station, name):
                    return present
        return with_changes(self._station)


async def in_thread(work: Callable[[], T]) -> T:
    """What `work` gives, done on a thread of its own: one that hangs keeps neither the loop nor the process alive."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if not done.done():
            if error is not None:
                done.set_exception(error)
            else:
                done.set_result(result)  # type: ignore[arg-type] # None only where T is

    def run() -> None:
        result, raised = None, None
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - it is raised where the result is awaited
            raised = error
        try:
            loop.call_soon_threadsafe(settle, result, raised)
        except RuntimeError:
            return  # the loop is closed: nobody waits any more

    threading.Thread(target=run, name="beside", daemon=True).start()
    return await done
