"""The journal as the agent uses it: a disk that fails degrades the journal, it never stops a verdict."""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from decision_agent import outputs as o
from decision_agent.checkpoint import copy, log_of, make_emptying_durable
from decision_agent.engine import Engine, Memory, Now
from decision_agent.journal import Ending, Moment, open_journal
from okko import clock
from okko import contracts as c
from okko.agent import Runtime
from okko.station import Station

T = TypeVar("T")

RESEND_VERDICTS = 1000
"""How many unconfirmed verdicts are sent again at most after a connection."""

FLUSH_PERIOD_NS = 100_000_000
IDLE_S = 1.0
PRUNE_EVERY = 60
RETRY_NS = 1_000_000_000
RETRY_LOCKED_NS = 20_000_000
"""Somebody else reads or writes the file, a tool for instance: that is over soon, and a kill meanwhile would cost."""

MAX_PUT_OFF = 4096
"""How many writes are kept in memory for a disk that does not take them, some 12 MB; the oldest make room, counted."""

LATE_REPEAT_NS = 60_000_000_000
"""How long after its first coming a trigger counts as a repeat when it comes again, of unknown age, behind its
successors. Longer than brokers and connections are usually away; not so long that a PLC which was started again, the
first triggers of which were lost, has come to the same number and name."""

MS_TO_NS = 1_000_000


class Keeper:
    """Writes to the journal what must be remembered, and tells when it cannot."""

    def __init__(self, station: Station, runtime: Runtime) -> None:
        self._runtime = runtime
        opened = open_journal(station.journal_folder)
        self.journal = opened.journal
        if opened.damaged is not None:
            runtime.event(
                "error", "journal_damaged", f"the journal was damaged and is now {opened.damaged}; begun anew"
            )
        self._ask_window_ns = station.station.ask_window_ms * MS_TO_NS
        self._deadline_ns = station.station.deadline_ms * MS_TO_NS
        self._duplicate_window_ns = station.station.duplicate_window_ms * MS_TO_NS
        self._has_recorder = station.recorder is not None
        self._confirmed: list[str] = []
        self._put_off: deque[Callable[[], object]] = deque()
        self._lost = 0
        self._retry_ns = 0
        self._degraded = False
        self._flush_due_ns = 0
        self._kept: Memory | None = None

    def memory(self) -> Memory:
        """What is remembered of the process before."""
        return self.journal.memory()

    def restore(self, engine: Engine, now: Now) -> list[o.Output]:
        """Give the engine back what was under way."""
        boot = clock.boot_id()
        parts = self.journal.open_parts(boot, now.mono_ns, now.unix_ns, self._deadline_ns)
        recent = self.journal.recent(boot, now.mono_ns - self._duplicate_window_ns)
        return engine.restore(parts, recent, self.journal.unfinished_parts())

    def is_of_another_boot(self) -> bool:
        """Whether the machine has begun anew since the last item came."""
        last = self._try(self.journal.last_boot)
        return last is not None and last != clock.boot_id()

    def admitted(self, item: o.Admitted, unix_ns: int) -> None:
        """A trigger has become an item."""
        self._write(lambda: self.journal.admitted(item, clock.boot_id(), unix_ns))

    def refused(self, item: o.Admitted, unix_ns: int, ending: Ending) -> None:
        """A trigger has become an item and is decided and told at once: one write in place of three."""
        self._write(lambda: self.journal.admitted(item, clock.boot_id(), unix_ns, ending))

    def decided(self, verdict: c.Verdict, nth: int) -> None:
        """An item has its verdict."""
        self._write(lambda: self.journal.decided(verdict, nth))

    def confirming(self, item_id: str) -> Callable[[], None]:
        """What to call once the broker has taken the item's verdict."""
        return lambda: self._confirmed.append(item_id)

    def finished(self, items: Sequence[tuple[str, int, bytes]]) -> None:
        """Keep whole items until their receipt."""
        self._write(lambda: self.journal.finished(items))

    def receipted(self, item_ids: Sequence[str]) -> None:
        """The recorder has these items."""
        self._write(lambda: self.journal.receipted(item_ids))

    def unreceipted(self, after_record_seq: int, limit: int) -> list[tuple[str, int, bytes]]:
        """Items that wait for their receipt, in their own order."""
        return self._try(lambda: self.journal.unreceipted(after_record_seq, limit)) or []

    def unconfirmed(self) -> list[c.Verdict]:
        """Verdicts of which it is not known that the broker has them."""
        self._flush_confirmed()
        return self._try(lambda: self.journal.unconfirmed(RESEND_VERDICTS)) or []

    def last_verdict(self) -> c.Verdict | None:
        """The verdict that was decided last, for those who join late."""
        return self._try(self.journal.last_verdict)

    def stands(self, trigger: c.Trigger, epoch: int, now: Now) -> c.Verdict | None:
        """The verdict that stands for a part.

        With a `seq` and a name both, it is looked for over the ask window. With one of them alone the part may be
        another one of the same number or name, so that only the short duplicate window is safe.
        """
        both = trigger.seq is not None and trigger.part_id
        since = _before(now, self._ask_window_ns if both else self._duplicate_window_ns)
        return self._try(lambda: self.journal.stands(trigger.seq, trigger.part_id, epoch, since))

    def stood(self, trigger: c.Trigger, epoch: int, now: Now) -> c.Verdict | None:
        """The verdict that was given, not long ago, for this very number and name."""
        since = _before(now, LATE_REPEAT_NS)
        return self._try(lambda: self.journal.stands(trigger.seq, trigger.part_id, epoch, since))

    def tick(self, memory: Memory) -> None:
        """Write what may wait a little: confirmations and counts, together; and what had to be put off."""
        now_ns = clock.mono_ns()
        if self._put_off and now_ns >= self._retry_ns:
            self._catch_up()
        if now_ns >= self._flush_due_ns:
            self._flush_due_ns = now_ns + FLUSH_PERIOD_NS
            self.flush(memory)

    def flush(self, memory: Memory) -> None:
        """Write confirmations and counts now."""
        self._catch_up()
        self._flush_confirmed()
        if memory != self._kept:
            self._kept = memory
            self._write(lambda: self.journal.remember(memory))

    async def run(self, is_idle: Callable[[], bool]) -> None:
        """Checkpoint when it is worth it, and forget what nobody asks for any more; both off the path.

        `is_idle`: whether no item is in flight; only then the log is emptied, which may wait for the file system.
        """
        with ThreadPoolExecutor(1, thread_name_prefix="checkpoint") as thread:
            for turn in range(10**12):
                await asyncio.sleep(IDLE_S)
                if log_of(self.journal.path).worth_copying:
                    await self._checkpoint(thread, is_idle)
                if turn % PRUNE_EVERY == 0:
                    before = _before(Now(clock.mono_ns(), clock.unix_ns()), self._ask_window_ns)
                    self._try(lambda: self.journal.prune(before, keep_items=self._has_recorder))  # noqa: B023 - called at once

    async def _checkpoint(self, thread: ThreadPoolExecutor, is_idle: Callable[[], bool]) -> None:
        loop, path = asyncio.get_running_loop(), self.journal.path
        try:
            await loop.run_in_executor(thread, copy, path)
            too_long = log_of(path).too_long
            emptied = (too_long or is_idle()) and self.journal.empty_log(wait=too_long)
            if emptied:
                await loop.run_in_executor(thread, make_emptying_durable, path)
        except (OSError, sqlite3.Error) as error:
            self._failed(error)
            return
        self._runtime.stats.count("checkpoints" if emptied else "checkpoints_put_off")
        if too_long:
            self._runtime.stats.count("checkpoints_waited_for")

    def _flush_confirmed(self) -> None:
        if self._confirmed:
            confirmed, self._confirmed = self._confirmed, []
            self._write(lambda: self.journal.confirmed(confirmed))

    def _write(self, write: Callable[[], object]) -> None:
        """Write, or put it off behind what waits already: the order is what the journal means."""
        if not self._put_off and self._works(write):
            return
        self._put_off.append(write)
        if len(self._put_off) > MAX_PUT_OFF:
            self._put_off.popleft()
            self._lost += 1
            self._runtime.stats.count("journal_lost")
        self._runtime.stats.gauge("journal_put_off", len(self._put_off))

    def _catch_up(self) -> None:
        while self._put_off:
            if not self._works(self._put_off[0]):
                return
            self._put_off.popleft()
        self._runtime.stats.gauge("journal_put_off", 0)
        if self._degraded:
            self._degraded = False
            lost, self._lost = self._lost, 0
            what = f"; {lost} writes of that time are lost" if lost else "; all of that time is in it"
            self._runtime.event("info", "journal_back", f"the journal can be written again{what}")

    def _works(self, write: Callable[[], object]) -> bool:
        try:
            write()
        except sqlite3.Error as error:
            self._failed(error)
            return False
        return True

    def _try(self, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except sqlite3.Error as error:
            self._failed(error)
            return None

    def _failed(self, error: OSError | sqlite3.Error) -> None:
        locked = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY
        self._retry_ns = clock.mono_ns() + (RETRY_LOCKED_NS if locked else RETRY_NS)
        self._runtime.stats.count("journal_errors")
        if not self._degraded:
            self._degraded = True
            self._runtime.event("error", "journal_degraded", f"the journal cannot be written: {error}")


def _before(now: Now, ns: int) -> Moment:
    """So long ago."""
    return Moment(clock.boot_id(), now.mono_ns - ns, now.unix_ns - ns)
