"""Frames that wait for their models: bounded in bytes for each camera, the oldest deadline first, fair over cameras."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from okko.contracts import Frame

if TYPE_CHECKING:
    from inference_agent.images import Picture

QUEUE_BYTES = 64 << 20
"""What one camera may have waiting. What comes on top is answered as overload: what was admitted is finished."""


@dataclass(eq=False, slots=True)
class Job:
    """One frame and the models that have not answered yet.

    `deadline_mono_ns` and `received_mono_ns` are on this machine's clock. `awaited` belongs to the event loop: whoever
    answers for a model takes its name out, so that there is one answer and no second one from a thread given up.
    `picture` is there where somebody has opened the frame already.
    """

    frame: Frame
    received_mono_ns: int
    deadline_mono_ns: int
    models: tuple[str, ...]
    awaited: set[str] = field(default_factory=set)
    picture: "Picture | None" = None

    def __post_init__(self) -> None:
        self.awaited.update(self.models)


class JobQueue:
    """A queue for each camera. Not thread-safe: whoever shares it holds a lock."""

    def __init__(self, cameras: Iterable[str], max_bytes: int = QUEUE_BYTES) -> None:
        self._max_bytes = max_bytes
        self._waiting: dict[str, deque[Job]] = {}
        self._bytes: dict[str, int] = {}
        self._served: dict[str, int] = {}
        self._turn = 0
        for camera in cameras:
            self.open(camera)

    def __len__(self) -> int:
        return sum(len(waiting) for waiting in self._waiting.values())

    @property
    def size_bytes(self) -> int:
        """What waits, over all cameras."""
        return sum(self._bytes.values())

    def open(self, camera: str) -> None:
        """Have a queue for this camera too."""
        self._waiting.setdefault(camera, deque())
        self._bytes.setdefault(camera, 0)
        self._served.setdefault(camera, self._turn)

    def put(self, job: Job) -> bool:
        """Admit a job; False where its camera has too many bytes waiting. One frame alone is always admitted."""
        camera = job.frame.camera
        size = len(job.frame.data)
        if self._waiting[camera] and self._bytes[camera] + size > self._max_bytes:
            return False
        self._waiting[camera].append(job)
        self._bytes[camera] += size
        return True

    def take(self) -> Job | None:
        """The job with the oldest deadline; where deadlines are the same, of the camera that has waited longest."""
        cameras = [camera for camera, waiting in self._waiting.items() if waiting]
        if not cameras:
            return None
        camera = min(cameras, key=lambda name: (self._waiting[name][0].deadline_mono_ns, self._served[name]))
        job = self._waiting[camera].popleft()
        self._bytes[camera] -= len(job.frame.data)
        self._turn += 1
        self._served[camera] = self._turn
        return job
