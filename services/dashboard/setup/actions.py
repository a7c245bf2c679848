"""What a technician does to the station from the page: each goes to the agent that owns it, as a command."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from dashboard.access.records import Person
from dashboard.access.role import Role
from dashboard.actions import Action, Refused
from dashboard.desk import Desk, beside
from dashboard.setup import models
from okko import asking
from okko.errors import BrokerUnavailable

CHECK_S = 75.0
RESTART_S = 10.0
Note = Annotated[str, Meta(max_length=1000)]


class CheckArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A station file to look at."""

    text: Annotated[str, Meta(max_length=128 * 1024)]


class ActivateArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A station file to put in force; `based_on`: what it was made of."""

    text: Annotated[str, Meta(max_length=128 * 1024)]
    based_on: str
    note: Note = ""


class VersionArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An earlier version."""

    number: int


class RollbackArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An earlier version to put in force again."""

    number: int
    based_on: str
    note: Note = ""


class NoArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing to say."""


class RestartArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which agent begins anew."""

    agent: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$(?!\n)")]


class RefusedConfig(Refused):
    """A station file that is refused; `problems` say where, what and how to mend it."""

    def __init__(self, why: str, problems: list[dict[str, Any]]) -> None:
        super().__init__(why, 422)
        self.problems = problems


async def _config(desk: Desk, args: Mapping[str, Any]) -> dict[str, Any]:
    broker, topics = desk.station.broker, desk.runtime.topics
    try:
        reply = await asking.ask(broker, topics, "decision", "config", args, timeout_s=CHECK_S)
    except (asking.Unanswered, BrokerUnavailable) as error:
        raise Refused(str(error), 503) from error
    if not reply.ok:
        raise RefusedConfig(reply.error or "refused", reply.result.get("problems", []))
    return reply.result


async def show(desk: Desk, _person: Person, _args: NoArgs) -> Mapping[str, Any]:
    """The station file in force.

    Raises:
        Refused: if the decision agent does not answer.
    """
    return await _config(desk, {"verb": "get"})


async def history(desk: Desk, _person: Person, _args: NoArgs) -> Mapping[str, Any]:
    """Its versions.

    Raises:
        Refused: if the decision agent does not answer.
    """
    return await _config(desk, {"verb": "history"})


async def version(desk: Desk, _person: Person, args: VersionArgs) -> Mapping[str, Any]:
    """One of them.

    Raises:
        Refused: if there is none of that number.
    """
    return await _config(desk, {"verb": "version", "number": args.number})


async def check(desk: Desk, _person: Person, args: CheckArgs) -> Mapping[str, Any]:
    """What is wrong with a text, and what it would change.

    Raises:
        Refused: if the decision agent does not answer.
    """
    return await _config(desk, {"verb": "check", "text": args.text})


async def activate(desk: Desk, person: Person, args: ActivateArgs) -> Mapping[str, Any]:
    """Put a text in force.

    Raises:
        RefusedConfig: if something is wrong with it, or it is not made of what is in force.
    """
    by = person.name or "the page"
    return await _config(
        desk, {"verb": "activate", "text": args.text, "based_on": args.based_on, "by": by, "note": args.note}
    )


async def roll_back(desk: Desk, person: Person, args: RollbackArgs) -> Mapping[str, Any]:
    """Put an earlier version in force again.

    Raises:
        RefusedConfig: if it does not fit any more.
    """
    by = person.name or "the page"
    return await _config(
        desk, {"verb": "rollback", "number": args.number, "based_on": args.based_on, "by": by, "note": args.note}
    )


async def restart(desk: Desk, _person: Person, args: RestartArgs) -> Mapping[str, Any]:
    """Have an agent begin anew.

    Raises:
        Refused: if it does not answer.
    """
    return await desk.ask(args.agent, "restart", {}, timeout_s=RESTART_S)


async def set_model(desk: Desk, person: Person, args: models.SetArgs) -> Mapping[str, Any]:
    """Put a bundle in charge of a camera, or have it look on.

    Raises:
        OkkoError: if it is wrong or does not fit. Nothing has changed.
    """
    return await beside(lambda: models.change(desk.station.path, args, person.name or "the page"))


ACTIONS = (
    Action("config_show", Role.TECHNICIAN, NoArgs, show, audited=False),
    Action("config_history", Role.TECHNICIAN, NoArgs, history, audited=False),
    Action("config_version", Role.TECHNICIAN, VersionArgs, version, audited=False),
    Action("config_check", Role.TECHNICIAN, CheckArgs, check, audited=False),
    Action("config_activate", Role.TECHNICIAN, ActivateArgs, activate, told=lambda args: args.note or "no note"),
    Action("config_rollback", Role.TECHNICIAN, RollbackArgs, roll_back),
    Action("restart", Role.TECHNICIAN, RestartArgs, restart),
    Action("model_change", Role.TECHNICIAN, models.SetArgs, set_model),
)
