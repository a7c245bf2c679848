"""What stands in front of the cameras: one part after the other, each with a picture that is its alone."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import cv2

from camera_agent.simulator.duck import make_duck
from camera_agent.simulator.kinds import View
from camera_agent.simulator.render import render
from inference_agent.bundle import load_bundle
from inference_agent.images import open_picture
from inference_agent.model import Model
from okko import clock
from okko import contracts as c

SEED = 11
DUCKS = 24
"""How many different ducks go round; each part's picture has its number in it, so that no two are alike."""

WIDTH_PX, HEIGHT_PX = 320, 240
FILE = "now.jpg"


class World:
    """The parts and their pictures. `show` puts one in front of all cameras at once; a camera is named by its view."""

    def __init__(self, folder: Path, cameras: Iterable[View]) -> None:
        self.folders: dict[View, Path] = {camera: folder / camera for camera in cameras}
        self._ducks: dict[View, list[bytes]] = {camera: [] for camera in self.folders}
        self._shown: dict[View, dict[str, int]] = {camera: {} for camera in self.folders}
        for camera, place in self.folders.items():
            place.mkdir(parents=True)
            for number in range(1, DUCKS + 1):
                duck = make_duck(SEED, number, defect_rate=0.3)
                _, data = cv2.imencode(".jpg", render(duck, camera, WIDTH_PX, HEIGHT_PX))
                self._ducks[camera].append(data.tobytes())
        self.show(0)

    def show(self, part: int, *cameras: View) -> None:
        """The belt has moved: this part is what the cameras (by default all) see from now on."""
        for camera in cameras or self.folders:
            place = self.folders[camera]
            picture = self.picture(camera, part)
            self._shown[camera][hashlib.sha256(picture).hexdigest()] = part
            unfinished = place / "next"
            unfinished.write_bytes(picture)
            unfinished.rename(place / FILE)

    def part_of(self, camera: View, sha256: str) -> int | None:
        """Which part a picture shows; None: none that was ever in front of this camera."""
        return self._shown[camera].get(sha256)

    def picture(self, camera: View, part: int) -> bytes:
        """What a camera sees of a part: JPEG, with the part's number as a comment (marker COM)."""
        duck = self._ducks[camera][part % DUCKS]
        comment = f"part {part}".encode()
        return duck[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + duck[2:]

    def labels(self, bundle_folder: Path) -> dict[View, list[str]]:
        """What the model says of each duck, by camera: looked at here, by the very code of the inference agent."""
        model = Model(bundle_folder, load_bundle(bundle_folder))
        return {
            camera: [model.look(open_picture(_frame(camera, duck))).decoded.label or "" for duck in ducks]
            for camera, ducks in self._ducks.items()
        }


def _frame(camera: str, data: bytes) -> c.Frame:
    return c.Frame(
        item_id="world",
        camera=camera,
        frame_id="world",
        captured_at=clock.utc_now(),
        captured_mono_ns=0,
        boot_id=clock.boot_id(),
        deadline_mono_ns=0,
        published_mono_ns=0,
        width_px=WIDTH_PX,
        height_px=HEIGHT_PX,
        encoding="jpeg",
        data=memoryview(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )
