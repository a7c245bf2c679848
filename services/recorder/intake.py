"""What waits for the disk: a queue between the loop and the writer's thread, bounded in bytes.

When it is full a message is refused. Nothing is lost by that: its producer holds it until the receipt, and sends it
again.
"""

import time
from collections import deque
from threading import Condition

from recorder.records import Entry

_OVERHEAD_BYTES = 2048
"""What an entry takes beside its payload: without it a flood of tiny messages would have no bound."""


class Intake:
    """The queue. Entries count until `release`, so that the group which is being written is within the bound."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._entries: deque[tuple[float, Entry]] = deque()
        self._changed = Condition()
        self._size_bytes = 0
        self._waiting_bytes = 0
        self._wanted_bytes = 0
        self._wanted = 0
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether nothing more is taken."""
        return self._closed

    @property
    def size_bytes(self) -> int:
        """What is held at present."""
        return self._size_bytes

    def offer(self, entry: Entry) -> bool:
        """Take an entry, unless the queue is full or closed; when it is empty, also one above the bound."""
        size = entry.size_bytes + _OVERHEAD_BYTES
        with self._changed:
            if self._closed or (self._size_bytes and self._size_bytes + size > self._max_bytes):
                return False
            self._entries.append((time.monotonic(), entry))
            self._size_bytes += size
            self._waiting_bytes += size
            # The writer sleeps until its group is full: waking it for each message would cost a switch each.
            if len(self._entries) == 1 or self._complete():
                self._changed.notify()
            return True

    def take(self, *, max_entries: int, max_bytes: int, linger_s: float) -> list[Entry]:
        """The next group: waits for a first entry, then until it is `linger_s` old or the group is full.

        Empty only when the queue is closed and nothing is left.
        """
        with self._changed:
            self._wanted, self._wanted_bytes = max_entries, max_bytes
            while not self._entries and not self._closed:
                self._changed.wait()
            while self._entries and not self._closed and not self._complete():
                left = self._entries[0][0] + linger_s - time.monotonic()
                if left <= 0:
                    break
                self._changed.wait(left)
            group: list[Entry] = []
            size = 0
            while self._entries and len(group) < max_entries and size < max_bytes:
                _, entry = self._entries.popleft()
                group.append(entry)
                size += entry.size_bytes + _OVERHEAD_BYTES
            self._waiting_bytes -= size
            return group

    def release(self, entries: list[Entry]) -> None:
        """The memory of these entries is free again."""
        with self._changed:
            self._size_bytes -= sum(entry.size_bytes + _OVERHEAD_BYTES for entry in entries)

    def close(self) -> None:
        """Take nothing more; what is there can still be taken out."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _complete(self) -> bool:
        return len(self._entries) >= self._wanted or self._waiting_bytes >= self._wanted_bytes
