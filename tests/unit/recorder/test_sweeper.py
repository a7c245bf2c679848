"""The sweeper on real files: what goes, in which order, what is told, and what the record says afterwards."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from okko import clock
from recorder.archive import Archive
from recorder.items import items
from recorder.labels import LabelEntry
from recorder.migrations import FILE_NAME
from recorder.records import FrameEntry, ItemEntry
from recorder.retention import DAY_MS, RetentionSettings
from recorder.sweep_store import IMAGES_SQL, LEAVING_SQL, OLDEST_SQL, ROWS_SQL
from recorder.sweeper import STEP_IMAGES, Sweeper
from recorder.swept import Forgotten, NearlyFull, Removed, SweepReport
from recorder.uplink_store import UplinkStore

SIZE = 100_000
IDLE_S = 1000.0
"""How long a sweeper without work wants to rest. After work it rests as long as that took, which may be long here."""
ItemMaker = Callable[..., ItemEntry]
FrameMaker = Callable[..., FrameEntry]


class Record:
    """A data folder, its archive, and a sweeper that works when it is told to."""

    def __init__(self, folder: Path, make_item: ItemMaker, make_frame: FrameMaker) -> None:
        self.folder = folder
        self.archive = Archive.open(folder, uplink=True)
        self.told: list[SweepReport] = []
        self._make_item = make_item
        self._make_frame = make_frame

    def add(self, item_id: str, age_days: float = 0, *, sent: bool = True, frames: int = 1, **item: Any) -> None:
        """An item with images of `SIZE` bytes that were taken so long ago."""
        at = clock.utc_text(clock.unix_ns() - round(age_days * DAY_MS) * 1_000_000)
        self.archive.keep(
            [
                self._make_item(item_id=item_id, decided_at=at, **item),
                *(
                    self._make_frame(
                        item_id=item_id, frame_id=f"{item_id}.top.{shot}-0", shot=shot, captured_at=at, data=bytes(SIZE)
                    )
                    for shot in range(frames)
                ),
            ]
        )
        if sent:
            uplink = UplinkStore.open(self.folder)
            uplink.settle([item_id], {})
            uplink.close()

    def label(self, item_id: str, label: str | None = "OK", *, golden: bool = False) -> None:
        """Someone labels it."""
        self.archive.keep([LabelEntry("r", item_id, label, golden, "shift-2", 0)])

    def sweeper(self, *, full: bool = False, look_s: float = IDLE_S, **settings: Any) -> Sweeper:
        """A sweeper, on a disk that is half empty or `full`."""
        return Sweeper(
            self.folder,
            RetentionSettings(**settings),
            self.told.append,
            uplink=True,
            look_s=look_s,
            space=lambda _: (0 if full else 10**11, 2 * 10**11),
        )

    def sweep(self, *, full: bool = False, **settings: Any) -> list[Removed]:
        """Remove until nothing more is to go; gives what was told of it."""
        sweeper = self.sweeper(full=full, **settings)
        begun = len(self.told)
        while sweeper.step() < IDLE_S / 5:
            pass
        sweeper.close()
        return [report for report in self.told[begun:] if isinstance(report, Removed)]

    def left(self) -> set[str]:
        """The items that still have an image on the disk."""
        return {file.name.split(".")[0] for file in (self.folder / "images").rglob("*.jpg")}

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """What the store says."""
        with sqlite3.connect(self.folder / FILE_NAME) as connection:
            return connection.execute(sql, values).fetchall()


@pytest.fixture
def record(tmp_path: Path, item_entry: ItemMaker, frame_entry: FrameMaker) -> Iterator[Record]:
    """An empty record."""
    made = Record(tmp_path / "data", item_entry, frame_entry)
    yield made
    made.archive.close()


def test_room_is_made_of_the_oldest_ok_images_first(record: Record) -> None:
    """Then what has not gone up, KO and labelled ones; golden ones stay, and each step says of what it was."""
    record.add("golden", 90)
    record.add("labelled", 80)
    record.add("ko", 70, verdict="KO", reason="deadline")
    record.add("borderline", 60, borderline=True)
    record.add("unsent", 50, sent=False)
    for number in range(100):
        record.add(f"ok-{number:03d}", 40 - number / 10)
    record.label("golden", golden=True)
    record.label("labelled")

    told = record.sweep(max_bytes=10_000_000)
    gone = {f"ok-{number:03d}" for number in range(9)}
    assert not record.left() & gone
    assert len(record.left()) == 105 - 9
    assert [(one.why, one.forced, one.images, one.size_bytes) for one in told] == [("max_bytes", False, 9, 9 * SIZE)]

    # A disk on which nearly nothing may be used: all goes that may.
    told = record.sweep(full=True)
    assert record.left() == {"golden"}
    assert [one.of_what for one in told] == [
        "OK items",
        "OK items that have not gone up yet",
        "KO or borderline items",
        "labelled items",
    ]
    assert [one.forced for one in told] == [False, True, True, True]
    assert record.query("SELECT * FROM kept") == [(1, SIZE)]


def test_age_takes_ok_and_ko_images_by_their_own_days(record: Record) -> None:
    """What has not gone up stays, and so does what someone labelled; a label taken back protects no more."""
    record.add("ok-old", 10)
    record.add("ok-new", 5)
    record.add("ok-unsent", 10, sent=False)
    record.add("ko-old", 40, verdict="KO", reason="deadline")
    record.add("ko-new", 10, verdict="KO", reason="deadline")
    record.add("labelled", 90)
    record.label("labelled")
    told = record.sweep(ok_days=7, ko_days=30)
    assert record.left() == {"ok-new", "ok-unsent", "ko-new", "labelled"}
    assert {one.why for one in told} == {"ok_days", "ko_days"}
    record.label("labelled", None)
    record.sweep(ok_days=7, ko_days=30)
    assert record.left() == {"ok-new", "ok-unsent", "ko-new"}


def test_one_in_so_many_ok_items_keeps_its_images(record: Record) -> None:
    """The others lose them after a while, KO items never by that; a label in time keeps them."""
    record.archive.close()
    record.archive = Archive.open(record.folder, uplink=True, ok_images_one_in=3)
    for number in range(30):
        record.add(f"ok-{number}", 1)
    record.add("ok-just-now")
    record.add("ko", 1, verdict="KO", reason="deadline")
    spare = [row[0] for row in record.query("SELECT item_id FROM frames WHERE rank = 0 ORDER BY captured_ms")]
    record.label(spare[0])
    record.sweep()
    assert record.left() == {*(f"ok-{number}" for number in range(30)), "ok-just-now", "ko"} - (
        set(spare[1:]) - {"ok-just-now"}
    )
    assert 3 <= len(record.left()) < 25


def test_the_record_says_what_is_gone_and_why(record: Record, station_folder: Path) -> None:
    """The item stays, with when and why its images went; another one has its frames as ever."""
    record.add("old", 10, frames=2)
    record.add("new", 1)
    record.sweep(ok_days=7)
    assert record.folder == station_folder / "data"
    shown = CliRunner().invoke(items, [str(station_folder), "--json"])
    old, new = [json.loads(line) for line in shown.stdout.splitlines()]
    assert (old["item_id"], old["frames"], old["gone"]["why"]) == ("old", [], "ok_days")
    assert [frame["frame_id"] for frame in old["gone"]["frames"]] == ["old.top.0-0", "old.top.1-0"]
    assert old["gone"]["at"] <= clock.utc_now()
    assert new["gone"] is None
    assert len(new["frames"]) == 1
    table = CliRunner().invoke(items, [str(station_folder)]).stdout.splitlines()
    assert table[1].endswith("its images are gone (ok_days)")
    assert "gone" not in table[2]


def test_a_frame_that_comes_again_after_it_went_stays_gone(record: Record, frame_entry: FrameMaker) -> None:
    """Its camera hears that it was stored, and the file is not written anew."""
    entry = frame_entry(item_id="old", frame_id="old.top.0-0", captured_at="2026-01-01T00:00:00Z")
    record.archive.keep([entry])
    record.sweep(full=True)
    assert record.left() == set()
    kept = record.archive.keep([entry])
    assert kept.frames == (("top", "old.top.0-0"),)
    assert (kept.new_frames, kept.contradicting) == (0, ())
    assert record.left() == set()


def test_an_image_without_its_item_counts_as_ko_until_the_item_is_there(
    record: Record, frame_entry: FrameMaker, item_entry: ItemMaker
) -> None:
    """Frames come before their verdict, and days before it where the way was long."""
    record.archive.keep([frame_entry(item_id="later", frame_id="later.top.0-0", captured_at="2026-01-01T00:00:00Z")])
    record.sweep(ok_days=1)
    assert record.left() == {"later"}
    record.archive.keep([item_entry(item_id="later")])
    assert record.sweep(ok_days=1) == []  # it has not gone up yet
    UplinkStore.open(record.folder).settle(["later"], {})
    record.sweep(ok_days=1)
    assert record.left() == set()


def test_items_are_forgotten_once_nothing_needs_them(record: Record) -> None:
    """Those with images, labels or a way to go stay."""
    record.add("gone", 100)
    record.add("with-images", 100, verdict="KO", reason="deadline")
    record.add("labelled", 100, frames=0)
    record.add("unsent", 100, frames=0, sent=False)
    record.add("young", 80, frames=0)
    record.label("labelled")
    record.sweep(ok_days=7)
    record.sweep(rows_days=90)
    assert {row[0] for row in record.query("SELECT item_id FROM items")} == {
        "with-images",
        "labelled",
        "unsent",
        "young",
    }
    assert [report.items for report in record.told if isinstance(report, Forgotten)] == [1]
    assert record.query("SELECT count(*) FROM frames WHERE item_id = 'gone'") == [(0,)]


def test_people_are_warned_once_before_anything_goes(record: Record) -> None:
    """While nothing has gone yet; and told when the limit is passed and nothing may go."""
    for number in range(92):
        record.add(f"item-{number}", verdict="KO", reason="deadline")
    sweeper = record.sweeper(max_bytes=10_000_000)
    sweeper.step()
    sweeper.step()
    (warned,) = [report for report in record.told if isinstance(report, NearlyFull)]
    assert (warned.why, warned.stuck) == ("max_bytes", False)
    assert str(warned) == "the images take 9.2 MB of 10.0 MB (max_bytes)"
    assert len(record.left()) == 92
    sweeper.close()


def test_what_may_not_go_is_told(record: Record) -> None:
    """Golden images alone are beyond the limit: a person must make room."""
    record.add("golden")
    record.label("golden", golden=True)
    assert record.sweep(full=True) == []
    assert [report.why for report in record.told if isinstance(report, NearlyFull) and report.stuck] == [
        "min_free_percent"
    ]


def test_a_step_is_bounded_and_empty_folders_go(record: Record) -> None:
    """However much is to go, one step takes a few dozen images."""
    for number in range(STEP_IMAGES + 5):
        record.add(f"item-{number:03d}", 10)
    sweeper = record.sweeper(ok_days=1)
    assert 0 < sweeper.step() < IDLE_S / 5
    assert len(record.left()) == 5
    sweeper.step()
    sweeper.close()
    assert list((record.folder / "images").iterdir()) == []


def test_a_file_that_is_gone_already_is_no_trouble(record: Record) -> None:
    """As after a power cut between the files and the commit."""
    record.add("old", 10)
    for file in (record.folder / "images").rglob("*.jpg"):
        file.unlink()
    assert [one.images for one in record.sweep(ok_days=1)] == [1]


def test_the_writer_goes_on_beside_the_sweeper(record: Record) -> None:
    """A sweeper at work in its thread, items coming meanwhile: the cap holds at the end, and nothing is lost."""
    sweeper = record.sweeper(look_s=0.001, max_bytes=10_000_000)
    sweeper.start()
    for number in range(200):
        record.add(f"item-{number:03d}", 1 - number / 1000)
    sweeper.stop()
    assert sweeper.join(30)
    record.sweep(max_bytes=10_000_000)
    images = list((record.folder / "images").rglob("*.jpg"))
    assert record.query("SELECT * FROM kept") == [(len(images), sum(file.stat().st_size for file in images))]
    assert len(images) <= 98
    assert "item-199" in record.left()
    assert record.query("SELECT count(*) FROM items") == [(200,)]


QUESTIONS = [
    (OLDEST_SQL, [2], "frames_leaving"),
    (LEAVING_SQL, [2, 32], "frames_leaving"),
    (IMAGES_SQL, ["item"], "frames_item"),
    (ROWS_SQL, [5, 0, 0, 200], "items_decided"),
]


@pytest.mark.parametrize(("sql", "values", "index"), QUESTIONS)
def test_each_question_walks_an_index(record: Record, sql: str, values: list[object], index: str) -> None:
    """Neither a scan nor a sort, which with millions of rows would take seconds and memory."""
    plan = " ".join(str(row[3]) for row in record.query(f"EXPLAIN QUERY PLAN {sql}", *values))
    assert index in plan
    assert "SCAN" not in plan
    assert "TEMP B-TREE" not in plan
