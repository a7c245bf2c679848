"""What can be done on the teach page: teach, try in the shadow, put in charge, roll back, compare."""

import sqlite3
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from dashboard.access.records import Person
from dashboard.access.role import Role
from dashboard.actions import Action, Refused
from dashboard.desk import Desk, beside
from dashboard.jobs.job import Order
from dashboard.teach.bundles import Taught, models_of
from dashboard.teach.choice import ITEMS, Choice, Gathered, command_of, concerns
from dashboard.teach.gather import gather
from okko.contracts import Name
from okko.errors import ConfigError
from okko.station import Station
from recorder.reader import open_store
from workshop.teaching.judging import as_option


class CameraArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which camera."""

    camera: Name


class BundleArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which bundle, by its folder's name below `taught/`, for which camera."""

    camera: Name
    bundle: Annotated[str, Meta(max_length=200)]


class CompareArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which camera, and how far back."""

    camera: Name
    hours: Annotated[float, Meta(gt=0, le=24 * 366)] = 24.0


async def gathered(desk: Desk, choice: Choice) -> Gathered:
    """What the record has for a choice.

    Raises:
        Refused: if the record cannot be read, or there is none.
    """

    def look() -> Gathered | None:
        with open_store(desk.station.data) as connection:
            return None if connection is None else gather(connection, choice)

    try:
        found = await beside(look)
    except (ConfigError, sqlite3.Error) as error:
        raise Refused(f"the record cannot be read: {error}") from error
    if found is None:
        raise Refused("nothing is recorded here yet: let the line run a while")
    return found


async def start(desk: Desk, person: Person, choice: Choice) -> Mapping[str, Any]:
    """Begin to teach.

    Raises:
        Refused: if there is no such camera, or too little to teach from.
        JobRefused: if no job is taken now.
    """
    t = desk.texts(person.language)
    desk.station.camera(choice.camera)
    found = await gathered(desk, choice)
    if stops := [concern for concern in concerns(choice, found) if concern.stops]:
        raise Refused(" ".join(t(f"teach.{concern.text}", **concern.values) for concern in stops))
    about = {**msgspec.to_builtins(choice), "items": [], "good": len(found.good), "ko": len(found.ko)}
    items = "\n".join((*found.good, *found.ko))
    path = desk.station.path.resolve()
    order = Order("teach", person.name, lambda folder: command_of(choice, path, folder), about, {ITEMS: f"{items}\n"})
    return {"job": (await desk.jobs.submit(order)).id}


async def activate(desk: Desk, person: Person, args: BundleArgs) -> Mapping[str, Any]:
    """Put a bundle in charge, while the line runs, with the rule that goes with it."""
    station, bundle = await _bundle(desk, args)
    return await _change(desk, person, args.camera, "set", *_words(station, args.camera, bundle))


async def shadow(desk: Desk, person: Person, args: BundleArgs) -> Mapping[str, Any]:
    """Have a bundle look on without a say."""
    station, bundle = await _bundle(desk, args)
    return await _change(desk, person, args.camera, "shadow", *_words(station, args.camera, bundle))


async def shadow_off(desk: Desk, person: Person, args: CameraArgs) -> Mapping[str, Any]:
    """Nothing looks on any more."""
    desk.station.camera(args.camera)
    return await _change(desk, person, args.camera, "shadow", "--off")


async def roll_back(desk: Desk, person: Person, args: CameraArgs) -> Mapping[str, Any]:
    """Put the model before in charge again."""
    desk.station.camera(args.camera)
    return await _change(desk, person, args.camera, "rollback")


async def compare(desk: Desk, person: Person, args: CompareArgs) -> Mapping[str, Any]:
    """Where what looks on would have judged otherwise."""
    desk.station.camera(args.camera)
    path, since = str(desk.station.path.resolve()), f"{args.hours:g}h"
    command = ("model", "compare", path, args.camera, "--since", since, "--json")
    about = {"verb": "compare", "camera": args.camera, "hours": args.hours}
    order = Order("model", person.name, lambda _folder: command, about, heavy=False)
    return {"job": (await desk.jobs.submit(order)).id}


async def _bundle(desk: Desk, args: BundleArgs) -> tuple[Station, Taught]:
    models = await beside(lambda: models_of(desk.station.path))
    models.station.camera(args.camera)
    bundle = models.find(args.bundle)
    if bundle is None:
        raise Refused(f"there is no bundle {args.bundle!r} any more", 404)
    return models.station, bundle


def _words(station: Station, camera: str, bundle: Taught) -> tuple[str, ...]:
    """The bundle, and the rule that goes with it."""
    folder = str(bundle.folder.resolve())
    rule = bundle.judged(station, camera)
    return (folder,) if rule is None else (folder, f"--rule={as_option(rule)}")


async def _change(desk: Desk, person: Person, camera: str, verb: str, *words: str) -> Mapping[str, Any]:
    """The job that changes a camera's models; the words go behind the camera."""
    path = str(desk.station.path.resolve())
    command = ("model", verb, path, camera, *words, "--json", f"--by={person.name}")
    about = {"verb": verb, "camera": camera, "words": words}
    order = Order("model", person.name, lambda _folder: command, about, heavy=False)
    return {"job": (await desk.jobs.submit(order)).id}


ACTIONS = (
    Action("teach.start", Role.TECHNICIAN, Choice, start),
    Action("teach.activate", Role.TECHNICIAN, BundleArgs, activate),
    Action("teach.shadow", Role.TECHNICIAN, BundleArgs, shadow),
    Action("teach.shadow_off", Role.TECHNICIAN, CameraArgs, shadow_off),
    Action("teach.rollback", Role.TECHNICIAN, CameraArgs, roll_back),
    Action("teach.compare", Role.TECHNICIAN, CompareArgs, compare),
)
