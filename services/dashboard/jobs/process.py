"""The process of a job: started in a group of its own and out of the line's way, found again, ended."""

import contextlib
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from dashboard.jobs.job import Job, Mark
from dashboard.jobs.shelf import STDERR, STDOUT
from okko import clock
from okko.shutdown import SUPERVISED_VARIABLE

log = logging.getLogger(__name__)

OKKO = (sys.executable, "-P", "-m", "okko")
"""-P: nothing is imported from the folder that it works in."""

NICE = 15
OOM_SCORE = 700
"""Where memory runs out, the kernel ends the job first, and not the line."""

_STATE, _BEGAN = 0, 19
"""Fields of /proc/PID/stat, counted from the one behind the name: how it is, and its start in ticks since the boot."""


class Work:
    """A job's process: one that was started here, or one that an agent before this one has started.

    `exit_code` is negative for a signal; None while it runs, and where nobody can know.
    """

    def __init__(self, mark: Mark, own: "subprocess.Popen[bytes] | None" = None) -> None:
        self.mark = mark
        self.exit_code: int | None = None
        self._own = own

    def runs(self) -> bool:
        """Whether it has not ended yet."""
        if self._own is not None:
            self.exit_code = self._own.poll()
            return self.exit_code is None
        if self.exit_code is None and is_there(self.mark, ended_too=True):
            with contextlib.suppress(ChildProcessError):
                # An agent that begins anew stays the same process: what it had started is its child still.
                ended, status = os.waitpid(self.mark.pid, os.WNOHANG)
                self.exit_code = os.waitstatus_to_exitcode(status) if ended else None
        return is_there(self.mark)

    def send(self, number: signal.Signals) -> None:
        """Send its whole group a signal, if it still runs."""
        if self.runs():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.mark.pid, number)


def start(job: Job, folder: Path, program: Sequence[str] = OKKO) -> Work:
    """Start `okko` with the job's arguments; what it says goes into files of the folder.

    Raises:
        OSError: if it cannot be started.
    """
    environment = {key: value for key, value in os.environ.items() if key != SUPERVISED_VARIABLE}
    with (folder / STDOUT).open("wb") as out, (folder / STDERR).open("wb") as err:
        # A session of its own: Ctrl-C in the agent's terminal does not reach it.
        own = subprocess.Popen(  # noqa: S603 - our own command, a list and no shell
            [*program, *job.args],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
    try:
        # Before it has threads, which take over how nice it is.
        os.setpriority(os.PRIO_PROCESS, own.pid, NICE)
        Path(f"/proc/{own.pid}/oom_score_adj").write_text(str(OOM_SCORE), encoding="ascii")
    except OSError as error:
        log.debug("the kernel does not take how dear job %s is: %s", job.id, error)
    return Work(_mark_of(own.pid), own)


def found(job: Job, folder: Path) -> Work:
    """The process of a job that an agent before this one has started; it may have ended by now."""
    return Work(job.mark or _at_work_in(folder) or Mark(0, 0, ""))


def is_there(mark: Mark, *, ended_too: bool = False) -> bool:
    """Whether this very process runs, not another that got its number; or, ended, waits for somebody to ask how."""
    if mark.boot_id != clock.boot_id():
        return False
    stat = _stat(mark.pid)
    return stat is not None and (ended_too or stat[_STATE] != "Z") and int(stat[_BEGAN]) == mark.began_ticks


def _mark_of(pid: int) -> Mark:
    stat = _stat(pid)
    return Mark(pid, 0 if stat is None else int(stat[_BEGAN]), clock.boot_id())


def _stat(pid: int) -> list[str] | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name stands in brackets, and may have any in it.
    return text.rpartition(")")[2].split()


def _at_work_in(folder: Path) -> Mark | None:
    """The process that works in a job's folder: one that was started, and its agent killed before it wrote so down."""
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (path / "cwd").readlink() == folder.resolve():
                return _mark_of(int(path.name))
    return None
