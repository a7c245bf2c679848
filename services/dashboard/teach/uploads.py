"""A model file that came from a browser: a job looks at it, and makes a bundle of it where it is a model."""

import re
import time
from collections.abc import Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from dashboard.access.records import Person
from dashboard.access.role import Role
from dashboard.actions import Action, Refused
from dashboard.desk import Desk, beside
from dashboard.jobs.job import Order
from workshop.teaching.command import FOLDER

UPLOADS = "uploads"
MOST_BYTES = 256 << 20
"""The largest model file that is taken."""

ROOM_BYTES = 1 << 30
"""What must be free on the disk before one is: it lies there twice for a moment."""

STALE_S = 3600.0
"""No upload takes so long."""

FILE = "model.tflite"
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
_LONGEST_NAME = 40


class UploadArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file that lies among the uploads, and what it was called."""

    upload: Annotated[str, Meta(pattern=r"^[0-9a-f]{16}$")]
    name: Annotated[str, Meta(min_length=1, max_length=200)]


def clear(folder: Path) -> None:
    """Make the folder of the uploads, and remove what was left there when an agent was killed.

    Raises:
        OSError: if that cannot be done.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.stat().st_mtime < time.time() - STALE_S:
            path.unlink(missing_ok=True)


def name_of(file: str) -> str:
    """A bundle's name from a file's: letters, digits, _ and -; whatever path stands before it."""
    stem = PurePosixPath(PureWindowsPath(file).name).stem
    return (_UNSAFE.sub("-", stem).strip("-_") or "model")[:_LONGEST_NAME]


async def take(desk: Desk, person: Person, args: UploadArgs) -> Mapping[str, Any]:
    """Have `okko model inspect` look at it; a bundle is begun where it is a model.

    Raises:
        Refused: if there is no such file.
        JobRefused: if no job is taken now.
    """
    came = desk.folder / UPLOADS / args.upload
    name = name_of(args.name)
    to = desk.station.folder.resolve() / FOLDER

    def command(folder: Path) -> tuple[str, ...]:
        bundle = to / f"{name}-{folder.name}"
        return ("model", "inspect", str(folder / FILE), "--json", "--write", str(bundle))

    def moved(folder: Path) -> None:
        came.rename(folder / FILE)

    if not await beside(came.is_file):
        raise Refused("there is no such upload", 404)
    about = {"verb": "upload", "camera": "", "name": args.name}
    order = Order("model", person.name, command, about, heavy=False, prepare=moved)
    return {"job": (await desk.jobs.submit(order)).id}


ACTIONS = (Action("models.upload", Role.TECHNICIAN, UploadArgs, take),)
