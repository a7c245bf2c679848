"""The bare loop: grab, encode, decode, preprocess, invoke, decide, by the very functions of the agents, and no broker.

One process, one thread. It has no hash, no message, no journal and no record: what the station takes more than this is
the price of its architecture.
"""

import time
from pathlib import Path

import cv2

from camera_agent.shot import Request
from decision_agent.agent import policy_of
from decision_agent.combine import decided
from inference_agent.answers import prediction
from inference_agent.images import open_picture
from inference_agent.jobs import Job
from inference_agent.model import Model
from okko import clock
from okko import contracts as c
from okko.station import load

_NO_HASH = "0" * 64


class BareLoop:
    """One camera and one model of a station, in this thread."""

    def __init__(self, station_folder: Path) -> None:
        cv2.setNumThreads(1)  # as in the inference agent
        station = load(station_folder)
        (self._settings,) = station.cameras
        self._camera = self._settings.source.open(station.folder)
        (model,) = station.models
        self._model = Model(model.bundle_path, model.bundle)
        self.model = model.bundle.name
        self._policy = policy_of(station)
        self._number = 0

    def look(self) -> dict[str, float]:
        """Inspect one part; how long each stage took, and `total`, in ms."""
        self._number += 1
        began = time.perf_counter()
        shot = self._camera.capture(Request("bare", self._number, 0, clock.mono_ns()))
        grabbed = time.perf_counter()
        if shot.image is None:
            message = "the bare loop needs pictures that are to be encoded"
            raise TypeError(message)
        data = self._settings.encoding.encode(shot.image)
        encoded = time.perf_counter()
        frame = c.Frame(
            item_id="bare",
            camera=self._settings.name,
            frame_id="bare",
            captured_at="",
            captured_mono_ns=shot.captured_mono_ns,
            boot_id=clock.boot_id(),
            deadline_mono_ns=0,
            published_mono_ns=0,
            width_px=shot.width_px,
            height_px=shot.height_px,
            encoding=self._settings.encoding.kind,
            data=data,
            sha256=_NO_HASH,
        )
        seen = self._model.look(open_picture(frame))
        looked = time.perf_counter()
        self._decide(prediction(Job(frame, 0, 0, ("bare",)), self._model.ref, seen, None, {}))
        done = time.perf_counter()
        return {
            "expose": _ms(grabbed - began),
            "encode": _ms(encoded - grabbed),
            **seen.timings_ms,
            "decide": _ms(done - looked),
            "total": _ms(done - began),
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
        """Let go of the camera."""
        self._camera.close()

    def _decide(self, seen: c.Prediction) -> None:
        camera = self._settings.name
        findings = [rule.judge(seen) for rule, _model in self._policy.rules_of(camera)]
        bad = next((finding for finding in findings if finding.verdict == "KO"), None)
        decided(self._policy.combine, (camera,), {camera: bad})


def _ms(seconds: float) -> float:
    return round(seconds * 1e3, 3)
