"""A damaged store: moved aside, said loudly, begun anew, and filled with what can be read, by real files."""

import os
import queue
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from recorder.annotations import AnnotateEntry, Annotation, FrameAnnotations
from recorder.archive import Archive, Kept
from recorder.intake import Intake
from recorder.labels import LabelEntry
from recorder.migrations import FILE_NAME
from recorder.records import FrameEntry, ItemEntry
from recorder.retention import RetentionSettings
from recorder.salvage import Salvaged
from recorder.sweeper import Sweeper
from recorder.swept import FoundDamaged, SweepReport
from recorder.writer import Damaged, Ended, Report, Writer

WAIT_S = 30
JPEG = b"\xff\xd8 a picture \xff\xd9"
COUNT = 250

ItemMaker = Callable[..., ItemEntry]
FrameMaker = Callable[..., FrameEntry]


def item_id(number: int) -> str:
    """An id as the decision agent makes them."""
    return f"20261123T0219{number // 60:02d}{number % 60:02d}0000-3f9a"


@pytest.fixture
def folder(tmp_path: Path, item_entry: ItemMaker, frame_entry: FrameMaker) -> Path:
    """A record of some hundred items with an image each, one of them labelled, half of them not gone up."""
    archive = Archive.open(tmp_path, uplink=True)
    names = [item_id(number) for number in range(COUNT)]
    archive.keep([item_entry(item_id=name, record_seq=number) for number, name in enumerate(names)])
    archive.keep([frame_entry(item_id=name, frame_id=f"{name}.top.0-00ff", data=JPEG) for name in names])
    archive.keep([LabelEntry("r", item_id(3), "KO", golden=True, by="shift-2", at_ms=5)])
    box = Annotation(label="dent", box=(0.1, 0.2, 0.3, 0.4))
    drawn = FrameAnnotations(frame_id=f"{item_id(3)}.top.0-00ff", annotations=(box,))
    archive.keep([AnnotateEntry("r", "anna", 5, (drawn,), 100)])
    archive.settle()
    archive.close()
    rows(tmp_path, "DELETE FROM uplink WHERE record_seq % 2")
    rows(tmp_path, "PRAGMA wal_checkpoint(TRUNCATE)")
    return tmp_path


def rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    """What the store says."""
    with closing(sqlite3.connect(folder / FILE_NAME, isolation_level=None)) as connection:
        return connection.execute(sql).fetchall()


def restart(folder: Path, *entries: ItemEntry | FrameEntry) -> list[Report]:
    """A recorder's writer opens the folder, records something, and stops; gives what it told."""
    reports: queue.Queue[Report] = queue.Queue()
    intake = Intake(10_000_000)
    writer = Writer(folder, intake, reports.put, group_ms=1, uplink=True, retry_s=(0.01, 0.02))
    writer.start()
    for entry in entries:
        intake.offer(entry)
    writer.stop()
    told: list[Report] = []
    while not isinstance(report := reports.get(timeout=WAIT_S), Ended):
        told.append(report)
    assert report.error is None
    return told


IDLE_S = 1000.0
"""How long a sweeper without work wants to rest. After work it rests as long as that took, which may be long here."""


def salvage(folder: Path) -> list[SweepReport]:
    """The sweeper works until nothing is left to do; gives what it told."""
    told: list[SweepReport] = []
    sweeper = Sweeper(folder, RetentionSettings(min_free_percent=0), told.append, uplink=True, look_s=IDLE_S)
    while sweeper.step() < IDLE_S / 5:
        pass
    sweeper.close()
    return told


def garbage(file: Path) -> None:
    """Not a word of it is SQLite's."""
    file.write_bytes(random.Random(1).randbytes(file.stat().st_size))


def pages(file: Path) -> None:
    """Some pages in the middle are zeros, as a worn card reads them."""
    with file.open("r+b") as content:
        for page in range(60, 80):
            content.seek(page * 4096)
            content.write(bytes(4096))


def half(file: Path) -> None:
    """The second half is not there."""
    os.truncate(file, file.stat().st_size // 2 // 4096 * 4096)


def empty(file: Path) -> None:
    """Nothing is there."""
    os.truncate(file, 0)


def lost(file: Path) -> None:
    """No file."""
    file.unlink()


@pytest.mark.parametrize("damage", [garbage, pages, half, empty, lost])
def test_a_damaged_store_stops_nothing(
    folder: Path, damage: Callable[[Path], None], item_entry: ItemMaker, frame_entry: FrameMaker
) -> None:
    """What comes is recorded at once; every image is in the record again, and what can be read of the old rows."""
    damage(folder / FILE_NAME)
    new = item_entry(item_id="new", record_seq=COUNT), frame_entry(item_id="new", frame_id="new.top.0-00ff", data=JPEG)
    told = restart(folder, *new)
    if not any(isinstance(report, Damaged) for report in told):
        # A store is not read through at each start: it is whoever comes upon the damage that tells.
        told = [*told, *_found_by_the_sweeper(folder)]
    (found,) = [report for report in told if isinstance(report, Damaged)]
    salvaged = [report for report in salvage(folder) if isinstance(report, Salvaged)]

    assert rows(folder, "PRAGMA integrity_check") == [("ok",)]
    assert ("new",) in rows(folder, "SELECT item_id FROM items")
    assert rows(folder, "SELECT count(*), sum(gone_ms IS NULL) FROM frames") == [(COUNT + 1, COUNT + 1)]
    assert rows(folder, "SELECT images FROM kept") == [(COUNT + 1,)]
    assert rows(folder, "SELECT count(*) FROM salvage") == [(0,)]
    assert salvaged[-1].file == ""
    if damage in (empty, lost):
        assert found.aside is None
    else:
        assert found.aside is not None
        assert found.aside.exists()
        assert "damaged" in found.aside.name
    if damage is pages:
        got = {number for (number,) in rows(folder, "SELECT record_seq FROM items WHERE item_id <> 'new'")}
        assert len(got) > COUNT // 2
        unsent = {number for (number,) in rows(folder, "SELECT record_seq FROM uplink WHERE record_seq < 1000")}
        assert {number for number in got if not number % 2} <= unsent
        assert (salvaged[0].items, salvaged[0].labels) == (len(got), 1)
        for table in ("labels", "label_history"):
            assert rows(folder, f"SELECT item_id, label, golden, by, at_ms FROM {table}") == [  # noqa: S608 - ours
                (item_id(3), "KO", 1, "shift-2", 5)
            ]
        assert rows(folder, "SELECT count(*) FROM frames WHERE rank & ~1 = 8") == [(1,)]
        assert rows(folder, "SELECT item_id, by, count FROM annotations") == [(item_id(3), "anna", 1)]
        assert rows(folder, "SELECT label FROM facts WHERE label IS NOT NULL") == [("KO",)]
        assert rows(folder, "SELECT count(*) FROM facts") == [(len(got) + 1,)]


def _found_by_the_sweeper(folder: Path) -> list[Report]:
    """The sweeper comes upon the damage and tells the writer, which sets the store aside with the next group."""
    with pytest.raises(sqlite3.DatabaseError) as caught:
        rows(folder, "SELECT sum(length(item)) FROM items")
    assert isinstance(caught.value, sqlite3.DatabaseError)
    reports: queue.Queue[Report] = queue.Queue()
    intake = Intake(10_000_000)
    writer = Writer(folder, intake, reports.put, group_ms=1, uplink=True)
    writer.suspect(caught.value, (folder / FILE_NAME).stat().st_ino)
    writer.start()
    writer.stop()
    told: list[Report] = []
    while not isinstance(report := reports.get(timeout=WAIT_S), Ended):
        told.append(report)
    return told


def test_a_suspicion_of_a_store_that_was_set_aside_is_dropped(folder: Path) -> None:
    """What another thread found in the old file says nothing of the new one."""
    reports: queue.Queue[Report] = queue.Queue()
    writer = Writer(folder, Intake(1_000_000), reports.put, group_ms=1)
    writer.suspect(sqlite3.DatabaseError("malformed"), inode=1)
    writer.start()
    writer.stop()
    assert reports.get(timeout=WAIT_S) == Ended(None)


def test_the_sweeper_tells_of_damage_that_it_meets(folder: Path) -> None:
    """Rather than never to remove anything again."""
    told: list[SweepReport] = []
    ((root,),) = rows(folder, "SELECT rootpage FROM sqlite_schema WHERE name = 'frames_leaving'")
    with (folder / FILE_NAME).open("r+b") as content:
        content.seek((root - 1) * 4096)
        content.write(b"\x07" * 4096)
    sweeper = Sweeper(folder, RetentionSettings(), told.append, uplink=True, look_s=0.001)
    sweeper.start()
    for _ in range(1000):
        if told:
            break
        sweeper.join(0.01)
    sweeper.stop()
    assert sweeper.join(WAIT_S)
    assert isinstance(told[0], FoundDamaged)
    assert told[0].inode == (folder / FILE_NAME).stat().st_ino


def test_a_salvage_goes_on_after_a_restart(folder: Path) -> None:
    """How far it is stands in the store."""
    half(folder / FILE_NAME)
    restart(folder)
    for _ in range(200):
        sweeper = Sweeper(folder, RetentionSettings(min_free_percent=0), lambda _: None, uplink=True)
        pause_s = sweeper.step()
        sweeper.close()
        if pause_s >= 0.2:
            break
    assert rows(folder, "SELECT count(*) FROM frames") == [(COUNT,)]
    assert rows(folder, "SELECT count(*) FROM salvage") == [(0,)]


_WRITE = """
import hashlib, itertools, sys, time
from pathlib import Path
from okko import contracts as c
from recorder.archive import Kept
from recorder.intake import Intake
from recorder.records import read_frame
from recorder.writer import Writer

def report(found):
    if isinstance(found, Kept):
        sys.stdout.write("".join(f"{frame_id}\\n" for _, frame_id in found.frames))
        sys.stdout.flush()

intake = Intake(4_000_000)
Writer(Path(sys.argv[1]), intake, report, group_ms=5).start()
for number in itertools.count():
    data = b"\\xff\\xd8" + f"{number}".encode() * 5000 + b"\\xff\\xd9"
    item_id = f"20261123T0219{number:08d}-3f9a"
    frame = c.Frame(
        item_id=item_id, camera="top", frame_id=f"{item_id}.top.0-00ff", captured_at="2026-11-23T02:00:00Z",
        captured_mono_ns=0, boot_id="b", deadline_mono_ns=0, published_mono_ns=0, width_px=1, height_px=1,
        encoding="jpeg", data=memoryview(data), sha256=hashlib.sha256(data).hexdigest(),
    )
    entry = read_frame(c.encode(frame), "top")
    while not intake.offer(entry):
        time.sleep(0.001)
"""


def test_a_copy_of_a_folder_at_work_opens_and_is_consistent(tmp_path: Path) -> None:
    """Copied at any instant, with what a power cut does to what was not safe yet: nothing receipted is lost."""
    source, said = tmp_path / "data", tmp_path / "receipts"
    with said.open("w") as output:
        process = subprocess.Popen([sys.executable, "-c", _WRITE, str(source)], stdout=output)
    copies: list[tuple[Path, set[str]]] = []
    try:
        for number in range(8):
            seen = len(copies[-1][1]) if copies else 0
            while len(said.read_text().splitlines()) <= seen:
                pass
            process.send_signal(signal.SIGSTOP)
            os.waitpid(process.pid, os.WUNTRACED)
            receipted, _, _ = said.read_text().rpartition("\n")
            copy = tmp_path / f"copy-{number}"
            shutil.copytree(source, copy)
            process.send_signal(signal.SIGCONT)
            copies.append((copy, set(receipted.split())))
    finally:
        process.kill()
        process.wait()
    for number, (copy, safe) in enumerate(copies):
        _cut_the_power(copy, safe, random.Random(number))
        told = restart(copy)
        assert not any(isinstance(report, Damaged | Kept) for report in told), told
        assert rows(copy, "PRAGMA integrity_check") == [("ok",)]
        entered = dict(rows(copy, "SELECT path, size_bytes FROM frames WHERE gone_ms IS NULL"))
        there = {file.relative_to(copy).as_posix(): file.stat().st_size for file in (copy / "images").rglob("*.jpg")}
        assert entered == there
        assert safe <= {Path(name).stem for name in entered}


def _cut_the_power(folder: Path, receipted: set[str], chance: random.Random) -> None:
    """What was not flushed is empty, short or not there, and the log ends in the middle of a write."""
    for file in (folder / "images").rglob("*"):
        if file.is_file() and file.stem not in receipted:
            match chance.randrange(4):
                case 0:
                    os.truncate(file, 0)
                case 1:
                    os.truncate(file, file.stat().st_size // 2)
                case 2:
                    file.write_bytes(bytes(file.stat().st_size))
    with (folder / f"{FILE_NAME}-wal").open("ab") as log:
        log.write(chance.randbytes(chance.randrange(5000)))
    (folder / f"{FILE_NAME}-shm").unlink()
