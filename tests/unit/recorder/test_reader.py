"""The record is read beside a recorder at work, in order, quickly, and without a write."""

import itertools
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest

from okko.clock import utc_text
from okko.contracts import Captured
from okko.errors import ConfigError
from recorder.archive import Archive
from recorder.query import Query, asked
from recorder.reader import open_store, stored_items
from recorder.records import FrameEntry, ItemEntry

ItemMaker = Callable[..., ItemEntry]
FrameMaker = Callable[..., FrameEntry]


_AS_NOBODY = """
import os, sys; from pathlib import Path; from recorder.reader import *
os.setgid(65534); os.setuid(65534)
with open_store(Path(sys.argv[1])) as connection: print(len(list(stored_items(connection, Query()))))
"""


def _at(second: int) -> str:
    return utc_text(second * 10**9)


def _ids(folder: Path, query: Query) -> list[str]:
    with open_store(folder) as connection:
        assert connection is not None
        return [msgspec.json.decode(stored.item)["item_id"] for stored in stored_items(connection, query)]


def _captured(camera: str) -> Captured:
    return Captured(item_id="i", camera=camera, captured_at=_at(0), captured_mono_ns=0, boot_id="b")


@pytest.fixture
def folder(tmp_path: Path, item_entry: ItemMaker, frame_entry: FrameMaker) -> Path:
    """Six items, decided at second 0 to 5 but recorded in another order, and a recorder that stopped."""
    archive = Archive.open(tmp_path)
    kinds = itertools.cycle([("OK", "rules"), ("KO", "rules"), ("KO", "deadline")])
    items = [
        item_entry(
            item_id=f"i{second}",
            verdict=verdict,
            reason=reason,
            decided_at=_at(second),
            captured=(_captured("top" if second % 2 else "topmost"),),
            **({"golden": True, "expected": "OK"} if second in {2, 3} else {}),
        )
        for second, (verdict, reason) in zip(range(6), kinds, strict=False)
    ]
    archive.keep([*items[3:], *items[:3]])
    archive.keep([frame_entry(item_id="i5", frame_id=f"i5-{camera}", camera=camera) for camera in ("top", "side")])
    archive.close()
    return tmp_path


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        (Query(), "012345"),
        (Query(limit=2), "45"),
        (Query(limit=100), "012345"),
        (Query(verdict="KO"), "1245"),
        (Query(verdict="KO", limit=3), "245"),
        (Query(reason="rules"), "0134"),
        (Query(reason="rules", verdict="KO"), "14"),
        (Query(since_ms=2000), "2345"),
        (Query(until_ms=2000), "01"),
        (Query(since_ms=1000, until_ms=4000, limit=2), "23"),
        (Query(camera="top"), "135"),
        (Query(camera="top", verdict="KO", limit=1), "5"),
        (Query(camera="to"), ""),
        (Query(reason="late"), ""),
        (Query(golden=True), "23"),
        (Query(golden=True, limit=1), "3"),
        (Query(golden=False), "0145"),
        (Query(golden=True, verdict="KO"), "2"),
    ],
)
def test_a_query_finds_what_it_asks_for_oldest_first(folder: Path, query: Query, wanted: str) -> None:
    """In the order of the decisions, whatever the order of recording; with a limit the newest that match."""
    assert _ids(folder, query) == [f"i{second}" for second in wanted]


@pytest.mark.parametrize(("camera", "wanted"), [(None, ["side", "top"]), ("top", ["top"])])
def test_an_item_has_its_frames(folder: Path, camera: str | None, wanted: list[str]) -> None:
    """By camera; only those of the camera that was asked for."""
    with open_store(folder) as connection:
        assert connection is not None
        (stored,) = stored_items(connection, Query(limit=1, camera=camera))
    assert [frame.camera for frame in stored.frames] == wanted


def test_many_pages_are_one_list(tmp_path: Path, item_entry: ItemMaker) -> None:
    """Nothing is lost or given twice where a page ends, also among items of one and the same instant."""
    archive = Archive.open(tmp_path)
    names = [f"i{number:04d}" for number in range(1000)]
    archive.keep([item_entry(item_id=name, decided_at=_at(int(name[1:]) // 300)) for name in names])
    archive.close()
    assert _ids(tmp_path, Query()) == names
    assert _ids(tmp_path, Query(limit=501)) == names[-501:]


def test_items_that_arrive_meanwhile_are_left_out(folder: Path, item_entry: ItemMaker) -> None:
    """A list of a line at work ends."""
    archive = Archive.open(folder)
    with open_store(folder) as connection:
        assert connection is not None
        found = stored_items(connection, Query())
        next(found)
        archive.keep([item_entry(item_id="later", decided_at=_at(100))])
        assert len(list(found)) == 5
    archive.close()
    assert "later" in _ids(folder, Query())


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (Query(limit=100), "items_decided"),
        (Query(verdict="KO", limit=100), "items_verdict"),
        (Query(reason="deadline", limit=100), "items_reason"),
        (Query(verdict="KO", reason="deadline", limit=100), "items_verdict_reason"),
        (Query(verdict="KO", since_ms=0, until_ms=10, limit=100), "items_verdict"),
        (Query(golden=True, limit=100), "items_golden"),
        (Query(golden=False, limit=100), "items_decided"),
        (Query(camera="top"), "PRIMARY KEY"),
        (Query(text="mould=3", since_ms=5), "PRIMARY KEY"),
        (Query(model="m", min_score=0.5, max_score=0.6, camera="top"), "PRIMARY KEY"),
        (Query(labelled=False), "PRIMARY KEY"),
        (Query(labelled=True), "facts_labelled"),
        (Query(label="scratch", verdict="OK"), "facts_labelled"),
        (Query(part_id="duck-1", text="mould=3"), "facts_part"),
        (Query(verdict="KO", camera="top"), "facts_noted"),
        (Query(borderline=True), "facts_noted"),
        (Query(finding="scratch"), "facts_noted"),
        (Query(rule="min_count", until_ms=5), "facts_noted"),
    ],
)
@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("statement", ["page_sql", "walk_sql"])
def test_no_query_walks_the_whole_store(
    folder: Path, query: Query, index: str, statement: str, *, newest_first: bool
) -> None:
    """Each walks the index that is made for it, in its order: no sorting, and nothing read beyond the limit."""
    wanted = asked(query, facts=True)
    sql = getattr(wanted, statement)(newest_first=newest_first)
    values = wanted.values if statement == "page_sql" else wanted.walked.values
    with open_store(folder) as connection:
        assert connection is not None
        marks = sql.count("?") - len(values)
        plan = " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", [*values, *[1] * marks]))
    assert index in plan
    assert plan.startswith("SEARCH")
    assert f"{index}_" not in plan
    assert "TEMP B-TREE" not in plan


def test_items_are_found_by_their_ids(folder: Path) -> None:
    """In the order of their decisions, with all other wishes; an id that is not there is passed by."""
    assert _ids(folder, Query(items=("i4", "nobody", "i1"))) == ["i1", "i4"]
    assert _ids(folder, Query(items=("i4", "i1"), limit=1)) == ["i4"]
    assert _ids(folder, Query(items=())) == []


def test_frames_are_found_by_their_item(folder: Path) -> None:
    """Not by a walk through all frames."""
    with open_store(folder) as connection:
        assert connection is not None
        plan = connection.execute("EXPLAIN QUERY PLAN SELECT path FROM frames WHERE item_id IN ('a', 'b')").fetchall()
    assert "frames_item" in plan[0][3]


def test_reading_takes_no_write_lock(folder: Path, item_entry: ItemMaker) -> None:
    """The recorder commits while a list is half read."""
    archive = Archive.open(folder)
    with open_store(folder) as connection:
        assert connection is not None
        found = stored_items(connection, Query())
        next(found)
        assert archive.keep([item_entry(item_id="i9")]).new_items == 1
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            connection.execute("DELETE FROM items")
    archive.close()


def test_no_store_is_none(tmp_path: Path) -> None:
    """Neither a folder that is missing nor a file that is empty is an error, and none is made."""
    with open_store(tmp_path / "none") as connection:
        assert connection is None
    assert not (tmp_path / "none").exists()
    (tmp_path / "store.sqlite").touch()
    with open_store(tmp_path) as connection:
        assert connection is None


def test_a_file_that_is_no_store_is_refused(tmp_path: Path) -> None:
    """Another program's database, that is; with words."""
    with sqlite3.connect(tmp_path / "store.sqlite") as connection:
        connection.execute("CREATE TABLE ducks (name TEXT)")
    with pytest.raises(ConfigError, match="no store of okko"), open_store(tmp_path):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may read and not write")
@pytest.mark.parametrize("at_work", [True, False])
def test_somebody_who_may_only_read_can_read(folder: Path, *, at_work: bool) -> None:
    """Beside a recorder at work and without one."""
    with TemporaryDirectory() as place:
        # Not below pytest's own folder: whichever run begins beside this one shuts that to all others.
        data = shutil.copytree(folder, Path(place, "data"))
        Path(place).chmod(0o755)
        data.chmod(0o755)
        archive = Archive.open(data) if at_work else None
        run = subprocess.run([sys.executable, "-c", _AS_NOBODY, data], capture_output=True, text=True, check=False)
        if archive is not None:
            archive.close()
    assert (run.stdout.strip(), run.stderr) == ("6", "")
