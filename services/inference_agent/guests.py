"""`cmd/inference/predict`: any picture to any loaded model, behind the live frames.

One at a time, and only while no frame waits: a live item waits at most for one run of the model. The picture is
unpacked and decoded on another thread than the models'.
"""

import asyncio
import base64
import binascii
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from inference_agent import loose
from inference_agent.answers import fields
from inference_agent.images import SCALES, open_picture
from inference_agent.jobs import Job
from inference_agent.lineup import Lineup
from inference_agent.supervisor import Supervisor
from okko import clock
from okko.agent import Runtime
from okko.contracts import Command, Prediction
from okko.errors import ContractError, ImageError

MAX_IMAGE_BYTES = 4 << 20
MAX_COMMAND_BYTES = 6 << 20
"""A picture in base64 takes a third more; the rest is for its name."""

MAX_WAITING = 4
PATIENCE_S = 10.0
_NEVER_LATE_NS = 3_600_000_000_000


@dataclass(frozen=True, slots=True)
class Asked:
    """One question, as it came."""

    request_id: str
    key: str
    image: str


class Guests:
    """Pictures that came by command. It lives on the event loop."""

    def __init__(self, runtime: Runtime, supervisor: Supervisor, lineup: Lineup) -> None:
        self._runtime = runtime
        self._supervisor = supervisor
        self._lineup = lineup
        self._waiting: deque[Asked] = deque()
        self._some = asyncio.Event()
        self._job: Job | None = None
        self._answer: asyncio.Future[Prediction] | None = None

    def listen(self) -> None:
        """Take the command from now on."""
        self._runtime.command("predict", self.on_predict, max_bytes=MAX_COMMAND_BYTES)

    def on_predict(self, command: Command) -> None:
        """Queue a question; it is answered later.

        Raises:
            ContractError: if it can't be answered, or too many wait.
        """
        image = command.args.get("image")
        if not isinstance(image, str) or not image:
            raise ContractError("predict", "`image` must be the bytes of a JPEG or PNG in base64")
        if len(image) * 3 // 4 > MAX_IMAGE_BYTES + 2:
            raise ContractError(
                "predict",
                f"`image` has about {len(image) * 3 // 4 >> 10} KiB, at most {MAX_IMAGE_BYTES >> 20} MiB are taken; "
                "make it smaller, or try it beside the line with okko predict BUNDLE IMAGE",
            )
        key = self._key(command.args)
        if len(self._waiting) >= MAX_WAITING:
            raise ContractError("predict", f"{MAX_WAITING} pictures wait already; ask again later")
        self._waiting.append(Asked(command.request_id, key, image))
        self._some.set()

    def answers(self, job: Job, prediction: Prediction) -> bool:
        """Take what a model says of a guest's picture; False where the job is none of ours."""
        if job is not self._job:
            return False
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(prediction)
        return True

    async def run(self) -> None:
        """Answer what waits, one after the other, for ever."""
        while True:
            await self._some.wait()
            self._some.clear()
            while self._waiting:
                await self._serve(self._waiting.popleft())

    async def _serve(self, asked: Asked) -> None:
        try:
            job = await asyncio.to_thread(_job, asked)
        except ImageError as error:
            self._runtime.reply(asked.request_id, {}, f"image: {error}")
            return
        self._job = job
        self._answer = asyncio.get_running_loop().create_future()
        self._supervisor.desk.ask(job)
        try:
            await asyncio.wait((self._answer,), timeout=PATIENCE_S)
            if not self._answer.done() and self._supervisor.desk.withdraw(job):
                why = f"deadline: the live frames left no time for it within {PATIENCE_S:g} s; ask again later"
                self._runtime.reply(asked.request_id, {}, why)
                return
            # A model that hangs is given up by the supervisor, which answers in its place.
            prediction = await self._answer
        finally:
            self._job = None
        self._runtime.stats.count("guests")
        fault = prediction.error
        self._runtime.reply(
            asked.request_id, fields(prediction), None if fault is None else f"{fault.kind}: {fault.text}"
        )

    def _key(self, args: Mapping[str, Any]) -> str:
        """The one model that is meant."""
        model, camera = args.get("model"), args.get("camera")
        refs, at_work = self._supervisor.refs, self._supervisor.at_work
        pairs = [
            (camera_name, key) for camera_name in self._lineup.cameras() for key in self._lineup.models_of(camera_name)
        ]
        meant = {
            key
            for camera_name, key in pairs
            if key in at_work and model in {None, refs[key].name} and camera in {None, camera_name}
        }
        if len(meant) == 1:
            return meant.pop()
        known = ", ".join(sorted(f"{refs[key].name} on {camera_name}" for camera_name, key in pairs)) or "none"
        what = "no model is that" if not meant else "several models are that"
        raise ContractError(
            "predict", f"{what}: give `model`, and `camera` where two share a name. Models here: {known}"
        )


def _job(asked: Asked) -> Job:
    """The picture unpacked, checked and decoded, so that the models' thread has only the model to run.

    Raises:
        ImageError: if it is no picture.
    """
    try:
        data = base64.b64decode(asked.image, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ImageError(f"is no base64: {error}") from error
    if len(data) > MAX_IMAGE_BYTES:
        raise ImageError(f"has {len(data)} bytes, at most {MAX_IMAGE_BYTES} are taken")
    picture = open_picture(frame := loose.encoded(data))
    for scale in SCALES:
        picture.at(scale)
    now = clock.mono_ns()
    return Job(frame, now, now + _NEVER_LATE_NS, (asked.key,), picture=picture)
