"""The bare loop: grab, encode, decode, preprocess, invoke, decide, by the very functions of the agents, and no broker.

One process, one thread. It has no hash, no message, no journal and no record: what the station takes more than this is
the price of its architecture.
"""

import time
from pathlib import Path

import cv2

from camera_agent.roi import crop
from camera_agent.settings import CameraSettings
from camera_agent.shot import Camera, Request
from decision_agent.combine import decided
from decision_agent.from_station import policy_of
from inference_agent.answers import prediction
from inference_agent.images import open_picture
from inference_agent.jobs import Job
from inference_agent.model import Model
from okko import clock, heap
from okko import contracts as c
from okko.station import load

_NO_HASH = "0" * 64


class BareLoop:
    """The cameras and the one model of a station, in this thread, one after the other."""

    def __init__(self, station_folder: Path) -> None:
        cv2.setNumThreads(1)  # as in the inference agent
        heap.keep_for_reuse()  # as in the camera and the inference agent
        station = load(station_folder)
        self._cameras = [(settings, settings.source.open(station.folder)) for settings in station.cameras]
        (model,) = station.models
        self._model = Model(model.bundle_path, model.bundle)
        self.model = model.bundle.name
        self._policy = policy_of(station)
        self._number = 0

    def look(self) -> dict[str, float]:
        """Inspect one part; how long each stage took with all cameras, and `total`, in ms."""
        self._number += 1
        began = time.perf_counter()
        spent: dict[str, float] = {}
        for settings, camera in self._cameras:
            for stage, ms in self._look(settings, camera).items():
                spent[stage] = round(spent.get(stage, 0.0) + ms, 3)
        return {**spent, "total": _ms(time.perf_counter() - began)}

    def _look(self, settings: CameraSettings, camera: Camera) -> dict[str, float]:
        began = time.perf_counter()
        shot = camera.capture(Request("bare", self._number, 0, clock.mono_ns()))
        grabbed = time.perf_counter()
        if shot.image is None:
            message = "the bare loop needs pictures that are to be encoded"
            raise TypeError(message)
        image, roi = (shot.image, None) if settings.roi is None else crop(shot.image, settings.roi)
        data = settings.encoding.encode(image)
        encoded = time.perf_counter()
        height_px, width_px = image.shape[:2]
        frame = c.Frame(
            item_id="bare",
            camera=settings.name,
            frame_id="bare",
            captured_at="",
            captured_mono_ns=shot.captured_mono_ns,
            boot_id=clock.boot_id(),
            deadline_mono_ns=0,
            published_mono_ns=0,
            width_px=width_px,
            height_px=height_px,
            encoding=settings.encoding.kind,
            data=data,
            sha256=_NO_HASH,
            roi=roi,
        )
        seen = self._model.look(open_picture(frame))
        looked = time.perf_counter()
        self._decide(settings.name, prediction(Job(frame, 0, 0, ("bare",)), self._model.ref, seen, None, {}))
        done = time.perf_counter()
        return {
            "expose": _ms(grabbed - began),
            "encode": _ms(encoded - grabbed),
            **seen.timings_ms,
            "decide": _ms(done - looked),
        }

    def paced(self, count: int, rate: float) -> list[dict[str, float]]:
        """Inspect some parts, so many a second: a processor that rests between them is as cold as the station's."""
        start = time.perf_counter()
        found = []
        for index in range(count):
            time.sleep(max(0.0, start + index / rate - time.perf_counter()))
            found.append(self.look())
        return found

    def rate(self, seconds: float) -> float:
        """How many parts a second it inspects without a pause."""
        count, start = 0, time.perf_counter()
        while (spent := time.perf_counter() - start) < seconds:
            self.look()
            count += 1
        return count / spent

    def close(self) -> None:
        """Let go of the cameras."""
        for _settings, camera in self._cameras:
            camera.close()

    def _decide(self, camera: str, seen: c.Prediction) -> None:
        findings = [rule.judge(seen) for rule, _model in self._policy.rules_of(camera)]
        bad = next((finding for finding in findings if finding.verdict == "KO"), None)
        decided(self._policy.combine, (camera,), {camera: bad})


def _ms(seconds: float) -> float:
    return round(seconds * 1e3, 3)
