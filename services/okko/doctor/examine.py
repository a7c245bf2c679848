"""The whole examination: looks at all subjects, the machine's in a thread of low priority, and judges what was seen."""

import asyncio
import os
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from okko import __version__, concern
from okko import contracts as c
from okko.doctor import broker, broker_look, cameras, clocks, disk, frames, line, machine, models
from okko.doctor.finding import Finding, grave, note
from okko.doctor.patience import within
from okko.doctor.retention import Limits
from okko.errors import BrokerRefused, BrokerUnavailable
from okko.station import Station
from okko.topics import Topics

T = TypeVar("T")

PATIENCE_S = 20.0
"""A large model loads in a second or two, a store is looked through for two: longer means that something hangs."""

_NICENESS = 10
"""What is tried out here (a model, the disk) gives way to the line at work."""


@dataclass(frozen=True, slots=True)
class MachineSide:
    """What was seen without the broker. `disk` is None where it could not be looked at, and `disk_error` says why."""

    host: str
    clock: clocks.ClockSeen
    cameras: tuple[cameras.CameraSeen, ...]
    models: tuple[models.ModelSeen, ...] | None
    machine: machine.MachineSeen
    disk: disk.DiskSeen | None
    disk_error: str = ""
    sizes: tuple[frames.FrameSize | None, ...] = ()


@dataclass(frozen=True, slots=True)
class BrokerSide:
    """What was seen on the broker; an error where there was nothing to be seen."""

    broker: broker.BrokerSeen | BrokerUnavailable | BrokerRefused
    line: line.LineSeen | BrokerUnavailable | BrokerRefused


async def examine(station: Station) -> tuple[Finding, ...]:
    """All findings about a station, by subject. Takes some ten seconds at most."""
    topics = Topics(station.base)
    of_broker = await _or_error(broker_look.look_at_broker(station.broker, topics))
    # Not beside the broker's, whose round trips would be measured under our own load.
    async with asyncio.TaskGroup() as group:
        ours = group.create_task(_look_at_machine(station), name="machine")
        theirs = group.create_task(_look_at_line(station, topics, of_broker), name="line")
    return tuple(judge(station, ours.result(), BrokerSide(of_broker, theirs.result())))


def limits_of(station: Station) -> Limits | None:
    """What the station file says of how long the record stays."""
    if station.recorder is None:
        return None
    said = station.recorder.retention
    return Limits(said.max_bytes, said.min_free_percent, said.rows_days)


async def _look_at_machine(station: Station) -> MachineSide | str:
    """What was seen, or what it hangs at."""
    stages: list[str] = ["machine"]
    try:
        return await within(PATIENCE_S, lambda: look_at_machine(station, stages.append))
    except TimeoutError:
        return stages[-1]


def look_at_machine(station: Station, at: Callable[[str], None]) -> MachineSide:
    """Everything that can be seen without a broker, in this thread, which gives way to others; says what it is at."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
    load = machine.look()  # first, before our own work is in it
    others = {"journal": station.journal_folder}
    for camera in station.cameras:
        path = camera.outbox.path
        others[f"outbox of {camera.name}"] = station.folder / path if path is not None else station.data / "outbox"
    at("disk")
    seen, error = None, ""
    try:
        seen = disk.look(station.data, others)
    except OSError as failed:
        error = failed.strerror or str(failed)
    store = seen.store if seen is not None else None
    at("cameras")
    sizes = frames.sizes(station, dict(store.frames) if store is not None else {})
    cameras_seen = cameras.look(station)
    at("models")
    models_seen = models.look(station)
    return MachineSide(socket.gethostname(), clocks.look(), cameras_seen, models_seen, load, seen, error, sizes=sizes)


async def _look_at_line(
    station: Station, topics: Topics, of_broker: broker.BrokerSeen | BrokerUnavailable | BrokerRefused
) -> line.LineSeen | BrokerUnavailable | BrokerRefused:
    if not isinstance(of_broker, broker.BrokerSeen):
        return of_broker
    return await _or_error(broker_look.look_at_line(station.broker, topics, agents_of(station)))


async def _or_error(look: Coroutine[None, None, T]) -> T | BrokerUnavailable | BrokerRefused:
    try:
        return await look
    except (BrokerUnavailable, BrokerRefused) as error:
        return error


def judge(station: Station, ours: MachineSide | str, theirs: BrokerSide) -> Iterator[Finding]:
    """All findings, from what was seen; `ours` is text where the look at that did not come to an end."""
    seen_line = theirs.line if isinstance(theirs.line, line.LineSeen) else line.LineSeen(looked_s=0.0)
    if isinstance(theirs.broker, broker.BrokerSeen):
        sizes = ours.sizes if isinstance(ours, MachineSide) else ()
        yield from broker.judge(
            theirs.broker, station.broker, sizes, messages_per_item(station), line.items_per_s(seen_line)
        )
    else:
        yield broker.judge_absence(theirs.broker, station.broker)
    if isinstance(theirs.line, line.LineSeen):
        expected = line.Expected(
            Topics(station.base),
            station.broker,
            agents_of(station),
            station.config_sha256,
            __version__,
            has_models=bool(station.models),
            configs={name: concern.sha256_of(station, name) for name in agents_of(station)},
        )
        yield from line.judge(seen_line, expected)
    else:
        yield note(line.AGENTS, f"not looked at, for want of a connection that may read: {theirs.line.why}")
    if isinstance(ours, MachineSide):
        yield from _of_machine(station, ours, seen_line)
    else:
        yield grave(
            ours,
            f"the look at the {ours} did not come to an end within {PATIENCE_S:g} s: something hangs there",
            "See `dmesg`; is a network folder away, a disk or a device failing?",
        )


def _of_machine(station: Station, ours: MachineSide, seen_line: line.LineSeen) -> Iterator[Finding]:
    yield from clocks.judge(ours.clock, seen_line.stats, seen_line.live_stats)
    elsewhere = hosts_elsewhere(seen_line.states, ours.host)
    if "recorder" in elsewhere:
        yield note(
            disk.SUBJECT, f"the recorder runs on {elsewhere['recorder']}: run the doctor there to have it examined"
        )
    elif ours.disk is None:
        yield note(disk.SUBJECT, f"not looked at: {ours.disk_error}")
    else:
        yield from disk.judge(ours.disk, limits_of(station))
    for camera in ours.cameras:
        agent = "decision" if camera.name == cameras.TRIGGER else f"camera-{camera.name}"
        if agent in elsewhere:
            where = f"{camera.name or 'the trigger'} ({camera.kind}) is on {elsewhere[agent]}"
            yield note(cameras.SUBJECT, f"{where}: run the doctor there to have it examined")
        else:
            yield cameras.judge(camera)
    yield from models.judge(
        ours.models,
        deadline_ms=station.station.deadline_ms,
        cores=ours.machine.cores,
        configured=len(station.models),
    )
    yield from machine.judge(ours.machine)


def agents_of(station: Station) -> frozenset[str]:
    """The agents that the station file asks for."""
    names = {"decision", *(f"camera-{camera.name}" for camera in station.cameras)}
    names.update(agent for agent, its_models in station.inference.items() if its_models)
    if station.recorder is not None:
        names.add("recorder")
    return frozenset(names)


def hosts_elsewhere(states: Mapping[str, c.AgentState], host: str) -> dict[str, str]:
    """The agents that run on other machines, and where: what they use cannot be seen from here."""
    return {
        name: state.host for name, state in states.items() if state.state != "offline" and state.host not in {"", host}
    }


def messages_per_item(station: Station) -> int:
    """How many messages an item brings to the decision agent: trigger, captured, predictions."""
    return 1 + len(station.cameras) + sum(len(model.cameras) for model in station.models)
