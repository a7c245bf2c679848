"""The action that plays the PLC: one trigger, by hand."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from dashboard.access.records import Person
from dashboard.access.role import Role
from dashboard.actions import Action, Refused
from dashboard.desk import Desk
from okko import contracts as c


class TriggerArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The part to inspect; without a name it is a part without a name."""

    part_id: Annotated[str, Meta(max_length=64)] = ""


async def trigger(desk: Desk, _person: Person, args: TriggerArgs) -> Mapping[str, Any]:
    """Publish one trigger, as the PLC does.

    Raises:
        Refused: if there is no connection to the broker.
    """
    message = c.Trigger(part_id=args.part_id)
    if not desk.runtime.publish(desk.runtime.topics.build("trigger"), message):
        raise Refused("no connection to the broker: the trigger was not sent", 503)
    return {"part_id": args.part_id}


ACTIONS = (Action("trigger", Role.OPERATOR, TriggerArgs, trigger),)
