"""The journal: triggers, verdicts and unreceipted items in SQLite, so that a killed process never contradicts itself.

One connection, used from the event loop, never waits for the disk: WAL without fsync loses nothing when a process is
killed. A thread with a connection of its own syncs the log, copies it into the database and syncs that; the loop
empties the log once all of it is copied: after a power cut an older log is replayed whole or not at all.
"""

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from decision_agent import outputs as o
from decision_agent.checkpoint import log_of
from decision_agent.engine import Key, Known, Memory
from decision_agent.golden import Inspected, Round, When
from decision_agent.part import Part
from decision_agent.sequence import step
from okko import clock
from okko import contracts as c
from okko.errors import ConfigError, ContractError, DiskFull
from okko.reserve import Reserve, is_full
from okko.transaction import transaction

SCHEMA_VERSION = 2
FILE_NAME = "decision.db"
LOCK_TIMEOUT_S = 0.02
"""How long the loop waits for whoever else has locked the journal; what it cannot write then is put off."""

_SCHEMA = """
CREATE TABLE items (
    item_id TEXT PRIMARY KEY,
    number INTEGER NOT NULL,
    seq INTEGER,
    part_id TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    last_seq INTEGER,
    boot_id TEXT NOT NULL,
    arrived_mono_ns INTEGER NOT NULL,
    arrived_unix_ns INTEGER NOT NULL,
    triggered_at TEXT NOT NULL,
    cameras TEXT NOT NULL,
    trigger BLOB NOT NULL,
    verdict BLOB,
    nth INTEGER,
    confirmed INTEGER NOT NULL DEFAULT 0,
    item BLOB,
    record_seq INTEGER,
    receipted INTEGER NOT NULL DEFAULT 0,
    age_ns INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX items_by_key ON items (part_id, seq, epoch);
CREATE INDEX items_by_nth ON items (nth);
CREATE INDEX items_open ON items (item_id) WHERE verdict IS NULL;
CREATE INDEX items_unconfirmed ON items (item_id) WHERE verdict IS NOT NULL AND confirmed = 0;
CREATE INDEX items_unreceipted ON items (record_seq) WHERE item IS NOT NULL AND receipted = 0;
CREATE TABLE memory (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
"""

_SINCE_1 = "ALTER TABLE items ADD COLUMN age_ns INTEGER NOT NULL DEFAULT 0;"

_encode = msgspec.json.encode
_UNIX_BEGAN = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Opened:
    """A journal that is open, and where a damaged one was put, if there was one."""

    journal: "Journal"
    damaged: Path | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant on both clocks. What this boot has written is compared by the monotonic one, which nobody sets."""

    boot_id: str
    mono_ns: int
    unix_ns: int


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of an item; `story` is its `record_seq` and whole JSON, where somebody records it."""

    verdict: c.Verdict
    nth: int
    story: tuple[int, bytes] | None


_NOT_BEFORE = "CASE boot_id WHEN ? THEN arrived_mono_ns >= ? ELSE arrived_unix_ns >= ? END"


def open_journal(folder: Path) -> Opened:
    """The journal below `folder`, made where there is none. A damaged one is moved aside, never deleted.

    Raises:
        ConfigError: if the folder cannot be written, or the journal is of a newer okko.
        DiskFull: if there is no room to open it.
    """
    reserve = Reserve(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            opened = _open(folder / FILE_NAME)
        except sqlite3.OperationalError:
            if not reserve.give():
                raise
            opened = _open(folder / FILE_NAME)
        reserve.keep()
    except (sqlite3.OperationalError, OSError) as error:
        if is_full(error, folder):
            raise DiskFull(folder, str(error)) from error
        raise ConfigError.one(folder, "journal", f"cannot be written: {error}") from error
    return opened


def _open(path: Path) -> Opened:
    try:
        return Opened(Journal(path))
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
        damaged = path.with_suffix(f".damaged-{clock.utc_now().replace(':', '')}")
        path.rename(damaged)
        for suffix in ("-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                Path(f"{path}{suffix}").rename(f"{damaged}{suffix}")
        return Opened(Journal(path), damaged)


class Journal:
    """What the decision agent must remember beyond its own life. Not thread-safe: for the event loop alone."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._db = sqlite3.connect(path, isolation_level=None, timeout=LOCK_TIMEOUT_S)
        try:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = OFF")
            self._db.execute("PRAGMA wal_autocheckpoint = 0")
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            if version > SCHEMA_VERSION:
                what = f"is of a newer okko (schema {version}, this one writes {SCHEMA_VERSION})"
                raise ConfigError.one(path, "journal", what, "Install that version, or move the file aside")
            if version < SCHEMA_VERSION:
                steps = _SINCE_1 if version else _SCHEMA
                self._db.executescript(f"BEGIN; {steps} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
            self._check()
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        """Let go of the file; what was written stays."""
        self._db.close()

    def _check(self) -> None:
        """See that all can be read that a restart needs: SQLite does not notice a row with other bytes in it.

        Raises:
            sqlite3.DatabaseError: if the journal is damaged.
        """
        (found,) = self._db.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(found)
        try:
            self.memory()
            self.unconfirmed(-1)  # no limit
            list(self.open_parts("", 0, 0, 0))
            list(self.unfinished_parts())
        except (ContractError, msgspec.MsgspecError, ValueError, TypeError, KeyError) as error:
            raise sqlite3.DatabaseError(str(error)) from error
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", None) is not None:
                raise  # SQLite's own: locked, full, not to be read
            raise sqlite3.DatabaseError(str(error)) from error  # Python's: a text that is no UTF-8

    # -- on the path -------------------------------------------------------------------------------------------------

    def admitted(self, item: o.Admitted, boot_id: str, arrived_unix_ns: int, ending: Ending | None = None) -> None:
        """A trigger has become an item; one that is refused has its `ending` at once."""
        record_seq, story = (None, None) if ending is None or ending.story is None else ending.story
        self._db.execute(
            "INSERT INTO items (item_id, number, seq, part_id, epoch, last_seq, boot_id, arrived_mono_ns,"
            " arrived_unix_ns, triggered_at, cameras, trigger, age_ns, verdict, nth, record_seq, item)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                item.item_id,
                item.number,
                item.seq,
                item.part_id,
                item.epoch,
                item.last_seq,
                boot_id,
                item.arrived_mono_ns,
                arrived_unix_ns,
                item.triggered_at,
                ",".join(item.cameras),
                _encode(item.raw),
                item.age_ns,
                None if ending is None else c.encode(ending.verdict),
                None if ending is None else ending.nth,
                record_seq,
                story,
            ),
        )

    def decided(self, verdict: c.Verdict, nth: int) -> None:
        """An item has its verdict; it will never have another one."""
        self._db.execute(
            "UPDATE items SET verdict = ?, nth = ? WHERE item_id = ? AND verdict IS NULL",
            (c.encode(verdict), nth, verdict.item_id),
        )

    # -- off the path ------------------------------------------------------------------------------------------------

    def finished(self, items: Sequence[tuple[str, int, bytes]]) -> None:
        """Keep whole items, as (item_id, record_seq, JSON), until their receipt."""
        with transaction(self._db):
            self._db.executemany(
                "UPDATE items SET item = ?3, record_seq = ?2 WHERE item_id = ?1 AND item IS NULL", items
            )

    def confirmed(self, item_ids: Sequence[str]) -> None:
        """The broker has taken these verdicts."""
        with transaction(self._db):
            self._db.executemany("UPDATE items SET confirmed = 1 WHERE item_id = ?", [(i,) for i in item_ids])

    def receipted(self, item_ids: Sequence[str]) -> None:
        """The recorder has these items; their JSON is not needed any more."""
        with transaction(self._db):
            self._db.executemany(
                "UPDATE items SET receipted = 1, item = NULL WHERE item_id = ? AND verdict IS NOT NULL",
                [(i,) for i in item_ids],
            )

    def remember(self, memory: Memory) -> None:
        """Keep the counts and the last ids."""
        with transaction(self._db):
            self._db.execute("INSERT OR REPLACE INTO memory VALUES ('memory', ?)", (_encode(_plain(memory)),))

    def prune(self, before: Moment, *, keep_items: bool) -> int:
        """Forget items that arrived before, are decided, and receipted where there is a recorder (`keep_items`)."""
        owed = "AND (receipted = 1)" if keep_items else ""
        with transaction(self._db):
            query = f"DELETE FROM items WHERE NOT {_NOT_BEFORE} AND verdict IS NOT NULL {owed}"  # noqa: S608 - constants
            return self._db.execute(query, (before.boot_id, before.mono_ns, before.unix_ns)).rowcount

    # -- questions ---------------------------------------------------------------------------------------------------

    def stands(self, seq: int | None, part_id: str, epoch: int, since: Moment) -> c.Verdict | None:
        """The last verdict for a part since an instant: by `seq` within one run of the counter, or by name alone."""
        by_seq = "seq = ? AND epoch = ?" if seq is not None else "seq IS NULL AND ? IS NULL AND ? >= 0"
        row = self._db.execute(
            f"SELECT verdict FROM items WHERE part_id = ? AND {by_seq} AND verdict IS NOT NULL"  # noqa: S608 - constants
            f" AND {_NOT_BEFORE} ORDER BY item_id DESC LIMIT 1",
            (part_id, seq, epoch, since.boot_id, since.mono_ns, since.unix_ns),
        ).fetchone()
        return None if row is None else c.decode(c.Verdict, row[0])

    def last_boot(self) -> str | None:
        """The boot of the machine in which the last item came, or None where there is none."""
        row = self._db.execute("SELECT boot_id FROM items ORDER BY item_id DESC LIMIT 1").fetchone()
        return None if row is None else str(row[0])

    def last_verdict(self) -> c.Verdict | None:
        """The verdict that was decided last, or None."""
        row = self._db.execute("SELECT verdict FROM items WHERE nth IS NOT NULL ORDER BY nth DESC LIMIT 1").fetchone()
        return None if row is None else c.decode(c.Verdict, row[0])

    def unconfirmed(self, limit: int) -> list[c.Verdict]:
        """Verdicts of which it is not known that the broker has them, oldest first."""
        rows = self._db.execute(
            "SELECT verdict FROM items WHERE verdict IS NOT NULL AND confirmed = 0 ORDER BY item_id LIMIT ?", (limit,)
        )
        return [c.decode(c.Verdict, row[0]) for row in rows]

    def unreceipted(self, after_record_seq: int, limit: int) -> list[tuple[str, int, bytes]]:
        """Items without a receipt as (item_id, record_seq, JSON), in their own order."""
        return self._db.execute(
            "SELECT item_id, record_seq, item FROM items WHERE item IS NOT NULL AND receipted = 0 AND record_seq > ?"
            " ORDER BY record_seq LIMIT ?",
            (after_record_seq, limit),
        ).fetchall()

    def unreceipted_count(self) -> int:
        """How many items wait for their receipt."""
        (count,) = self._db.execute("SELECT count(*) FROM items WHERE item IS NOT NULL AND receipted = 0").fetchone()
        return int(count)

    def empty_log(self, *, wait: bool = False) -> bool:
        """Empty the write-ahead log if all of it is in the database; whether it was. `wait`: bring it there first.

        Only with `wait` the disk is waited for.

        Raises:
            sqlite3.Error: if the disk does not take it, or somebody reads just now.
        """
        if log_of(self.path).uncopied and not wait:
            return False
        if wait:
            self._db.execute("PRAGMA synchronous = NORMAL")
        try:
            busy, _pages, _copied = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            if wait:
                self._db.execute("PRAGMA synchronous = OFF")
        return not busy

    # -- after a restart ---------------------------------------------------------------------------------------------

    def memory(self) -> Memory:
        """The counts and last ids, brought up to date by the items themselves: they may be newer by some."""
        row = self._db.execute("SELECT value FROM memory WHERE key = 'memory'").fetchone()
        fields: dict[str, Any] = msgspec.json.decode(row[0]) if row is not None else {}
        totals = (
            msgspec.convert(fields["totals"], c.Totals)
            if fields
            else c.Totals(total=0, ok=0, ko=0, missed=0, by_reason={}, since=clock.utc_now())
        )
        found = self._since(totals.total + totals.golden)
        golden_since = tuple(one for one in found if one.verdict.golden)
        verdicts = [one.verdict for one in found if not one.verdict.golden]
        by_reason = dict(totals.by_reason)
        for verdict in verdicts:
            by_reason[verdict.reason] = by_reason.get(verdict.reason, 0) + 1
        ok = sum(verdict.verdict == "OK" for verdict in verdicts)
        totals = msgspec.structs.replace(
            totals,
            total=totals.total + len(verdicts),
            ok=totals.ok + ok,
            ko=totals.ko + len(verdicts) - ok,
            by_reason=by_reason,
            golden=totals.golden + len(golden_since),
        )
        number, last_seq, epoch = fields.get("number", 0), fields.get("last_seq"), fields.get("epoch", 0)
        newer = self._db.execute(
            "SELECT number, last_seq, epoch FROM items WHERE number > ? ORDER BY number", (number,)
        ).fetchall()
        missed = totals.missed
        for item_number, item_seq, item_epoch in newer:
            if item_seq is not None:
                missed += step(last_seq, item_seq).missed
            number, last_seq, epoch = item_number, item_seq, item_epoch
        record_seq, last_id = self._db.execute(
            "SELECT coalesce(max(record_seq), 0), max(item_id) FROM items"
        ).fetchone()
        return Memory(
            totals=msgspec.structs.replace(totals, missed=missed),
            last_seq=last_seq,
            epoch=epoch,
            number=number,
            record_seq=max(record_seq, fields.get("record_seq", 0)),
            last_item_us=max(_unix_us_of(last_id), fields.get("last_item_us", 0)),
            golden=msgspec.convert(fields.get("golden"), Round | None),
            golden_since=golden_since,
        )

    def _since(self, nth: int) -> list[Inspected]:
        """The verdicts after so many, in their order."""
        rows = self._db.execute(
            "SELECT verdict, cameras, boot_id, arrived_mono_ns, arrived_unix_ns FROM items WHERE nth > ? ORDER BY nth",
            (nth,),
        ).fetchall()
        return [
            Inspected(c.decode(c.Verdict, verdict), tuple(cameras.split(",")), When(boot_id, mono_ns, unix_ns))
            for verdict, cameras, boot_id, mono_ns, unix_ns in rows
        ]

    def open_parts(self, boot_id: str, now_mono_ns: int, now_unix_ns: int, deadline_ns: int) -> Iterator[Part]:
        """Items without a verdict; those of another boot are overdue, and their age is told by the wall clock."""
        rows = self._db.execute(
            "SELECT item_id, number, seq, part_id, epoch, boot_id, arrived_mono_ns, arrived_unix_ns, triggered_at,"
            " cameras, trigger, age_ns FROM items WHERE verdict IS NULL ORDER BY item_id"
        ).fetchall()
        for (
            item_id,
            number,
            seq,
            part_id,
            epoch,
            boot,
            mono_ns,
            unix_ns,
            triggered_at,
            cameras,
            trigger,
            age_ns,
        ) in rows:
            same_boot = boot == boot_id
            arrived = mono_ns if same_boot else now_mono_ns - max(0, now_unix_ns - unix_ns)
            yield Part(
                item_id=item_id,
                number=number,
                trigger=c.Trigger(seq=seq, part_id=part_id),
                raw=msgspec.json.decode(trigger),
                epoch=epoch,
                triggered_at=triggered_at,
                arrived_mono_ns=arrived,
                deadline_mono_ns=arrived + deadline_ns if same_boot else min(arrived + deadline_ns, now_mono_ns),
                cameras=tuple(cameras.split(",")),
                age_ns=age_ns,
            )

    def unfinished_parts(self) -> Iterator[Part]:
        """Decided items whose whole story was still open when the process died: what is known of them."""
        rows = self._db.execute(
            "SELECT item_id, number, seq, part_id, epoch, arrived_mono_ns, triggered_at, cameras, trigger, verdict"
            " FROM items WHERE verdict IS NOT NULL AND record_seq IS NULL ORDER BY item_id"
        ).fetchall()
        for item_id, number, seq, part_id, epoch, mono_ns, triggered_at, cameras, trigger, verdict in rows:
            yield Part(
                item_id=item_id,
                number=number,
                trigger=c.Trigger(seq=seq, part_id=part_id),
                raw=msgspec.json.decode(trigger),
                epoch=epoch,
                triggered_at=triggered_at,
                arrived_mono_ns=mono_ns,
                deadline_mono_ns=mono_ns,
                cameras=tuple(cameras.split(",")),
                verdict=c.decode(c.Verdict, verdict),
            )

    def recent(self, boot_id: str, since_mono_ns: int) -> Iterator[tuple[Key, Known]]:
        """Decided items of this boot that duplicates may refer to."""
        rows = self._db.execute(
            "SELECT item_id, seq, part_id, epoch, arrived_mono_ns, verdict FROM items WHERE seq IS NOT NULL"
            " AND verdict IS NOT NULL AND boot_id = ? AND arrived_mono_ns >= ? ORDER BY item_id",
            (boot_id, since_mono_ns),
        ).fetchall()
        for item_id, seq, part_id, epoch, mono_ns, verdict in rows:
            yield Key(epoch, seq, part_id), Known(item_id, mono_ns, c.decode(c.Verdict, verdict))


def _plain(memory: Memory) -> dict[str, Any]:
    return {name: getattr(memory, name) for name in Memory.__dataclass_fields__}


def _unix_us_of(item_id: str | None) -> int:
    """The instant inside an item's id, in microseconds (Unix); 0 where there is none."""
    if item_id is None:
        return 0
    stamp = item_id.split("-")[0]
    try:
        text = f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}T{stamp[9:11]}:{stamp[11:13]}:{stamp[13:15]}.{stamp[15:21]}+00:00"
        return (clock.parse_utc(text) - _UNIX_BEGAN) // timedelta(microseconds=1)
    except ValueError:
        return 0
