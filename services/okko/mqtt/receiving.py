"""What has come in and is no whole packet yet: one buffer, into which the socket is read."""

from collections.abc import Iterator

from okko.mqtt.errors import Malformed

RESTING_BYTES = 64 * 1024
KEPT_BYTES = 16 * 1024 * 1024
"""A buffer that has grown for a large packet is kept for the next one, up to here: fresh memory is dear."""

_SHORT_HEAD = 5  # the first byte, and a length of at most four


class Receiving:
    """Packets out of a stream that may be cut anywhere. Read into `space()`, say `filled()`, take the `packets()`."""

    def __init__(self) -> None:
        self._view = memoryview(bytearray(RESTING_BYTES))
        self._start = 0
        self._end = 0
        self._expected = 0
        """The size of the packet that has begun, once its length is known; 0 before."""

    def space(self) -> memoryview:
        """Where the next bytes go; never empty, and of up to `KEPT_BYTES` the whole rest of a packet that has begun."""
        begun = self._end - self._start
        if not begun:
            self._start = self._end = 0
            if len(self._view) > KEPT_BYTES:
                self._view = memoryview(bytearray(RESTING_BYTES))
        elif self._must_move():
            old = self._view[self._start : self._end]
            # Beyond what is kept memory follows what has come: a length alone, of up to 256 MB, proves nothing.
            size = min(self._expected, max(KEPT_BYTES, 2 * begun))
            if size > len(self._view):
                self._view = memoryview(bytearray(size))
            self._view[:begun] = old
            self._start, self._end = 0, begun
        return self._view[self._end :]

    def _must_move(self) -> bool:
        """Whether there is no room behind what has begun, or not enough for it and elsewhere there is."""
        size = len(self._view)
        too_late = self._start > 0 and self._start + self._expected > size
        return self._end == size or too_late or size < self._expected <= KEPT_BYTES

    def filled(self, size: int) -> None:
        """So many bytes have been read into `space()`."""
        self._end += size

    def clear(self) -> None:
        """Forget what has come: nobody will read it."""
        self._start = self._end = self._expected = 0

    def packets(self) -> Iterator[tuple[int, memoryview]]:
        """Each whole packet: its first byte, and its body, which is good until `space()` is called again.

        Raises:
            Malformed: if a length is none.
        """
        view = self._view
        while (begun := self._end - self._start) > 1:
            at = self._start + 1
            length = view[at]
            at += 1
            if length >= 0x80:  # noqa: PLR2004 - the longer form of a length
                length &= 0x7F
                shift = 7
                while True:
                    if at == self._end:
                        self._expected = 0
                        return
                    byte = view[at]
                    at += 1
                    length |= (byte & 0x7F) << shift
                    if byte < 0x80:  # noqa: PLR2004 - as above
                        break
                    shift += 7
                    if at - self._start >= _SHORT_HEAD:
                        raise Malformed("a length is longer than four bytes")
            size = at - self._start + length
            if size > begun:
                self._expected = size
                return
            head, body = view[self._start], view[at : at + length]
            self._start += size
            yield head, body
        self._expected = 0
