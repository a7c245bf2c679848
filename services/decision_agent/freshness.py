"""Whether a trigger that is read now came now, or has waited somewhere: the barrier. Pure.

The agent sends itself a small message at the triggers' QoS, after each connection and then again and again. Until the
echo of one that was sent after the last disturbance is back, what comes may be backlog. A disturbance is a new
connection, a loop that stood still, or an echo that took too long: the broker stood still, and what it held is old.
"""

import secrets
from dataclasses import dataclass, field

LOST_NS = 1_000_000_000
"""After so long without an echo another token is sent: a broker whose queue is full drops them silently."""


@dataclass(slots=True)
class Barrier:
    """What is under way and what was seen. All instants monotonic, in ns.

    A loop that has not ticked, or an echo that has not come, for `stall_ns`: the process or the broker was stopped.
    """

    stall_ns: int
    period_ns: int = 100_000_000
    connected: bool = False
    fresh: bool = False
    stalls: int = 0
    _token: str = ""
    _sent_ns: int | None = None
    _trusted: bool = False
    _last_tick_ns: int | None = None
    _next_ns: int = 0
    _prefix: str = field(default_factory=lambda: secrets.token_hex(4))
    _count: int = 0

    def connect(self, now_ns: int) -> str:
        """There is a new connection: what comes first may be backlog. Gives the token to send."""
        self.connected = True
        self._last_tick_ns = now_ns
        return self._send(now_ns, disturbed=True)

    def disconnect(self) -> None:
        """The connection is gone: nothing that comes is fresh until the next one has proved it."""
        self.connected = False
        self.fresh = False
        self._sent_ns = None

    def tick(self, now_ns: int) -> str | None:
        """Time has passed on the loop. Gives a token to send where it is due."""
        self.look(now_ns)
        self._last_tick_ns = now_ns
        if not self.connected:
            return None
        if self._sent_ns is not None:
            return self._send_instead(now_ns) if now_ns - self._sent_ns > LOST_NS else None
        return self._send(now_ns, disturbed=False) if now_ns >= self._next_ns else None

    def look(self, now_ns: int) -> bool:
        """Whether a message that is read now is news."""
        loop_stood_still = self._last_tick_ns is not None and now_ns - self._last_tick_ns > self.stall_ns
        echo_is_late = self._sent_ns is not None and now_ns - self._sent_ns > self.stall_ns
        if self.fresh and (loop_stood_still or echo_is_late):
            self.fresh = False
            self.stalls += 1
        if loop_stood_still or echo_is_late:
            # What is under way was sent before the disturbance ended: its echo proves nothing.
            self._trusted = False
        return self.fresh

    def echo(self, token: str, now_ns: int) -> str | None:
        """A token came back. Gives another one to send where this one proves nothing."""
        if token != self._token or self._sent_ns is None:
            return None
        self.look(now_ns)
        trusted = self._trusted
        self._sent_ns = None
        if not trusted:
            return self._send(now_ns, disturbed=True) if self.connected else None
        self.fresh = True
        return None

    def _send_instead(self, now_ns: int) -> str:
        # The broker may stand still yet, and be back in a moment with this token and with old triggers behind it: its
        # echo proves only that the next one is worth sending.
        token = self._send(now_ns, disturbed=True)
        self._trusted = False
        return token

    def _send(self, now_ns: int, *, disturbed: bool) -> str:
        if disturbed:
            self.fresh = False
        self._count += 1
        self._token = f"{self._prefix}-{self._count}"
        self._sent_ns = now_ns
        self._trusted = True
        self._next_ns = now_ns + self.period_ns
        return self._token
