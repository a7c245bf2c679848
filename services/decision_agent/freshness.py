"""How old a trigger that is read now can be at most: the barrier. Pure.

The agent sends itself a small message at the triggers' QoS, again and again. A broker delivers in the order in which it
received, so what is read after the echo of a token came to the broker after that token was sent: it is at most as old
as the last token that came back. While the broker, the machine or this process stands still, that age grows; beyond the
capture window it is of no use, and what comes is of unknown age until a new token has proved that all flows again.

Where messages came without a pause all the while, nothing stood still: more comes than this process reads, and what it
reads is old because of that (`is_behind`). Those triggers are too many, not late, and no time need pass afterwards.
Else some time must pass, since a broker that stood still reads a publisher's socket one packet at a time, and a PLC
whose connection broke sends again what it was never told had arrived: old triggers come behind the first echo.
"""

import secrets
from dataclasses import dataclass, field

MS = 1_000_000
LOST_NS = 1_000 * MS
"""After so long without an echo another token is sent: a broker whose queue is full drops them silently."""

SHORTEST_PERIOD_NS, LONGEST_PERIOD_NS = 10 * MS, 100 * MS
PERIODS_IN_WINDOW = 4
"""The age of a trigger is known to within one period: a quarter of the window is given away at most."""

BEHIND_IN_WINDOW = 2
"""Older than half the window by our own reading: what is left would hardly do. A longer pause is a standstill."""

LONGEST_SETTLING_NS = 3_000 * MS
"""How long a PLC that has heard no `ready` may still send triggers, by the contract: no old one comes later."""


@dataclass(slots=True)
class Barrier:
    """What is under way and what was seen. All instants monotonic, in ns; `window_ns` is the capture window."""

    window_ns: int
    deadline_ns: int
    connected: bool = False
    stalls: int = 0
    backlogs: int = 0
    _token: str = ""
    _sent_ns: int | None = None
    _proved_ns: int | None = None
    _was_connected: bool = False
    _quiet_ns: int = 0
    _quiet_until_ns: int = 0
    _next_ns: int = 0
    _prefix: str = field(default_factory=lambda: secrets.token_hex(4))
    _count: int = 0
    _heard_ns: int | None = None
    _pause_since_proved_ns: int = 0
    _pause_since_sent_ns: int = 0
    _is_behind: bool = False

    @property
    def period_ns(self) -> int:
        """How often a token is sent."""
        return min(LONGEST_PERIOD_NS, max(SHORTEST_PERIOD_NS, self.window_ns // PERIODS_IN_WINDOW))

    def wake_ns(self, now_ns: int) -> int:
        """When `tick` wants to be called again at the latest: meanwhile the echo may come that makes a token due."""
        return min(self._due_ns, now_ns + self.period_ns)

    @property
    def _due_ns(self) -> int:
        return self._next_ns if self._sent_ns is None else self._sent_ns + LOST_NS

    def connect(self, now_ns: int, *, new_boot: bool = False) -> str:
        """There is a new connection: what comes first may be backlog. Gives the token to send.

        `new_boot`: the machine has begun anew since this station worked last, and its broker with it.
        """
        self.connected = True
        self._forget()
        # The broker that we lost may be a new one: a PLC's library sends again, on its next connection, what had no
        # PUBACK. By twice the deadline the PLC itself has rejected the part. A process that begins has lost nobody,
        # unless all of the box begins.
        lost = self._was_connected or new_boot
        self._quiet_ns = min(2 * self.deadline_ns, LONGEST_SETTLING_NS) if lost else 0
        self._was_connected = True
        # The broker may stand still from the first moment on.
        self._heard_ns = now_ns
        return self._send(now_ns)

    def disconnect(self) -> None:
        """The connection is gone: nothing that comes is fresh until the next one has proved it."""
        self.connected = False
        self._forget()
        self._sent_ns = None

    def tick(self, now_ns: int) -> str | None:
        """Time has passed on the loop. Gives a token to send where it is due."""
        self.look(now_ns)
        if not self.connected or now_ns < self._due_ns:
            return None
        return self._send(now_ns)

    def heard(self, now_ns: int) -> None:
        """A message was read from the broker."""
        if self._heard_ns is not None:
            pause_ns = now_ns - self._heard_ns
            self._pause_since_proved_ns = max(self._pause_since_proved_ns, pause_ns)
            self._pause_since_sent_ns = max(self._pause_since_sent_ns, pause_ns)
            if self._proved_ns is None and self._is_standstill(pause_ns):
                # Only now is it known how long it was: `look` saw no more of it than that it had begun.
                self.stalls += self._is_behind
                self._stood_still(now_ns, pause_ns)
        self._heard_ns = now_ns

    def look(self, now_ns: int) -> int | None:
        """How old a message that is read now can be at most, in ns; None: nobody knows."""
        if self._proved_ns is None:
            return None
        age_ns = now_ns - self._proved_ns
        if age_ns > self.window_ns:
            self._proved_ns = None
            if self._is_standstill(self._longest_pause_ns(now_ns)):
                self.stalls += 1
                self._stood_still(now_ns, age_ns)
            else:
                self._is_behind = True
                self.backlogs += 1
                self._quiet_ns = max(self._quiet_ns, self._quiet_until_ns - now_ns)
            return None
        return age_ns if now_ns >= self._quiet_until_ns else None

    def is_behind(self, now_ns: int) -> bool:
        """Whether what is read now is old because more comes than we read, and nothing has stood still."""
        if now_ns < self._quiet_until_ns or self._quiet_ns:
            return False
        age_ns = self.look(now_ns)
        too_old = self._is_behind if age_ns is None else age_ns > self.window_ns // BEHIND_IN_WINDOW
        return too_old and not self._is_standstill(self._longest_pause_ns(now_ns))

    def echo(self, token: str, now_ns: int) -> str | None:
        """A token came back. Gives another one to send where this one proves nothing."""
        sent_ns = self._sent_ns
        if token != self._token or sent_ns is None:
            return None
        self.heard(now_ns)
        self.look(now_ns)
        self._sent_ns = None
        if now_ns - sent_ns > self.window_ns:
            if now_ns - sent_ns >= self._quiet_ns and not self._is_standstill(self._pause_since_sent_ns):
                # All this way without a pause, and for as long as one would have had to settle: only too much comes.
                self._is_behind = True
                self._quiet_ns = 0
                self._pause_since_proved_ns = self._pause_since_sent_ns
            return self._send(now_ns) if self.connected else None
        if self._proved_ns is None:
            self._quiet_until_ns = now_ns + self._quiet_ns
            self._quiet_ns = 0
        self._proved_ns = sent_ns
        self._pause_since_proved_ns = self._pause_since_sent_ns
        self._is_behind = False
        return None

    def why_not(self, now_ns: int) -> str | None:
        """What keeps a trigger that is read now from being taken for news; None: nothing."""
        if self.look(now_ns) is not None:
            return None
        if self._is_behind:
            return "more triggers come than can be read"
        if self._proved_ns is None:
            return "the broker has not given back the barrier"
        return "the broker stood still or was away: triggers of that time may still come"

    def _longest_pause_ns(self, now_ns: int) -> int:
        """For how long nothing was read at most, since the last proof."""
        return max(self._pause_since_proved_ns, now_ns - (now_ns if self._heard_ns is None else self._heard_ns))

    def _is_standstill(self, pause_ns: int) -> bool:
        return pause_ns > self.window_ns // BEHIND_IN_WINDOW

    def _stood_still(self, now_ns: int, stood_ns: int) -> None:
        self._is_behind = False
        self._quiet_ns = max(self._quiet_ns, self._quiet_until_ns - now_ns, self._after(stood_ns))

    def _forget(self) -> None:
        self._proved_ns = None
        self._heard_ns = None
        self._pause_since_proved_ns = self._pause_since_sent_ns = 0
        self._is_behind = False

    def _after(self, stood_ns: int) -> int:
        """How long old triggers may come after everything has stood still for so long."""
        if stood_ns < self.deadline_ns:
            return self.window_ns
        # So long that a PLC may have lost its connection too.
        return min(2 * self.deadline_ns, LONGEST_SETTLING_NS)

    def _send(self, now_ns: int) -> str:
        self._count += 1
        self._token = f"{self._prefix}-{self._count}"
        self._sent_ns = now_ns
        self._pause_since_sent_ns = 0
        self._next_ns = now_ns + self.period_ns
        return self._token
