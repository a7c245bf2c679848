"""The jobs on the disk: a folder each, with what was asked for, what it said, and what it made. Bounded."""

import logging
import re
import secrets
import shutil
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from dashboard.jobs.job import Job
from okko import durable_file

log = logging.getLogger(__name__)

JOB = "job.json"
STDOUT = "stdout"
STDERR = "stderr"

_ID = re.compile(r"\d{8}T\d{12}-[0-9a-f]{4}")
"""By time, so that they sort; safe in paths and addresses."""


class Shelf:
    """The folder that has a folder for each job.

    Raises:
        OSError: if it cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def of(self, job_id: str) -> Path:
        """The folder of a job."""
        return self.folder / job_id

    def new_id(self) -> str:
        """A name for a job that nobody has."""
        return f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{secrets.token_hex(2)}"

    def keep(self, job: Job) -> None:
        """Write down how it is.

        Raises:
            OSError: if the disk does not take it; what was written before stays.
        """
        folder = self.of(job.id)
        folder.mkdir(exist_ok=True)
        durable_file.replace_file(folder / JOB, msgspec.json.encode(job))

    def jobs(self) -> list[Job]:
        """All that are there, oldest first; what cannot be read is told in the log and passed over."""
        found = []
        for folder in sorted(path for path in self.folder.iterdir() if _ID.fullmatch(path.name)):
            try:
                job = msgspec.json.decode((folder / JOB).read_bytes(), type=Job)
            except (OSError, msgspec.DecodeError) as error:
                log.warning("%s is no job, and is left alone: %s", folder, error)
            else:
                found.append(job.with_(id=folder.name))
        return found

    def remove(self, job_id: str) -> None:
        """Its folder goes, and all that is in it.

        Raises:
            OSError: if it cannot.
        """
        shutil.rmtree(self.of(job_id))

    def size_bytes(self, job_id: str) -> int:
        """How much its folder has by now."""
        total = 0
        for path in self.of(job_id).rglob("*"):
            try:
                total += path.lstat().st_size
            except FileNotFoundError:
                continue  # a file that was replaced meanwhile
        return total

    def free_bytes(self) -> int:
        """The room on its disk."""
        return shutil.disk_usage(self.folder).free
