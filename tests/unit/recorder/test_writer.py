"""The writer's thread: groups to the disk, trouble and recovery, a stop that flushes."""

import errno
import queue
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from okko.errors import ConfigError
from recorder.archive import Kept
from recorder.intake import Intake
from recorder.records import FrameEntry, ItemEntry
from recorder.writer import Ended, Recovered, Report, Trouble, Writer, trouble

WAIT_S = 30
FrameMaker = Callable[..., FrameEntry]
ItemMaker = Callable[..., ItemEntry]


class Bench:
    """A writer, its queue and what it reported."""

    def __init__(self, folder: Path) -> None:
        self.intake = Intake(max_bytes=10_000_000)
        self.reports: queue.Queue[Report] = queue.Queue()
        self.writer = Writer(folder, self.intake, self.reports.put, group_ms=1, retry_s=(0.01, 0.02))

    def until(self, kind: type[Report]) -> list[Report]:
        """All reports up to the first of this kind."""
        found = [self.reports.get(timeout=WAIT_S)]
        while not isinstance(found[-1], kind):
            found.append(self.reports.get(timeout=WAIT_S))
        return found


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A writer that has not started."""
    made = Bench(tmp_path / "data")
    yield made
    made.writer.stop()


def _full(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("x")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.ENOSPC, "x"), "disk_full"),
        (OSError(errno.EDQUOT, "x"), "disk_full"),
        (OSError(errno.EIO, "x"), "store_failed"),
        (PermissionError(errno.EACCES, "x"), "store_failed"),
        (_full(sqlite3.SQLITE_FULL), "disk_full"),
        (_full(sqlite3.SQLITE_IOERR), "store_failed"),
        (sqlite3.DatabaseError("malformed"), "store_failed"),
        (sqlite3.IntegrityError("ours"), None),
        (sqlite3.ProgrammingError("ours"), None),
        (ValueError("ours"), None),
        (ConfigError("x"), None),
    ],
)
def test_trouble_is_told_from_defects(error: Exception, code: str | None) -> None:
    """The disk's refusals are tried again, full told from failed; our own mistakes and the user's are not."""
    found = trouble(error, Path("/"))
    assert (found and found.code) == code


def test_what_is_taken_is_reported_as_kept(bench: Bench, frame_entry: FrameMaker, item_entry: ItemMaker) -> None:
    """And its memory is free again."""
    bench.intake.offer(frame_entry())
    bench.intake.offer(item_entry())
    bench.writer.start()
    bench.writer.stop()
    *kept, ended = bench.until(Ended)
    assert [ids for group in kept if isinstance(group, Kept) for ids in (*group.frames, *group.items)] == [
        ("top", "item-1-top-0"),
        "item-1",
    ]
    assert ended == Ended(None)
    assert bench.intake.size_bytes == 0


def test_a_stop_writes_what_waits(bench: Bench, item_entry: ItemMaker) -> None:
    """More than one group, all of it before the end."""
    for number in range(1000):
        assert bench.intake.offer(item_entry(item_id=f"i{number}"))
    bench.writer.start()
    bench.writer.stop()
    assert sum(report.new_items for report in bench.until(Ended) if isinstance(report, Kept)) == 1000


def test_a_disk_that_fails_is_tried_again_until_it_takes(bench: Bench, item_entry: ItemMaker, tmp_path: Path) -> None:
    """Trouble is told once, nothing is receipted meanwhile, and recovery comes by itself."""
    (tmp_path / "data").write_text("a file where the folder should be")
    bench.intake.offer(item_entry())
    bench.writer.start()
    assert [type(report) for report in bench.until(Trouble)] == [Trouble]
    (tmp_path / "data").unlink()
    assert [type(report) for report in bench.until(Kept)] == [Recovered, Kept]


def test_trouble_at_the_start_ends_without_a_message(bench: Bench, tmp_path: Path) -> None:
    """An idle recorder whose disk came back says so too."""
    (tmp_path / "data").write_text("a file where the folder should be")
    bench.writer.start()
    bench.until(Trouble)
    (tmp_path / "data").unlink()
    assert [type(report) for report in bench.until(Recovered)] == [Recovered]


def test_a_stop_during_trouble_ends(bench: Bench, item_entry: ItemMaker, tmp_path: Path) -> None:
    """What the disk refuses is given up unreceipted: its producer still holds it."""
    (tmp_path / "data").write_text("a file where the folder should be")
    bench.intake.offer(item_entry())
    bench.writer.start()
    bench.until(Trouble)
    bench.writer.stop()
    assert not any(isinstance(report, Kept) for report in bench.until(Ended))
    assert bench.writer.join(WAIT_S)


def test_a_store_that_cannot_be_used_ends_the_writer(bench: Bench, tmp_path: Path) -> None:
    """With the error, so that the agent can refuse to run."""
    (tmp_path / "data").mkdir()
    with sqlite3.connect(tmp_path / "data" / "store.sqlite") as another_programs:
        another_programs.execute("CREATE TABLE ducks (name TEXT)")
    bench.writer.start()
    (ended,) = bench.until(Ended)
    assert isinstance(ended, Ended)
    assert isinstance(ended.error, ConfigError)
