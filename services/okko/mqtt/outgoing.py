"""What we have published at QoS 1 and the broker has not confirmed: sent, or waiting until it takes more."""

from collections import deque
from typing import Generic, TypeVar

IN_FLIGHT = 64
"""How many messages may be unconfirmed at the broker, where it would take more: the others wait here, uncopied, and not
in a buffer of the socket."""

_LARGEST_ID = 65_535

Packet = tuple[bytes, bytes]
"""A message's head and its payload."""

Context = TypeVar("Context")


class Outgoing(Generic[Context]):
    """Numbers for messages, and the order in which they go. `Context` is what is remembered about each until then."""

    def __init__(self, receive_maximum: int) -> None:
        self._room = min(receive_maximum, IN_FLIGHT)
        self._sent: dict[int, tuple[int, Context]] = {}
        self._waiting: deque[tuple[int, Packet, Context]] = deque()
        self._last_id = 0
        self.payload_bytes = 0
        """The size of all payloads that are not confirmed."""

    def __len__(self) -> int:
        return len(self._sent) + len(self._waiting)

    def next_id(self) -> int:
        """A number that stands for no other message. What waits has the newest numbers, so that they cannot meet."""
        number = self._last_id
        while True:
            number = number % _LARGEST_ID + 1
            if number not in self._sent:
                self._last_id = number
                return number

    def add(self, number: int, packet: Packet, context: Context) -> bool:
        """Remember a message; True where it is to be sent at once, else `confirmed` gives it when it is its turn."""
        size = len(packet[1])
        self.payload_bytes += size
        if len(self._sent) < self._room:  # what waits has been given the room that became free: nothing is overtaken
            self._sent[number] = (size, context)
            return True
        self._waiting.append((number, packet, context))
        return False

    def confirmed(self, number: int) -> tuple[Context | None, Packet | None]:
        """What was remembered about a message (None: no such message was sent), and the packet that goes next."""
        if (found := self._sent.pop(number, None)) is None:
            return None, None
        size, context = found
        self.payload_bytes -= size
        if not self._waiting:
            return context, None
        following, packet, its_context = self._waiting.popleft()
        self._sent[following] = (len(packet[1]), its_context)
        return context, packet
