"""`okko run`: one agent, in this process."""

import asyncio
import importlib
import os
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

import click

from okko import heap, logs, shutdown
from okko.commands.argument import station_argument
from okko.errors import ConfigError
from okko.station import Station, load

AGENTS = {
    "camera": "camera_agent.agent",
    "dashboard": "dashboard.agent",
    "decision": "decision_agent.agent",
    "inference": "inference_agent.agent",
    "recorder": "recorder.agent",
}


@click.command(short_help="One agent of a station, in this process.")
@click.argument("agent", type=click.Choice(sorted(AGENTS)))
@station_argument
@click.option("--camera", "camera_name", metavar="NAME", help="Only this camera; without it, all of them.")
@click.option(
    "--name", "inference_name", metavar="NAME", help="Only the [[inference]] of this name; without it, all of them."
)
@click.option(
    "--log-level", default="info", type=click.Choice(["debug", "info", "warning", "error"]), show_default=True
)
def run(agent: str, station: Path, camera_name: str | None, inference_name: str | None, log_level: str) -> None:
    """Run one agent of STATION in this process, until SIGTERM or Ctrl-C.

    \b
    Examples:
      okko run decision stations/ducks
      okko run camera stations/ducks --camera left
      okko run inference stations/press-3 --name a
    """
    if camera_name is not None and agent != "camera":
        message = "--camera goes with `okko run camera` only"
        raise click.UsageError(message)
    if inference_name is not None and agent != "inference":
        message = "--name goes with `okko run inference` only"
        raise click.UsageError(message)
    one = camera_name or inference_name
    heap.keep_for_reuse()
    logs.set_up(agent if one is None else f"{agent}-{one}", log_level)
    asyncio.run(run_agent(agent, load(station), one))
    shutdown.again()


async def run_agent(agent: str, station: Station, one: str | None) -> None:
    """One agent's life; several cameras, or inference agents, in one process are agents of their own."""
    # Before it is imported: at a start all agents do that at once, on few cores. Not by so much more each time: who
    # begins anew has it already.
    os.setpriority(os.PRIO_PROCESS, 0, max(NICENESS.get(agent, 0), os.getpriority(os.PRIO_PROCESS, 0)))
    module = importlib.import_module(AGENTS[agent])
    if agent not in SEVERAL:
        if agent == "recorder" and station.recorder is None:
            raise ConfigError.one(station.path, "recorder", "the station records nothing", "Add a [recorder] table")
        await module.main(station)
        return
    main: Callable[[Station, str], Awaitable[None]] = module.main
    async with asyncio.TaskGroup() as group:
        for name in SEVERAL[agent](station, one):
            group.create_task(_one_of(main, station, name), name=f"{agent}-{name}")


def _cameras(station: Station, one: str | None) -> Iterable[str]:
    return [station.camera(one).name] if one is not None else [camera.name for camera in station.cameras]


def _inference_agents(station: Station, one: str | None) -> Iterable[str]:
    return [station.inference_agent(one)] if one is not None else station.inference


SEVERAL = {"camera": _cameras, "inference": _inference_agents}
"""Of these a station may have several: what `main` is given for the one that was asked for, or for all."""


async def _one_of(main: Callable[[Station, str], Awaitable[None]], station: Station, name: str) -> None:
    await main(station, name)


NICENESS = {"dashboard": 10, "recorder": 5}
"""What is not on the way from trigger to verdict gives way to what is."""
