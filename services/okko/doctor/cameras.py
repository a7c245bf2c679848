"""The cameras: whether what each needs is there. No device is opened: an agent may hold it."""

import importlib.util
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from okko.doctor.finding import Finding, good, grave, note
from okko.doctor.frames import largest_file
from okko.errors import OkkoError
from okko.station import Station

if TYPE_CHECKING:
    from camera_agent.settings import CameraSettings

SUBJECT = "cameras"
TRIGGER = ""
"""The name under which the trigger stands, where it is a device; no camera has none."""

State = Literal["there", "missing", "not allowed", "no library", "unknown"]


@dataclass(frozen=True, slots=True)
class CameraSeen:
    """What was seen of one source, told as `what`: a device, a file, a library."""

    name: str
    kind: str
    what: str
    state: State


def look(station: Station) -> tuple[CameraSeen, ...]:
    """All cameras of a station, and its trigger where that needs a library."""
    return (*(_look(station, camera) for camera in station.cameras), *_trigger(station))


def judge(seen: CameraSeen) -> Finding:
    """One camera."""
    about = f"{'the trigger' if seen.name == TRIGGER else seen.name} ({seen.kind})"
    match seen.state:
        case "there":
            return good(SUBJECT, f"{about}: {seen.what}")
        case "unknown":
            return note(SUBJECT, f"{about}: {seen.what}")
        case "no library":
            return grave(SUBJECT, f"{about}: {seen.what}", _LIBRARY[seen.kind])
        case "not allowed":
            return grave(
                SUBJECT,
                f"{about}: {seen.what}",
                "`sudo usermod -aG video USER` for the station's user, and log in again",
            )
        case "missing":
            return grave(
                SUBJECT, f"{about}: {seen.what}", _MISSING.get(seen.kind, "Correct `path` of the camera's source")
            )


_LIBRARY = {
    "picamera2": "`sudo apt install python3-picamera2`, and have the environment see the system's packages",
    "usb": "Install okko[camera]",
    "video": "Install okko[camera]",
    "gpio": "Install okko[pi], or python3-gpiozero and python3-lgpio with apt",
}
_MISSING = {
    "usb": "Plug it in, and take its path below /dev/v4l/by-id (`ls /dev/v4l/by-id`) as `device`",
    "picamera2": "See `rpicam-hello --list-cameras`; is the cable in, is this a Raspberry Pi?",
    "folder": "Put pictures there (jpg, png, bmp, ...), or correct `path` of the camera's source",
    "gpio": "See `pinout`; this machine may have no pins",
}


def _look(station: Station, camera: "CameraSettings") -> CameraSeen:
    source = camera.source
    seen = CameraSeen(camera.name, source.kind, "nothing is needed for it", "there")
    match source.kind:
        case "folder":
            return _folder(seen, station.folder, source.path, camera)
        case "video":
            return _video(seen, station.folder, source.path)
        case "usb":
            return device(seen, Path(f"/dev/video{source.device}") if isinstance(source.device, int) else source.device)
        case "picamera2":
            found = importlib.util.find_spec("picamera2") is not None
            text = "picamera2 is installed" if found else "picamera2 is not installed"
            return CameraSeen(camera.name, source.kind, text, "there" if found else "no library")
        case "simulator":
            return seen
    return CameraSeen(camera.name, source.kind, "this kind is not looked at", "unknown")


def _folder(seen: CameraSeen, station: Path, path: Path, camera: "CameraSettings") -> CameraSeen:
    folder = station / path
    try:
        camera.source.open(station).close()  # lists the files: there is no device behind it
    except (OkkoError, OSError) as error:
        return CameraSeen(seen.name, seen.kind, str(error), "missing")
    except ImportError:
        return CameraSeen(seen.name, seen.kind, f"{folder}: OpenCV, which its files need, is not installed", "unknown")
    largest = largest_file(folder)
    return CameraSeen(
        seen.name,
        seen.kind,
        f"pictures are in {folder}" + (f", the largest of {largest} bytes" if largest else ""),
        "there",
    )


def _video(seen: CameraSeen, station: Path, path: Path | None) -> CameraSeen:
    if path is None:
        return CameraSeen(seen.name, seen.kind, "a stream: it is not opened here, the agent may hold it", "unknown")
    file = station / path
    if not file.is_file():
        return CameraSeen(seen.name, seen.kind, f"there is no file {file}", "missing")
    if importlib.util.find_spec("cv2") is None:
        return CameraSeen(seen.name, seen.kind, "OpenCV is not installed", "no library")
    return CameraSeen(seen.name, seen.kind, f"the file is there: {file}", "there")


def device(seen: CameraSeen, node: Path) -> CameraSeen:
    """A device node: is it there, and may this user use it?"""
    if not node.exists():
        return CameraSeen(seen.name, seen.kind, f"there is no device {node}", "missing")
    if not os.access(node, os.R_OK | os.W_OK):
        return CameraSeen(seen.name, seen.kind, f"this user may not use {node}", "not allowed")
    return CameraSeen(seen.name, seen.kind, f"{node} is there; it is not opened, the agent may hold it", "there")


def _trigger(station: Station) -> Iterator[CameraSeen]:
    if station.trigger.kind != "gpio":
        return
    missing = [name for name in ("gpiozero", "lgpio") if importlib.util.find_spec(name) is None]
    if missing:
        yield CameraSeen(TRIGGER, "gpio", f"{' and '.join(missing)} not installed", "no library")
    elif not list(Path("/dev").glob("gpiochip*")):
        yield CameraSeen(TRIGGER, "gpio", "there is no /dev/gpiochip*", "missing")
    else:
        yield CameraSeen(TRIGGER, "gpio", "the pin library is installed, and there are pins", "there")
