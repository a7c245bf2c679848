"""The journal, on a real disk: what was written survives a killed process, and nothing in it contradicts itself."""

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from decision_agent import outputs as o
from decision_agent.checkpoint import Log, copy, log_of, make_emptying_durable
from decision_agent.engine import Engine, Key, Memory, Now
from decision_agent.golden import Round, Try, When
from decision_agent.journal import FILE_NAME, Ending, Journal, Moment, open_journal
from decision_agent.policy import Policy
from okko import clock
from okko import contracts as c
from okko.errors import ConfigError
from okko.plc import parse_trigger

BOOT = "this-boot"
UNIX_NS = 1_795_400_000_000_000_000
MS = 1_000_000
WHEN = When(BOOT, 1, UNIX_NS)


def _moment(ms: int, boot: str = BOOT, jump_ms: int = 0) -> Moment:
    """So many ms after the items' clocks began; `jump_ms` is by how much the wall clock has been set since."""
    return Moment(boot, ms * MS, UNIX_NS + (ms + jump_ms) * MS)


def _admitted(number: int, **changes: Any) -> o.Admitted:
    fields: dict[str, Any] = {
        "item_id": f"20261123T0219571234{number:02d}-aaaa",
        "number": number,
        "seq": number,
        "part_id": f"duck-{number}",
        "epoch": 0,
        "last_seq": number,
        "arrived_mono_ns": number * MS,
        "triggered_at": "2026-11-23T02:19:57.123Z",
        "cameras": ("top", "left"),
        "raw": {"seq": number, "mould": 12},
    }
    return o.Admitted(**{**fields, **changes})


def _verdict(item: o.Admitted, **changes: Any) -> c.Verdict:
    fields: dict[str, Any] = {
        "item_id": item.item_id,
        "part_id": item.part_id,
        "seq": item.seq,
        "verdict": "OK",
        "reason": "rules",
        "finding": None,
        "borderline": False,
        "triggered_at": item.triggered_at,
        "decided_at": "2026-11-23T02:19:57.200Z",
        "latency_ms": 77.0,
        "deadline_met": True,
        "duplicate": False,
        "recipe": "default",
        "station": "line-1",
    }
    return c.Verdict(**{**fields, **changes})


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """A new journal."""
    opened = open_journal(tmp_path).journal
    yield opened
    opened.close()


def _write(journal: Journal, item: o.Admitted, verdict: c.Verdict | None = None, nth: int | None = None) -> None:
    journal.admitted(item, BOOT, UNIX_NS + item.number * MS)
    if verdict is not None:
        journal.decided(verdict, nth if nth is not None else item.number)


KILLED = """
import os, sys
from pathlib import Path
from decision_agent import outputs as o
from decision_agent.journal import open_journal
from okko import contracts as c

journal = open_journal(Path(sys.argv[1])).journal
number = 0
while True:
    number += 1
    item_id = f"20261123T0219{number:08d}-aaaa"
    journal.admitted(
        o.Admitted(item_id, number, number, "duck", 0, number, number, "2026-11-23T02:19:57.123Z", ("top",), {}),
        "boot", number,
    )
    os.write(1, f"admitted {number}\\n".encode())
    journal.decided(
        c.Verdict(
            item_id=item_id, part_id="duck", seq=number, verdict="OK", reason="rules", finding=None, borderline=False,
            triggered_at="t", decided_at="t", latency_ms=1.0, deadline_met=True, duplicate=False, recipe="r",
            station="s",
        ),
        number,
    )
    os.write(1, f"decided {number}\\n".encode())
"""


def test_what_was_written_survives_a_sigkill(tmp_path: Path) -> None:
    """A process that is killed while it writes leaves every item and verdict that it had said to be written."""
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    for line in process.stdout:
        if line == b"decided 200\n":
            break
    os.kill(process.pid, signal.SIGKILL)
    said = [b"decided 200\n", *process.stdout.readlines()]
    process.wait()
    process.stdout.close()
    whole = [line.split() for line in said if line.endswith(b"\n")]
    admitted = max([200, *(int(n) for word, n in whole if word == b"admitted")])
    decided = max(int(n) for word, n in whole if word == b"decided")

    journal = open_journal(tmp_path).journal
    memory = journal.memory()
    still_open = [part.number for part in journal.open_parts("boot", 0, 0, 0)]
    journal.close()
    # What was written and not yet said may be there too: one step at most.
    assert decided <= memory.totals.total <= decided + 1
    assert admitted <= memory.number <= admitted + 1
    assert memory.last_seq == memory.number
    assert still_open == list(range(memory.totals.total + 1, memory.number + 1))


def test_a_verdict_is_never_overwritten(journal: Journal) -> None:
    """The first verdict of an item stands, whatever is written after it."""
    item = _admitted(1)
    _write(journal, item, _verdict(item))
    journal.decided(_verdict(item, verdict="KO", reason="deadline"), 2)
    stands = journal.stands(1, "duck-1", 0, _moment(0))
    assert stands is not None
    assert stands.verdict == "OK"
    assert journal.memory().totals.total == 1


def _lived(journal: Journal, engine: Engine, remember_at: int | None) -> Memory:
    """Some life of an engine, written down as the agent does; the counts are noted at one moment or never."""
    payloads = [b"1 a", b"2 b", b"5 c", b'{"seq":6,"part_id":1}', b"d", b"0 a", b"1 a", b"4 e"]
    now = Now(1000 * MS, UNIX_NS)
    for step, payload in enumerate(payloads):
        now = Now(now.mono_ns + 10 * MS, now.unix_ns + 10 * MS)
        late = payload in {b"2 b", b"1 a"}
        outputs = engine.trigger(now, parse_trigger(payload), age_ns=None if late else 0)
        if step == 4:
            outputs += engine.ask(now, parse_trigger(b"90 lost"), None)
        items = []
        for output in outputs:
            match output:
                case o.Admitted():
                    journal.admitted(output, BOOT, now.unix_ns)
                case o.Decided(verdict, nth):
                    journal.decided(verdict, nth)
                case o.Finished():
                    item = output.item()
                    items.append((item.item_id, item.record_seq, c.encode(item)))
                case _:
                    pass
        journal.finished(items)
        if step == remember_at:
            journal.remember(engine.memory())
    return engine.memory()


@pytest.mark.parametrize("remember_at", [0, 2, 4, 5, 7])
def test_a_restart_gives_the_same_memory(tmp_path: Path, policy: Policy, remember_at: int) -> None:
    """Totals, missed triggers, the PLC's counter and the last ids are those of the moment of the crash."""
    journal = open_journal(tmp_path).journal
    engine = Engine(policy, journal.memory())
    lived = _lived(journal, engine, remember_at)
    journal.close()
    again = open_journal(tmp_path).journal
    assert again.memory() == lived
    again.close()


def test_a_restart_without_any_note_misses_only_since_when(tmp_path: Path, policy: Policy) -> None:
    """A process killed in its first instants: everything but the beginning of the counts comes from the items."""
    journal = open_journal(tmp_path).journal
    engine = Engine(policy, journal.memory())
    lived = _lived(journal, engine, None)
    found = journal.memory()
    journal.close()
    assert found.totals.missed == lived.totals.missed == 2 + 2
    assert (found.last_seq, found.epoch, found.number) == (lived.last_seq, lived.epoch, lived.number)
    assert (found.record_seq, found.totals.by_reason) == (lived.record_seq, lived.totals.by_reason)


def test_golden_verdicts_that_are_newer_than_the_memory_are_given_back(journal: Journal) -> None:
    """They are counted apart, and come in their order with their cameras, so that the round is taken up."""
    since = clock.utc_text(UNIX_NS)
    totals = c.Totals(total=1, ok=1, ko=0, missed=0, by_reason={"rules": 1}, since=since, golden=1)
    round_ = Round(since, WHEN, "there was no round yet", "0" * 64, {"A": Try("i", "OK", "rules", None, since, WHEN)})
    journal.remember(Memory(totals, golden=round_))
    for number, golden in ((3, True), (4, False), (5, True)):
        item = _admitted(number)
        _write(journal, item, _verdict(item, golden=golden, expected="OK" if golden else None))
    found = journal.memory()
    assert found.golden == round_
    assert [(one.verdict.seq, one.cameras, one.arrived.mono_ns) for one in found.golden_since] == [
        (3, ("top", "left"), 3 * MS),
        (5, ("top", "left"), 5 * MS),
    ]
    assert (found.totals.total, found.totals.golden, found.totals.by_reason) == (2, 3, {"rules": 2})


def test_open_items_of_this_boot_keep_their_deadline(journal: Journal) -> None:
    """They are taken up where they were, with their cameras and their trigger as it came."""
    _write(journal, _admitted(1))
    decided = _admitted(2)
    _write(journal, decided, _verdict(decided))
    [part] = journal.open_parts(BOOT, 50 * MS, UNIX_NS + 50 * MS, 100 * MS)
    assert (part.arrived_mono_ns, part.deadline_mono_ns) == (MS, 101 * MS)
    assert (part.cameras, part.raw, part.number) == (("top", "left"), {"seq": 1, "mould": 12}, 1)
    assert (part.trigger.seq, part.trigger.part_id, part.epoch) == (1, "duck-1", 0)


def test_how_old_a_trigger_may_have_been_survives(journal: Journal) -> None:
    """The capture window of an item that is taken up is as narrow as it was."""
    _write(journal, _admitted(1, age_ns=40 * MS))
    [part] = journal.open_parts(BOOT, 50 * MS, UNIX_NS, 100 * MS)
    assert part.age_ns == 40 * MS


def test_a_journal_of_the_first_version_is_taken_up(tmp_path: Path) -> None:
    """What an older okko left is read, and written on in the present form."""
    first = open_journal(tmp_path).journal
    _write(first, _admitted(1))
    first.close()
    db = sqlite3.connect(tmp_path / FILE_NAME)
    db.executescript("ALTER TABLE items DROP COLUMN age_ns; PRAGMA user_version = 1;")
    db.close()
    journal = open_journal(tmp_path).journal
    _write(journal, _admitted(2, age_ns=MS))
    assert [part.age_ns for part in journal.open_parts(BOOT, 50 * MS, UNIX_NS, 100 * MS)] == [0, MS]
    journal.close()


def test_open_items_of_another_boot_are_overdue(journal: Journal) -> None:
    """Their monotonic clock is gone; by the wall clock they are as old as they are, and due at once."""
    _write(journal, _admitted(1))
    for unix_ns, age_ms in ((UNIX_NS + 30_001 * MS, 30_000), (UNIX_NS - 5 * MS, 0)):
        [part] = journal.open_parts("another-boot", 7 * MS, unix_ns, 100 * MS)
        assert part.arrived_mono_ns == (7 - age_ms) * MS
        assert part.deadline_mono_ns <= 7 * MS


def test_repeats_refer_to_decided_items_of_this_boot(journal: Journal) -> None:
    """What duplicates may refer to: with a seq, decided, recent, of this boot."""
    items = [_admitted(1), _admitted(2), _admitted(3, seq=None), _admitted(4)]
    for item in items:
        _write(journal, item, None if item.number == 4 else _verdict(item))
    assert [key for key, _ in journal.recent(BOOT, 2 * MS)] == [Key(0, 2, "duck-2")]
    assert list(journal.recent("another-boot", 0)) == []


@pytest.mark.parametrize(
    ("named", "epoch", "since_ms", "number"),
    [
        ((1, "duck"), 0, 0, 1),
        ((1, "duck"), 1, 0, 4),
        ((1, "other"), 0, 0, None),
        ((9, "duck"), 0, 0, None),
        ((1, "duck"), 0, 2, None),
        ((None, "duck"), 0, 0, 3),
        ((None, "duck"), 7, 0, 3),
        ((None, "other"), 0, 0, None),
        ((5, "duck"), 0, 0, None),
    ],
)
def test_which_verdict_stands(
    journal: Journal, named: tuple[int | None, str], epoch: int, since_ms: int, number: int | None
) -> None:
    """By seq and name within one run of the counter, by name alone where there is no seq; the last one counts."""
    items = [
        _admitted(1, part_id="duck"),
        _admitted(2, part_id="duck", seq=None),
        _admitted(3, part_id="duck", seq=None),
        _admitted(4, part_id="duck", seq=1, epoch=1),
    ]
    for item in items:
        _write(journal, item, _verdict(item))
    _write(journal, _admitted(5, part_id="duck"))
    found = journal.stands(*named, epoch, _moment(since_ms))
    assert (found.item_id if found else None) == (items[number - 1].item_id if number else None)


HOUR_MS = 3_600_000


@pytest.mark.parametrize("jump_ms", [-5 * HOUR_MS, 0, 3 * HOUR_MS])
def test_a_wall_clock_that_is_set_makes_no_item_older_or_younger(journal: Journal, jump_ms: int) -> None:
    """Which verdict stands, and what is forgotten, goes by the clock that nobody sets, as long as the machine runs."""
    items = [_admitted(1), _admitted(5)]
    for item in items:
        _write(journal, item, _verdict(item))
    assert journal.stands(1, "duck-1", 0, _moment(2, jump_ms=jump_ms)) is None
    assert journal.stands(5, "duck-5", 0, _moment(2, jump_ms=jump_ms)) is not None
    assert journal.prune(_moment(2, jump_ms=jump_ms), keep_items=False) == 1
    assert journal.stands(5, "duck-5", 0, _moment(0)) is not None


def test_items_of_another_boot_are_as_old_as_the_wall_clock_says(journal: Journal) -> None:
    """There is no other clock that has run on."""
    for item in (_admitted(1), _admitted(5)):
        _write(journal, item, _verdict(item))
    since = _moment(2, "another-boot")
    assert journal.stands(1, "duck-1", 0, since) is None
    assert journal.stands(5, "duck-5", 0, since) is not None
    assert journal.prune(since, keep_items=False) == 1


@pytest.mark.parametrize("recorded", [True, False])
def test_an_item_that_ends_as_it_comes_is_written_at_once(tmp_path: Path, recorded: bool) -> None:
    """The same row as that of an item which was admitted, decided and finished one after the other."""
    item = _admitted(1, age_ns=MS)
    verdict = _verdict(item, verdict="KO", reason="overload")
    rows = []
    for at_once in (True, False):
        journal = open_journal(tmp_path / str(at_once)).journal
        if at_once:
            journal.admitted(item, BOOT, UNIX_NS, Ending(verdict, 7, (3, b"{}") if recorded else None))
        else:
            journal.admitted(item, BOOT, UNIX_NS)
            journal.decided(verdict, 7)
            if recorded:
                journal.finished([(item.item_id, 3, b"{}")])
        journal.close()
        with contextlib.closing(sqlite3.connect(journal.path)) as db:
            rows.append(db.execute("SELECT * FROM items").fetchall())
    assert rows[0] == rows[1]


def test_verdicts_wait_for_the_brokers_word(journal: Journal) -> None:
    """Unconfirmed verdicts come oldest first, as many as asked for; confirmed ones no more."""
    items = [_admitted(number) for number in (1, 2, 3)]
    for item in items:
        _write(journal, item, _verdict(item))
    assert [v.item_id for v in journal.unconfirmed(2)] == [i.item_id for i in items[:2]]
    journal.confirmed([items[0].item_id, "unknown"])
    assert [v.item_id for v in journal.unconfirmed(9)] == [i.item_id for i in items[1:]]


def test_items_wait_for_their_receipt(journal: Journal) -> None:
    """Whole items are kept in the order of the record until the recorder has them, and then only the verdict."""
    for number in (1, 2, 3):
        item = _admitted(number)
        _write(journal, item, _verdict(item))
        journal.finished([(item.item_id, number, b"{}")])
    assert [(seq, payload) for _, seq, payload in journal.unreceipted(0, 9)] == [(1, b"{}"), (2, b"{}"), (3, b"{}")]
    assert [seq for _, seq, _ in journal.unreceipted(1, 1)] == [2]
    journal.receipted([_admitted(2).item_id, "unknown"])
    assert [seq for _, seq, _ in journal.unreceipted(0, 9)] == [1, 3]
    assert journal.unreceipted_count() == 2
    assert journal.stands(2, "duck-2", 0, _moment(0)) is not None


def test_an_untold_story_is_told_after_a_restart(journal: Journal) -> None:
    """An item that was decided when the process died, and not finished, comes back with its verdict."""
    items = [_admitted(number) for number in (1, 2, 3)]
    for item in items[:2]:
        _write(journal, item, _verdict(item))
    _write(journal, items[2])
    journal.finished([(items[0].item_id, 1, b"{}")])
    [part] = journal.unfinished_parts()
    assert (part.item_id, part.verdict) == (items[1].item_id, _verdict(items[1]))


@pytest.mark.parametrize(("keep_items", "left"), [(True, [2, 3, 4]), (False, [3, 4])])
def test_what_is_owed_is_not_forgotten(journal: Journal, keep_items: bool, left: list[int]) -> None:
    """Old items go when they are decided and, where there is a recorder, receipted; open and young ones stay."""
    items = [_admitted(number) for number in (1, 2, 3, 4)]
    for item in items:
        _write(journal, item, None if item.number == 3 else _verdict(item))
    journal.finished([(item.item_id, item.number, b"{}") for item in items[:2]])
    journal.receipted([items[0].item_id])
    assert journal.prune(_moment(4), keep_items=keep_items) == 4 - len(left)
    kept = [item.number for item in items if item.number == 3 or journal.stands(item.seq, item.part_id, 0, _moment(0))]
    assert kept == left
    assert [part.number for part in journal.open_parts(BOOT, 0, 0, 0)] == [3]


def _damage_header(path: Path) -> None:
    path.write_bytes(b"this is no database" + path.read_bytes()[19:])


def _damage_middle(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    path.write_bytes(data)


def _cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:6000])


def _noise(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 40)


def _damage_a_verdict(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"verdict":"OK"', b'"verdict":"\xffK"'))


def _damage_a_text(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"2026-11-23T02:19:57.123Ztop", b"2026-11-23T02:19:57.\xff23Ztop"))


@pytest.mark.parametrize(
    "damage", [_damage_header, _damage_middle, _cut_off, _noise, _damage_a_verdict, _damage_a_text]
)
def test_a_damaged_journal_is_moved_aside(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    """It is kept under another name, for whoever wants to look, and a new one is begun that works."""
    journal = open_journal(tmp_path).journal
    for number in range(1, 60):
        item = _admitted(number)
        _write(journal, item, _verdict(item) if number % 2 else None)
    journal.close()
    path = tmp_path / FILE_NAME
    damage(path)
    content = path.read_bytes()
    opened = open_journal(tmp_path)
    assert opened.damaged is not None
    assert opened.damaged.read_bytes() == content
    assert opened.journal.memory().totals.total == 0
    _write(opened.journal, _admitted(1))
    opened.journal.close()
    again = open_journal(tmp_path)
    assert again.damaged is None
    assert again.journal.memory().number == 1
    again.journal.close()


def test_a_newer_journal_is_refused(tmp_path: Path) -> None:
    """An older okko does not touch what it does not understand, and says what to do."""
    open_journal(tmp_path).journal.close()
    db = sqlite3.connect(tmp_path / FILE_NAME)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(ConfigError, match=r"is of a newer okko \(schema 99, this one writes 2\)"):
        open_journal(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {FILE_NAME, "reserve"}


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "journal").write_text("")
    with pytest.raises(ConfigError, match="cannot be written"):
        open_journal(tmp_path / "journal")


def test_the_boot_of_the_last_item_is_known(journal: Journal) -> None:
    """None before the first one."""
    assert journal.last_boot() is None
    _write(journal, _admitted(1))
    assert journal.last_boot() == BOOT


def test_a_checkpoint_empties_the_log_beside_the_writer(journal: Journal) -> None:
    """The writer's connection stays open and goes on; nothing that it wrote is lost."""
    for number in (1, 2):
        _write(journal, _admitted(number))
        before = log_of(journal.path)
        assert before.pages == before.uncopied > 0
        assert not journal.empty_log()
        copy(journal.path)
        assert log_of(journal.path) == Log(before.pages, 0)
        assert journal.empty_log()
        make_emptying_durable(journal.path)
        assert log_of(journal.path) == Log(0, 0)
        assert Path(f"{journal.path}-wal").stat().st_size == 0
    assert [part.number for part in journal.open_parts(BOOT, 0, 0, 0)] == [1, 2]


def test_a_log_to_which_more_was_written_meanwhile_is_not_emptied(journal: Journal) -> None:
    """What came after the copy is only in the log; waited for, it comes into the database too."""
    _write(journal, _admitted(1))
    copy(journal.path)
    _write(journal, _admitted(2))
    assert not journal.empty_log()
    assert journal.empty_log(wait=True)
    assert log_of(journal.path) == Log(0, 0)
    assert [part.number for part in journal.open_parts(BOOT, 0, 0, 0)] == [1, 2]


def test_copying_never_keeps_the_writer_waiting(journal: Journal) -> None:
    """With the write lock held by the agent, the thread's copy goes through; it takes no lock that a write wants."""
    _write(journal, _admitted(1))
    writer = sqlite3.connect(journal.path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    copy(journal.path)
    assert log_of(journal.path).uncopied == 0
    writer.execute("ROLLBACK")
    writer.close()


def test_a_journal_without_a_log_has_an_empty_one(tmp_path: Path) -> None:
    """No index, or one that is cut off."""
    assert log_of(tmp_path / FILE_NAME) == Log(0, 0)
    (tmp_path / f"{FILE_NAME}-shm").write_bytes(b"\x01" * 50)
    assert log_of(tmp_path / FILE_NAME) == Log(0, 0)


def _checkpoint(journal: Journal) -> None:
    copy(journal.path)
    assert journal.empty_log()


def test_a_copy_taken_at_any_moment_is_a_consistent_past(tmp_path: Path) -> None:
    """After each step, checkpoints among them, the folder as it lies on the disk opens and holds all until then."""
    live = tmp_path / "live"
    journal = open_journal(live).journal
    steps: list[Callable[[], object]] = []
    for number in range(1, 7):
        item = _admitted(number)
        steps += [
            lambda item=item: journal.admitted(item, BOOT, UNIX_NS),  # type: ignore[misc] # bound at once
            lambda: copy(journal.path),
            lambda item=item: journal.decided(_verdict(item), item.number),  # type: ignore[misc] # bound at once
            lambda: _checkpoint(journal),
        ]
    for index, step in enumerate(steps):
        step()
        past = tmp_path / f"copy-{index}"
        shutil.copytree(live, past, ignore=shutil.ignore_patterns("*-shm"))
        opened = open_journal(past)
        assert opened.damaged is None
        memory = opened.journal.memory()
        opened.journal.close()
        assert (memory.number, memory.totals.total) == (index // 4 + 1, (index + 2) // 4)
    journal.close()


def test_ids_go_on_after_the_last_one(journal: Journal) -> None:
    """The instant in the last item's id is where the next one begins, to the microsecond, even without a note."""
    _write(journal, _admitted(1))
    assert clock.utc_text(journal.memory().last_item_us * 1000) == "2026-11-23T02:19:57.123Z"
    assert journal.memory().last_item_us % 1_000_000 == 123_401
