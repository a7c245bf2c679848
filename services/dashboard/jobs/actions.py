"""What can be done with a job from the page: cancel it, forget it."""

from collections.abc import Mapping
from typing import Any

import msgspec

from dashboard.access.records import Person
from dashboard.access.role import Role
from dashboard.actions import Action
from dashboard.desk import Desk


class JobArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which job."""

    job: str


async def cancel(desk: Desk, person: Person, args: JobArgs) -> Mapping[str, Any]:
    """End it.

    Raises:
        JobRefused: if there is no such job, or it has ended.
    """
    await desk.jobs.cancel(args.job, person.name)
    return {"job": args.job}


async def remove(desk: Desk, _person: Person, args: JobArgs) -> Mapping[str, Any]:
    """Forget it, with what lies in its folder.

    Raises:
        JobRefused: if there is no such job, or it has not ended.
    """
    await desk.jobs.remove(args.job)
    return {"job": args.job}


ACTIONS = (
    Action("job.cancel", Role.TECHNICIAN, JobArgs, cancel),
    Action("job.remove", Role.TECHNICIAN, JobArgs, remove),
)
