"""Where the event loop puts jobs and one worker takes them."""

import threading
from collections import deque

from inference_agent.jobs import Job, JobQueue


class Desk:
    """It outlives its workers: what waits here is not lost with a thread that hangs."""

    def __init__(self, queue: JobQueue) -> None:
        self._queue = queue
        self._loads: deque[str] = deque()
        self._changed = threading.Condition()
        self._owner: object = None

    def put(self, job: Job) -> bool:
        """Hand a job over; False where the queue is full."""
        with self._changed:
            admitted = self._queue.put(job)
            self._changed.notify()
        return admitted

    def load(self, *keys: str) -> None:
        """Order models to be loaded, before any other job."""
        with self._changed:
            self._loads.extend(keys)
            self._changed.notify()

    def give_to(self, owner: object) -> None:
        """From now on only this worker gets work; None closes the desk. Whoever had it before gets None."""
        with self._changed:
            self._owner = owner
            self._changed.notify_all()

    def take(self, owner: object) -> Job | str | None:
        """Wait for the next job, or the key of a model to load; None when the desk is another's."""
        with self._changed:
            while self._owner is owner:
                if self._loads:
                    return self._loads.popleft()
                if (job := self._queue.take()) is not None:
                    return job
                self._changed.wait()
        return None

    def depth(self) -> tuple[int, int]:
        """How many jobs wait, and how many bytes."""
        with self._changed:
            return len(self._queue), self._queue.size_bytes
