"""What holds when the process is killed and when the disk is full: with real signals and a real full disk."""

import hashlib
import queue
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from recorder.archive import Archive, Kept
from recorder.intake import Intake
from recorder.migrations import FILE_NAME
from recorder.records import FrameEntry, ItemEntry
from recorder.writer import Recovered, Report, Trouble, Writer

WAIT_S = 30

_WRITE_UNTIL_KILLED = """
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
    data = f"{number}".encode() * 5000
    frame = c.Frame(
        item_id=f"i{number}", camera="top", frame_id=f"i{number}-top", captured_at="2026-11-23T02:00:00Z",
        captured_mono_ns=0, boot_id="b", deadline_mono_ns=0, published_mono_ns=0, width_px=1, height_px=1,
        encoding="jpeg", data=memoryview(data), sha256=hashlib.sha256(data).hexdigest(),
    )
    entry = read_frame(c.encode(frame), "top")
    while not intake.offer(entry):
        time.sleep(0.001)
"""


@pytest.mark.parametrize("receipts", [1, 200, 900])
def test_what_was_receipted_outlives_a_kill(tmp_path: Path, receipts: int) -> None:
    """After SIGKILL in the middle of the work every receipted frame is there, whole, and the store opens by itself."""
    with subprocess.Popen(
        [sys.executable, "-c", _WRITE_UNTIL_KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        receipted = [process.stdout.readline().strip() for _ in range(receipts)]
        process.kill()
        # The last line may have been cut off; all before it were said in full.
        rest, _, _ = process.stdout.read().rpartition("\n")
    receipted += rest.split()
    archive = Archive.open(tmp_path)
    archive.mend()
    archive.close()
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        rows = {frame_id: rest for frame_id, *rest in connection.execute("SELECT frame_id, path, sha256 FROM frames")}
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert set(receipted) <= rows.keys()
    for path, sha256 in rows.values():
        assert hashlib.sha256((tmp_path / path).read_bytes()).hexdigest() == sha256


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if (
        not (mount and umount)
        or subprocess.run(
            [mount, "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], check=False, capture_output=True
        ).returncode
    ):
        pytest.skip("no right to mount a small file system here")
    yield folder
    subprocess.run([umount, "--lazy", folder], check=True)


def test_a_full_disk_is_told_and_recovers(
    small_disk: Path, frame_entry: Callable[..., FrameEntry], item_entry: Callable[..., ItemEntry]
) -> None:
    """While it is full nothing is receipted and no half image stays; with room again all that waits is recorded."""
    reports: queue.Queue[Report] = queue.Queue()
    intake = Intake(max_bytes=10_000_000)
    writer = Writer(small_disk / "data", intake, reports.put, group_ms=1, retry_s=(0.01, 0.02))
    writer.start()
    intake.offer(item_entry())
    assert isinstance(reports.get(timeout=WAIT_S), Kept)
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(1_000_000))
    frames = [frame_entry(frame_id=f"f{number}", data=bytes([number]) * 90_000) for number in range(12)]
    assert all(intake.offer(frame) for frame in frames)
    kept: set[str] = set()
    while not isinstance(report := reports.get(timeout=WAIT_S), Trouble):
        assert isinstance(report, Kept)
        kept |= {frame_id for _, frame_id in report.frames}
    assert report.code == "disk_full"
    assert len(kept) < len(frames)
    ballast.unlink()
    assert isinstance(reports.get(timeout=WAIT_S), Recovered)
    while len(kept) < len(frames):
        report = reports.get(timeout=WAIT_S)
        assert isinstance(report, Kept)
        kept |= {frame_id for _, frame_id in report.frames}
    writer.stop()
    assert writer.join(WAIT_S)
    images = [file for file in (small_disk / "data" / "images").rglob("*") if file.is_file()]
    assert {file.stat().st_size for file in images} == {90_000}
    assert len(images) == len(frames)
