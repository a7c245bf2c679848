"""The models of a station: which are in force, which there are to choose from, and a change of one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from dashboard.actions import Refused
from okko.station import load
from workshop.models import activate as swapping
from workshop.models.choices import choices
from workshop.models.in_force import as_json
from workshop.models.rule_text import rule_of


class SetArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be done about a camera's model. `bundle`: one of those that there are to choose from.

    `rule`: what is to judge it, as `okko model set --rule` has it; empty: the rules that are there.
    """

    camera: Annotated[str, Meta(max_length=64)]
    what: Literal["set", "shadow", "shadow_off", "rollback"]
    bundle: Annotated[str, Meta(max_length=1000)] = ""
    rule: Annotated[str, Meta(max_length=1000)] = ""


def told(path: Path) -> Mapping[str, Any]:
    """What is in force, its history, and the bundles to choose from.

    Raises:
        ConfigError: if the station file is wrong by now.
    """
    station = load(path)
    return {**as_json(station), "choices": choices(station)}


def change(path: Path, args: SetArgs, by: str) -> Mapping[str, Any]:
    """Carry it out; runs its own event loop, so on a thread.

    Raises:
        OkkoError: if it is wrong, does not fit, or an agent does not answer. Nothing has changed.
    """
    if args.what == "rollback":
        return _told(swapping.roll_back(path, args.camera, by=by))
    if args.what == "shadow_off":
        return _told(swapping.shadow(path, args.camera, None, by=by))
    if args.bundle not in {choice["folder"] for choice in choices(load(path))}:
        raise Refused(f"there is no bundle {args.bundle!r} to choose here", 404)
    rule = rule_of(args.rule, args.camera, "rule") if args.rule.strip() else None
    act = swapping.activate if args.what == "set" else swapping.shadow
    return _told(act(path, args.camera, Path(args.bundle), rule, by=by))


def _told(done: swapping.Activated | None) -> Mapping[str, Any]:
    if done is None:
        return {}
    return {"camera": done.camera, "name": done.name, "version": done.version, "late": list(done.late)}
