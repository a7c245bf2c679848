"""Which frames were seen lately: QoS 1 may deliver a message twice, and nobody wants two predictions of one frame."""

from collections import deque

REMEMBERED = 512
"""Far more than can be on its way twice, and still nothing in memory."""


class Recent:
    """The last few hundred ids."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        self._order: deque[str] = deque()
        self._known: set[str] = set()

    def is_new(self, frame_id: str) -> bool:
        """Whether this id was not given lately; from now on it was."""
        if frame_id in self._known:
            return False
        if len(self._order) == self._remembered:
            self._known.discard(self._order.popleft())
        self._order.append(frame_id)
        self._known.add(frame_id)
        return True
