"""`okko up`: all agents of a station, each its own process."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import click

from okko import contracts, logs
from okko.commands.argument import station_argument
from okko.contracts import GOLDEN_PARTS, NO_MODEL
from okko.errors import ConfigError, ContractError
from okko.listener import Listener
from okko.model_files import has_litert
from okko.own_broker import own_broker
from okko.session import Received
from okko.shutdown import stop_event
from okko.station import URL_VARIABLE, Station, load
from okko.station_file import INFERENCE
from okko.supervisor import Supervisor
from okko.teller import Teller
from okko.topics import Address

log = logging.getLogger("up")

PATIENCE_S = 5.0
"""How long a station that is not ready yet is given before the reason is told, and then between two reasons."""


@click.command(short_help="All agents of a station, each its own process.")
@station_argument
@click.option(
    "--without",
    multiple=True,
    metavar="AGENT",
    help="Leave this one to another machine (may be given several times).",
)
@click.option(
    "--log-level", default="info", type=click.Choice(["debug", "info", "warning", "error"]), show_default=True
)
def up(station: Path, without: tuple[str, ...], log_level: str) -> None:
    """Run all agents of STATION, each as its own process, started again when it dies.

    If nothing answers at the station's broker address, and that is this machine, a broker with the project's
    configuration is started too, and again when it dies. One line on stdout says when the station is ready. SIGTERM
    or Ctrl-C ends all.

    \b
    Examples:
      okko up stations/ducks
      okko up stations/ducks 2>okko.log &
      okko up stations/press-3 --without inference-b
    """
    logs.set_up("up", log_level)
    loaded = load(station)
    # Not the decision agent: that it can work is what the ready line says.
    known = [name for name, _ in commands_of(loaded) if name != "decision"]
    if unknown := [name for name in without if name not in known]:
        message = f"there is no agent {', '.join(unknown)} to leave out; choices: {', '.join(known)}"
        raise click.BadParameter(message, param_hint="--without")
    asyncio.run(_up(loaded, log_level, frozenset(without)))


async def _up(station: Station, log_level: str, without: frozenset[str]) -> None:
    stop = stop_event()
    async with running(station, log_level, without) as supervisor:
        watch = ReadyWatch(station, supervisor)
        async with Listener(station, "ready", "agent", on_message=watch.on_message):
            waits = [asyncio.create_task(event.wait()) for event in (watch.ready, supervisor.all_refused, stop)]
            told = ""
            while not (await asyncio.wait(waits, timeout=PATIENCE_S, return_when=asyncio.FIRST_COMPLETED))[0]:
                if watch.why != told:
                    told = watch.why
                    log.warning("not ready yet: %s", told)
            if watch.ready.is_set():
                note = f" ({watch.but})" if watch.but else ""
                click.echo(f"ready {station.base} {station.broker.url}{note}")
            await asyncio.wait(waits[1:], return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
    refused = [child.name for child in supervisor.children if child.refused]
    if refused:
        raise ConfigError.one(station.path, "", f"refused to run: {', '.join(refused)}", "Their reasons are in the log")


class ReadyWatch:
    """Sets `ready` once the station's own decision agent, no other one, says that it can work.

    A station without models can as soon as that is all it lacks: it takes pictures. So can one that waits for its
    golden parts, which only the line can send. `but` then says what there is to know.
    """

    def __init__(self, station: Station, supervisor: Supervisor) -> None:
        self.ready = asyncio.Event()
        self.why = "the decision agent has not said anything"
        self.but = ""
        self._has_models = bool(station.models)
        self._supervisor = supervisor
        self._is_ours = False

    def on_message(self, address: Address, received: Received) -> None:
        """Take in `ready` and the agents' states."""
        if address.spec.key == "ready":
            if received.payload == b"1" and not received.retain and self._is_ours:
                self.ready.set()
            return
        with contextlib.suppress(ContractError):
            state = contracts.decode(contracts.AgentState, received.payload)
            if state.agent == "decision":
                self._is_ours = self._supervisor.pid_of("decision") == state.pid
                self.why = state.why.removeprefix("not ready: ") or "the decision agent is starting"
                lacks_nothing_else = state.why == f"not ready: {NO_MODEL}" if not self._has_models else self._is_golden
                if self._is_ours and lacks_nothing_else and not self.ready.is_set():
                    self.but = self.why
                    self.ready.set()

    @property
    def _is_golden(self) -> bool:
        return self.why.startswith(f"{GOLDEN_PARTS}: ")


@contextlib.asynccontextmanager
async def running(
    station: Station, log_level: str = "info", without: frozenset[str] = frozenset()
) -> AsyncIterator[Supervisor]:
    """The agents of a station but those left out, and its broker where it is ours to start; all ended on leaving."""
    with own_broker(station) as brought:
        teller = Teller(station)
        supervisor = Supervisor({URL_VARIABLE: station.broker.url}, teller.event)

        def commands(of: Station) -> dict[str, tuple[str, ...]]:
            known = commands_of(of)
            return {name: (*given, "--log-level", log_level) for name, given in known if name not in without}

        await supervisor.want(commands(station))
        tasks: list[asyncio.Task[object]] = [
            asyncio.create_task(teller.run(), name="teller"),
            asyncio.create_task(follow(station, lambda of: supervisor.want(commands(of))), name="follow"),
        ]
        if brought is not None:
            tasks.append(asyncio.create_task(brought.keep(teller.event), name="broker"))
        try:
            yield supervisor
        finally:
            await supervisor.stop()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def follow(station: Station, want: Callable[[Station], Awaitable[None]]) -> None:
    """Call `want` with the station as its file is whenever the decision agent says that another one is in force."""
    said: asyncio.Queue[str] = asyncio.Queue()

    def on_message(_: Address, received: Received) -> None:
        with contextlib.suppress(ContractError):
            said.put_nowait(contracts.decode(contracts.StationInfo, received.payload).config_sha256)

    async with Listener(station, "station", on_message=on_message):
        while True:
            sha256 = await said.get()
            # What somebody is writing with an editor is not in force.
            with contextlib.suppress(ConfigError):
                after = await asyncio.to_thread(load, station.path)
                if after.config_sha256 == sha256:
                    await want(after)


def commands_of(station: Station) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each agent's name and the arguments of `okko` that run it."""
    path = str(station.path)
    yield "decision", ("run", "decision", path)
    for table in station.file.inference:
        yield table.agent, ("run", "inference", path, "--name", table.name)
    if not station.file.inference and (station.models or has_litert()):
        # Also without any model, where one can run: it may be given one while it runs.
        yield INFERENCE, ("run", "inference", path)
    for camera in station.cameras:
        yield f"camera-{camera.name}", ("run", "camera", path, "--camera", camera.name)
    if station.recorder is not None:
        yield "recorder", ("run", "recorder", path)
    if station.dashboard is not None:
        yield "dashboard", ("run", "dashboard", path)
