"""The whole examination: looks at all subjects, the machine's in a thread of low priority beside the broker's."""

import asyncio
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from okko import __version__
from okko.doctor import broker, broker_look, cameras, clocks, disk, frames, line, machine, models
from okko.doctor.finding import Finding, note
from okko.errors import BrokerRefused, BrokerUnavailable
from okko.station import Station
from okko.topics import Topics

_NICENESS = 10
"""What is tried out here (a model, the disk) gives way to the line at work."""


@dataclass(frozen=True, slots=True)
class MachineSide:
    """What was seen without the broker. `disk` is None where it could not be looked at, and `disk_error` says why."""

    clock: clocks.ClockSeen
    cameras: tuple[cameras.CameraSeen, ...]
    models: tuple[models.ModelSeen, ...] | None
    machine: machine.MachineSeen
    disk: disk.DiskSeen | None
    disk_error: str = ""


@dataclass(frozen=True, slots=True)
class BrokerSide:
    """What was seen on the broker; an error where there was nothing to be seen."""

    broker: broker.BrokerSeen | BrokerUnavailable | BrokerRefused
    line: line.LineSeen | BrokerUnavailable | BrokerRefused


async def examine(station: Station) -> tuple[Finding, ...]:
    """All findings about a station, by subject. Takes some ten seconds at most."""
    async with asyncio.TaskGroup() as group:
        ours = group.create_task(asyncio.to_thread(look_at_machine, station), name="machine")
        theirs = group.create_task(look_at_broker(station), name="broker")
    return tuple(judge(station, ours.result(), theirs.result()))


def look_at_machine(station: Station) -> MachineSide:
    """Everything that can be seen without a broker, in this thread, which gives way to all others."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
    load = machine.look()  # first, before our own work is in it
    others = {"journal": station.journal_folder}
    for camera in station.cameras:
        path = camera.outbox.path
        others[f"outbox of {camera.name}"] = station.folder / path if path is not None else station.data / "outbox"
    seen, error = None, ""
    try:
        seen = disk.look(station.data, others)
    except OSError as failed:
        error = failed.strerror or str(failed)
    return MachineSide(clocks.look(), cameras.look(station), models.look(station), load, seen, error)


async def look_at_broker(station: Station) -> BrokerSide:
    """Everything that is seen on the broker."""
    topics = Topics(station.base)
    try:
        of_broker = await broker_look.look_at_broker(station.broker, topics)
    except (BrokerUnavailable, BrokerRefused) as error:
        return BrokerSide(error, error)
    try:
        return BrokerSide(of_broker, await broker_look.look_at_line(station.broker, topics, agents_of(station)))
    except (BrokerUnavailable, BrokerRefused) as error:
        return BrokerSide(of_broker, error)


def judge(station: Station, ours: MachineSide, theirs: BrokerSide) -> Iterator[Finding]:
    """All findings, from what was seen."""
    seen_line = theirs.line if isinstance(theirs.line, line.LineSeen) else line.LineSeen(looked_s=0.0)
    if isinstance(theirs.broker, broker.BrokerSeen):
        store = ours.disk.store if ours.disk is not None else None
        sizes = frames.sizes(station, dict(store.frames) if store is not None else {})
        yield from broker.judge(
            theirs.broker, station.broker, sizes, messages_per_item(station), line.items_per_s(seen_line)
        )
    else:
        yield broker.judge_absence(theirs.broker, station.broker)
    if isinstance(theirs.line, line.LineSeen):
        expected = line.Expected(
            Topics(station.base), station.broker, agents_of(station), station.config_sha256, __version__
        )
        yield from line.judge(seen_line, expected)
    else:
        yield note(line.AGENTS, f"not looked at, for want of a connection that may read: {theirs.line.why}")
    yield from clocks.judge(ours.clock, seen_line.stats, seen_line.live_stats)
    if ours.disk is None:
        yield note(disk.SUBJECT, f"not looked at: {ours.disk_error}")
    else:
        yield from disk.judge(ours.disk, records=station.recorder is not None)
    yield from (cameras.judge(camera) for camera in ours.cameras)
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
    if station.models:
        names.add("inference")
    if station.recorder is not None:
        names.add("recorder")
    return frozenset(names)


def messages_per_item(station: Station) -> int:
    """How many messages an item brings to the decision agent: trigger, captured, predictions."""
    return 1 + len(station.cameras) + sum(len(model.cameras) for model in station.models)
