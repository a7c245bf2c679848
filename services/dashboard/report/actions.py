"""What can be done about reports: have one made, and give that up."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any, Literal

import msgspec

from dashboard.access.records import Person
from dashboard.access.role import Role
from dashboard.actions import Action, Refused
from dashboard.desk import Desk
from dashboard.jobs.job import Job, Order
from dashboard.report.asked import LONGEST_DAYS, span_between, span_of_shift
from dashboard.report.zone import local_zone

KIND = "report"


class MakeArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`current`, `last` or `2026-11-25/2`; or, where that is empty, a span in the machine's local time."""

    language: Literal["en", "fr"]
    shift: str = ""
    since: str = ""
    until: str = ""


class CancelArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which job."""

    job: str


async def make(desk: Desk, person: Person, args: MakeArgs) -> Mapping[str, Any]:
    """Have a report made; gives the `job` that does it.

    Raises:
        Refused: if one is being made already, or there is no such shift or span.
        JobRefused: if too many jobs wait, or there is no room on the disk.
    """
    t = desk.texts(person.language)
    if running(desk) is not None:
        raise Refused(t("report.one_at_a_time"))
    try:
        which = _options(args, desk.settings.shifts)
    except ValueError as error:
        wrong = t("report.no_such_shift") if args.shift else t("report.bad_span", days=LONGEST_DAYS)
        raise Refused(wrong, 422) from error
    order = Order(
        kind=KIND,
        by=person.name,
        command=lambda _: ("report", str(desk.station.path), *which, "--language", args.language, "--progress", "json"),
        about=msgspec.to_builtins(args),
        heavy=False,
    )
    job = await desk.jobs.submit(order)
    return {"job": job.id}


async def cancel(desk: Desk, person: Person, args: CancelArgs) -> Mapping[str, Any]:
    """Give a report up that is being made.

    Raises:
        Refused: if it is no job that makes a report.
        JobRefused: if it has ended.
    """
    job = desk.jobs.job(args.job)
    if job is None or job.kind != KIND:
        raise Refused(f"there is no report that is being made as {args.job!r}", 404)
    await desk.jobs.cancel(job.id, person.name)
    return {"job": job.id}


def _options(args: MakeArgs, starts: Sequence[str]) -> tuple[str, ...]:
    """The options of `okko report`.

    Raises:
        ValueError: if there is no such shift or span.
    """
    now, zone = datetime.now(UTC), local_zone()
    if args.shift:
        span_of_shift(args.shift, now, starts, zone)
        return "--shift", args.shift
    since, until = (_instant(text, zone) for text in (args.since, args.until))
    span_between(round(since.timestamp() * 1000), round(until.timestamp() * 1000), now)
    return "--since", since.isoformat(), "--until", until.isoformat()


def _instant(text: str, zone: tzinfo) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def running(desk: Desk) -> Job | None:
    """The job that makes a report now."""
    return next((job for job in desk.jobs.jobs if job.kind == KIND and not job.ended), None)


ACTIONS = (
    Action("report.make", Role.OPERATOR, MakeArgs, make),
    Action("report.cancel", Role.OPERATOR, CancelArgs, cancel),
)
