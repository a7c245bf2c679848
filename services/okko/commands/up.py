"""`okko up`: all agents of a station, each its own process."""

import asyncio
import contextlib
import logging
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import click

from okko import broker, contracts, logs
from okko.commands.argument import station_argument
from okko.contracts import NO_MODEL
from okko.errors import BrokerUnavailable, ConfigError, ContractError
from okko.listener import Listener
from okko.shutdown import stop_event
from okko.station import URL_VARIABLE, Station, load
from okko.supervisor import Supervisor

log = logging.getLogger("up")

BROKER_START_S = 5.0


@click.command(short_help="All agents of a station, each its own process.")
@station_argument
@click.option(
    "--log-level", default="info", type=click.Choice(["debug", "info", "warning", "error"]), show_default=True
)
def up(station: Path, log_level: str) -> None:
    """Run all agents of STATION, each as its own process, started again when it dies.

    If nothing answers at the station's broker address, and that is this machine, a broker with the project's
    configuration is started too. One line on stdout says when the station is ready. SIGTERM or Ctrl-C ends all.

    \b
    Examples:
      okko up stations/ducks
      okko up stations/ducks 2>okko.log &
    """
    logs.set_up("up", log_level)
    asyncio.run(_up(load(station), log_level))


async def _up(station: Station, log_level: str) -> None:
    stop = stop_event()
    async with (
        running(station, log_level) as supervisor,
        Listener(station, "ready", "agent", no_retained=True) as listener,
    ):
        await _until_ready(station, listener, stop)
        await stop.wait()
    refused = [child.name for child in supervisor.children if child.refused]
    if refused:
        raise ConfigError.one(station.path, "", f"refused to run: {', '.join(refused)}", "Their reasons are in the log")


@contextlib.asynccontextmanager
async def running(station: Station, log_level: str = "info") -> AsyncIterator[Supervisor]:
    """The agents of a station, and its broker where it is ours to start; all ended on leaving."""
    with own_broker(station):
        supervisor = Supervisor({URL_VARIABLE: station.broker.url})
        for name, arguments in commands_of(station):
            supervisor.add(name, *arguments, "--log-level", log_level)
        tasks = [asyncio.create_task(supervisor.keep(child), name=child.name) for child in supervisor.children]
        try:
            yield supervisor
        finally:
            await supervisor.stop()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def commands_of(station: Station) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each agent's name and the arguments of `okko` that run it."""
    path = str(station.path)
    yield "decision", ("run", "decision", path)
    if station.models:
        yield "inference", ("run", "inference", path)
    for camera in station.cameras:
        yield f"camera-{camera.name}", ("run", "camera", path, "--camera", camera.name)
    if station.recorder is not None:
        yield "recorder", ("run", "recorder", path)


@contextlib.contextmanager
def own_broker(station: Station) -> Iterator["subprocess.Popen[bytes] | None"]:
    """A broker at the station's address, if none answers there and the address is this machine's.

    Raises:
        BrokerUnavailable: if it does not come up.
    """
    host, port = station.broker.host, station.broker.port
    if broker.answers(host, port) or not broker.is_this_machine(host) or station.broker.tls:
        yield None
        return
    log.info("nothing answers at %s: starting a broker there", station.broker.url)
    process = broker.start(station.data / "broker", host, port)
    try:
        for _ in range(int(BROKER_START_S / 0.05)):
            if broker.answers(host, port):
                break
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = process.wait(0.05)
                raise BrokerUnavailable(
                    station.broker.url, f"Mosquitto ended with exit {code}; its reason stands above"
                )
        yield process
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()


async def _until_ready(station: Station, listener: Listener, stop: asyncio.Event) -> None:
    """Say on stdout that the station can work, once it can; a station without models, that it can take pictures."""
    waiting = asyncio.create_task(
        listener.wait_for("ready", lambda payload: payload == b"1")
        if station.models
        else listener.wait_for("agent", _lacks_only_a_model)
    )
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({waiting, stopped}, return_when=asyncio.FIRST_COMPLETED)
    if waiting.done():
        note = "" if station.models else " (no model: images are recorded, every item is KO no_model)"
        click.echo(f"ready {station.base} {station.broker.url}{note}")
    waiting.cancel()
    stopped.cancel()


def _lacks_only_a_model(payload: bytes) -> bool:
    try:
        state = contracts.decode(contracts.AgentState, payload)
    except ContractError:
        return False
    return state.agent == "decision" and state.why == f"not ready: {NO_MODEL}"
