"""The record as the pages read it: opened for each question, on a thread, and never held."""

import sqlite3
from collections.abc import Callable
from typing import Literal, TypeVar

from dashboard.desk import Desk, beside
from okko.errors import ConfigError, OkkoError
from recorder.reader import open_store

T = TypeVar("T")

Why = Literal["none", "absent", "unreadable"]


class NoRecord(OkkoError):
    """Nothing can be read: the station records nothing, nothing is recorded yet, or the store is locked or damaged.

    `why` says which, `detail` what the system says.
    """

    def __init__(self, why: Why, detail: str = "") -> None:
        super().__init__(detail or why)
        self.why = why
        self.detail = detail


async def of_record(desk: Desk, work: Callable[[sqlite3.Connection], T]) -> T:
    """What `work` reads in the record.

    Raises:
        NoRecord: if it cannot be read.
    """
    if desk.station.recorder is None:
        raise NoRecord("none")

    def read() -> T:
        with open_store(desk.station.data) as connection:
            if connection is None:
                raise NoRecord("absent", str(desk.station.data))
            return work(connection)

    try:
        return await beside(read)
    except (sqlite3.Error, ConfigError) as error:
        raise NoRecord("unreadable", str(error)) from error
