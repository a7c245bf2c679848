"""Where the event loop puts jobs and one worker takes them."""

import threading
from collections import deque
from dataclasses import dataclass

from inference_agent.jobs import Job, JobQueue
from inference_agent.slots import FileStamp, Looks


@dataclass(frozen=True, slots=True)
class Load:
    """Load the model of this place yourself."""

    key: str


@dataclass(frozen=True, slots=True)
class Adopt:
    """Take this model, loaded and warmed up elsewhere; from now on it is yours alone. `stamp` is of its file."""

    key: str
    model: Looks
    stamp: FileStamp


@dataclass(frozen=True, slots=True)
class Drop:
    """Let the model of this place go."""

    key: str


Order = Load | Adopt | Drop


class Desk:
    """It outlives its workers: what waits here is not lost with a thread that hangs."""

    def __init__(self, queue: JobQueue) -> None:
        self._queue = queue
        self._orders: deque[Order] = deque()
        self._changed = threading.Condition()
        self._owner: object = None
        self._guest: Job | None = None

    def put(self, job: Job) -> bool:
        """Hand a job over; False where the queue is full."""
        with self._changed:
            admitted = self._queue.put(job)
            self._changed.notify()
        return admitted

    def ask(self, job: Job) -> None:
        """Hand over a job that nobody waits for on the line: it is taken when nothing else is there."""
        with self._changed:
            self._guest = job
            self._changed.notify()

    def withdraw(self, job: Job) -> bool:
        """Take such a job back; False where a worker has it already."""
        with self._changed:
            if self._guest is not job:
                return False
            self._guest = None
            return True

    def order(self, *orders: Order) -> None:
        """What is to be done about models, before any other job."""
        with self._changed:
            self._orders.extend(orders)
            self._changed.notify()

    def open(self, camera: str) -> None:
        """Take jobs of this camera too."""
        with self._changed:
            self._queue.open(camera)

    def give_to(self, owner: object) -> None:
        """From now on only this worker gets work; None closes the desk. Whoever had it before gets None."""
        with self._changed:
            self._owner = owner
            self._changed.notify_all()

    def take(self, owner: object) -> Job | Order | None:
        """Wait for the next job, or what to do about a model; None when the desk is another's."""
        with self._changed:
            while self._owner is owner:
                if self._orders:
                    return self._orders.popleft()
                if (job := self._queue.take()) is not None:
                    return job
                if (guest := self._guest) is not None:
                    self._guest = None
                    return guest
                self._changed.wait()
        return None

    def depth(self) -> tuple[int, int]:
        """How many jobs wait, and how many bytes."""
        with self._changed:
            return len(self._queue), self._queue.size_bytes
