"""The inference agent: a frame comes in, one prediction for each model of its camera goes out, always."""

from collections.abc import Callable, Sequence
from importlib.metadata import version

import cv2

from inference_agent.answers import refusal
from inference_agent.changes import Changes
from inference_agent.guests import Guests
from inference_agent.jobs import Job
from inference_agent.lineup import Lineup
from inference_agent.recent import Recent
from inference_agent.shadows import ShadowBench, by_camera
from inference_agent.slots import Slot, slot_of
from inference_agent.supervisor import Supervisor
from inference_agent.worker import LATE
from okko import clock
from okko import contracts as c
from okko.agent import Incoming, Runtime
from okko.errors import ContractError
from okko.station import Station, StationModel

HUNG_AFTER_NS = 10_000_000_000
HUNG_AFTER_DEADLINES = 5
"""A model hangs when it takes longer than either of these: on a slow box with a long deadline, the deadline counts."""

OVERLOAD = c.Fault(kind="overload", text="too many frames of this camera wait already")


async def main(station: Station, name: str) -> None:
    """Run the models of the inference agent of that name until asked to stop."""
    # One picture at a time, and small ones: OpenCV's own threads would only take cores from LiteRT.
    cv2.setNumThreads(1)
    models, shadows = station.inference[name], station.inference_shadows[name]
    agent = InferenceAgent(Runtime(station, name), station, models, shadows=shadows)
    await agent.run()


class InferenceAgent:
    """Admits the frames of its models' cameras and publishes answers. It must be made where an event loop runs."""

    def __init__(
        self,
        runtime: Runtime,
        station: Station,
        models: Sequence[StationModel],
        slot: Callable[[StationModel], Slot] = slot_of,
        shadows: Sequence[StationModel] = (),
    ) -> None:
        self._runtime = runtime
        self._station = station
        self._slot = slot
        self._boot_id = clock.boot_id()
        self._deadline_ns = station.station.deadline_ms * 1_000_000
        slots = [(model, slot(model)) for model in models]
        self._slots = {made.key: made for _, made in slots}
        cameras = tuple(dict.fromkeys(camera for model in models for camera in model.cameras))
        self.lineup = Lineup(
            {
                camera: tuple(dict.fromkeys(made.key for model, made in slots if camera in model.cameras))
                for camera in cameras
            }
        )
        self._measured = {camera for camera in cameras if station.wants_image_quality(camera)}
        self._recent = Recent()
        self.supervisor = Supervisor(
            runtime,
            self._slots,
            cameras,
            self._answer,
            measured_cameras=self._measured,
            deadline_ns=self._deadline_ns,
            hung_after_ns=max(HUNG_AFTER_NS, HUNG_AFTER_DEADLINES * self._deadline_ns),
        )
        self.guests = Guests(runtime, self.supervisor, self.lineup)
        self.shadows = ShadowBench(runtime, by_camera(shadows, slot), self.supervisor.is_idle)

    async def run(self) -> None:
        """Load the models, then work until asked to stop."""
        runtime = self._runtime
        changes = Changes(runtime, self._station, self.supervisor, self.lineup, self._slot, self.open, self.shadows)
        for camera in self.lineup.cameras():
            runtime.on("frame", self.on_frame, camera=camera)
        runtime.on_connect(self.supervisor.tell_faults)
        runtime.on_stop(self.supervisor.finish)
        runtime.on_stop(self.shadows.finish)
        runtime.versions(litert=version("ai-edge-litert"), opencv=cv2.__version__)
        changes.serve()
        self.guests.listen()
        await self.supervisor.load()
        await runtime.run(self.supervisor.watch, changes.run, self.guests.run)

    async def open(self, camera: str) -> None:
        """Look at the frames of a camera that had no model so far."""
        if self._station.wants_image_quality(camera):
            self._measured.add(camera)
        self.supervisor.desk.open(camera)
        await self._runtime.also_on("frame", self.on_frame, camera=camera)

    def on_frame(self, incoming: Incoming) -> None:
        """Admit a frame, or answer at once why not.

        Raises:
            ContractError: if it is no frame, or another camera's than its topic says.
        """
        received_mono_ns = clock.mono_ns()
        frame = c.decode(c.Frame, incoming.payload)
        if frame.camera != incoming.names["camera"]:
            raise ContractError("frame", f"camera {frame.camera!r} on the topic of {incoming.names['camera']!r}")
        if not self._recent.is_new(frame.frame_id):
            self._runtime.stats.count("duplicates")
            return
        if not (models := self.lineup.models_of(frame.camera)):
            return  # the camera's model was taken away
        self._runtime.stats.count("frames")
        # Another machine's clock can't be compared; what waits here longer than a whole deadline is late by any clock.
        same_clock = frame.boot_id == self._boot_id
        deadline_mono_ns = frame.deadline_mono_ns if same_clock else received_mono_ns + self._deadline_ns
        job = Job(frame, received_mono_ns, deadline_mono_ns, models)
        if received_mono_ns >= deadline_mono_ns:
            self._refuse(job, LATE)
        elif not self.supervisor.desk.put(job):
            self._refuse(job, OVERLOAD)

    def _refuse(self, job: Job, fault: c.Fault) -> None:
        for key in job.models:
            ref, task = self.supervisor.refs[key], self._slots[key].task
            self._answer(job, key, refusal(job, ref, task, fault))

    def _answer(self, job: Job, key: str, prediction: c.Prediction) -> None:
        """Publish what a model says of a job, unless that was done already."""
        if key not in job.awaited:
            return
        job.awaited.remove(key)
        if self.guests.answers(job, prediction):
            return
        address = self._runtime.topics.build("prediction", camera=prediction.camera, model=prediction.model.name)
        self._runtime.publish(address, prediction)
        self._runtime.flush()  # all that follows can wait, the verdict can't
        stats = self._runtime.stats
        if prediction.error is None:
            stats.count("predictions")
            for stage, ms in prediction.timings_ms.items():
                stats.stage(stage, ms)
        else:
            stats.count(f"error_{prediction.error.kind}")
        if not job.awaited:
            self.shadows.offer(job)
        depth, size_bytes = self.supervisor.desk.depth()
        stats.gauge("queue_depth", depth)
        stats.gauge("queue_bytes", size_bytes)
