"""What can be done on the replay page: begin a replay."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from dashboard.access.records import Person
from dashboard.access.role import Role
from dashboard.actions import Action, Refused
from dashboard.desk import Desk, beside
from dashboard.jobs.job import Order
from dashboard.replay.choice import ITEMS, RULES, ReplayChoice, command_of, in_place_of, rules_file, with_bounds
from dashboard.replay.models import Candidate, candidates
from dashboard.teach.bundles import models_of
from decision_agent.rules import Rule
from okko.station import Station


async def start(desk: Desk, person: Person, choice: ReplayChoice) -> Mapping[str, Any]:
    """Begin a replay.

    Raises:
        Refused: if a model or a rule is not there, or a bound cannot be.
        JobRefused: if no job is taken now.
    """
    models = await beside(lambda: models_of(desk.station.path))
    station = models.station
    if choice.camera is not None:
        station.camera(choice.camera)
    model: Candidate | None = None
    if choice.bundle:
        model = next((one for one in candidates(models) if one.key == choice.bundle), None)
        if model is None:
            raise Refused(f"there is no model {choice.bundle!r} any more", 404)
        # Said to the command too: of itself it gives a model to each camera of the one whose place it takes.
        choice = msgspec.structs.replace(choice, camera=choice.camera or model.camera)
    try:
        rules = _rules(station, choice, model)
    except ValueError as error:
        raise Refused(str(error), 422) from error
    files = {} if rules is None else {RULES: rules_file(station, rules)}
    if choice.items:
        files[ITEMS] = "\n".join(choice.items) + "\n"
    path, bundle = station.path.resolve(), None if model is None else model.folder.resolve()
    about = {**msgspec.to_builtins(choice), "items": len(choice.items), "model": None if model is None else model.name}
    order = Order(
        "replay",
        person.name,
        lambda folder: command_of(choice, path, bundle, folder, rules=rules is not None),
        about,
        files,
    )
    return {"job": (await desk.jobs.submit(order)).id}


def _rules(station: Station, choice: ReplayChoice, model: Candidate | None) -> Sequence[Rule] | None:
    """Other rules than those in force: by other bounds, or since a taught model is judged by its own; None: none."""
    rules = with_bounds(station.rules, choice.bounds)
    if model is not None and model.taught is not None and choice.camera is not None:
        own = model.taught.judged(station, choice.camera)
        if own is not None:
            return in_place_of(rules, choice.camera, own)
    return rules if choice.bounds else None


ACTIONS = (Action("replay.start", Role.TECHNICIAN, ReplayChoice, start),)
