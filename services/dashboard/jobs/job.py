"""What is known of a job: what was asked for, how far it came, what became of it. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import msgspec

from okko.errors import OkkoError

State = Literal["queued", "running", "done", "failed", "cancelled", "broken_off"]
"""`broken_off`: it ran, or waited, when the dashboard or the machine stopped."""

ENDED: frozenset[State] = frozenset({"done", "failed", "cancelled", "broken_off"})
LONGEST_WHY = 4000


class JobRefused(OkkoError):
    """A job that is not taken; the text says why, and what would mend it."""


@dataclass(frozen=True, slots=True)
class Order:
    """A job to be done.

    `command` gives the arguments of `okko`, told the job's folder; `files` are put there before, and `prepare` may put
    others. `about` is what was asked for, as JSON, for whoever looks at it later. A `heavy` job waits for the one
    before.
    """

    kind: str
    by: str
    command: Callable[[Path], tuple[str, ...]]
    about: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    heavy: bool = True
    prepare: Callable[[Path], None] = lambda _folder: None


class Mark(msgspec.Struct, frozen=True):
    """Which process it is: a number comes again, the tick of its start on this boot does not."""

    pid: int
    began_ticks: int
    boot_id: str


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A job as its folder keeps it. Instants are ISO 8601 in UTC; `why` tells what went wrong, for people.

    `texts` is what it said to people, `result` what it told in the end: where its results are, and what came of it.
    """

    id: str
    kind: str
    by: str
    args: tuple[str, ...]
    about: dict[str, Any] = {}
    heavy: bool = True
    state: State = "queued"
    asked_at: str
    began_at: str | None = None
    ended_at: str | None = None
    stopped_by: str | None = None
    exit_code: int | None = None
    why: str = ""
    texts: tuple[str, ...] = ()
    result: dict[str, Any] | None = None
    mark: Mark | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing will become of it any more."""
        return self.state in ENDED

    def with_(self, **changes: Any) -> "Job":
        """The same, changed."""
        changed: Job = msgspec.structs.replace(self, **changes)
        return changed


def ended_as(job: Job, exit_code: int | None, lines: tuple[str, ...], result: dict[str, Any] | None) -> Job:
    """The job, whose process has ended: with this code (None: nobody knows), having said these lines last.

    A negative code is a signal's number.
    """
    told = job.with_(exit_code=exit_code, result=result)
    if exit_code == 0 or (exit_code is None and result is not None):
        return told.with_(state="done")
    if job.stopped_by is not None:
        return told.with_(state="cancelled")
    said = "\n".join(line.removeprefix("okko: ") for line in lines)[-LONGEST_WHY:]
    if exit_code is None:
        lost = "it ran when the dashboard was stopped, and ended before it was looked at again"
        return told.with_(state="broken_off", why=said or lost)
    if exit_code < 0:
        killed = f"it was ended by signal {-exit_code}, as when memory runs out"
        return told.with_(state="failed", why="\n".join((*([said] if said else ()), killed)))
    return told.with_(state="failed", why=said or f"it ended with exit {exit_code}")
