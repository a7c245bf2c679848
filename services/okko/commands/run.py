"""`okko run`: one agent, in this process."""

import asyncio
import importlib
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import click

from okko import heap, logs
from okko.commands.argument import station_argument
from okko.errors import ConfigError
from okko.station import Station, load

AGENTS = {
    "camera": "camera_agent.agent",
    "decision": "decision_agent.agent",
    "inference": "inference_agent.agent",
    "recorder": "recorder.agent",
}


@click.command(short_help="One agent of a station, in this process.")
@click.argument("agent", type=click.Choice(sorted(AGENTS)))
@station_argument
@click.option("--camera", "camera_name", metavar="NAME", help="Only this camera; without it, all of them.")
@click.option(
    "--log-level", default="info", type=click.Choice(["debug", "info", "warning", "error"]), show_default=True
)
def run(agent: str, station: Path, camera_name: str | None, log_level: str) -> None:
    """Run one agent of STATION in this process, until SIGTERM or Ctrl-C.

    \b
    Examples:
      okko run decision stations/ducks
      okko run camera stations/ducks --camera left
    """
    if camera_name is not None and agent != "camera":
        message = "--camera goes with `okko run camera` only"
        raise click.UsageError(message)
    heap.keep_for_reuse()
    logs.set_up(agent if camera_name is None else f"camera-{camera_name}", log_level)
    asyncio.run(run_agent(agent, load(station), camera_name))


async def run_agent(agent: str, station: Station, camera_name: str | None) -> None:
    """One agent's life; several cameras in one process are agents of their own."""
    module = importlib.import_module(AGENTS[agent])
    if agent != "camera":
        if agent == "recorder" and station.recorder is None:
            raise ConfigError.one(station.path, "recorder", "the station records nothing", "Add a [recorder] table")
        os.nice(NICENESS.get(agent, 0))
        await module.main(station)
        return
    main: Callable[[Station, str], Awaitable[None]] = module.main
    names = [station.camera(camera_name).name] if camera_name is not None else [c.name for c in station.cameras]
    async with asyncio.TaskGroup() as group:
        for name in names:
            group.create_task(_camera(main, station, name), name=f"camera-{name}")


async def _camera(main: Callable[[Station, str], Awaitable[None]], station: Station, name: str) -> None:
    await main(station, name)


NICENESS = {"recorder": 5}
"""What is not on the way from trigger to verdict gives way to what is."""
