"""What was done by whom, in SQLite: entries are added, never changed, and the oldest make room."""

import sqlite3
from dataclasses import dataclass

from dashboard.access.records import Audited, Entry
from dashboard.access.schema import AUDIT_KEPT

DETAIL_MOST = 2_000
TEXT_MOST = 200
_CUT = "..."
_BATCH = 1_000
_COLUMNS = "id, at_ms, who, role, address, action, object, result, detail"


@dataclass(frozen=True, slots=True)
class Query:
    """Which entries: all fields that are given must fit. Instants are Unix milliseconds.

    `text` is looked for in object and detail; `before_id` goes on where a page of entries ended.
    """

    since_ms: int | None = None
    until_ms: int | None = None
    who: str | None = None
    action: str | None = None
    result: str | None = None
    text: str | None = None
    before_id: int | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Audit:
    """The table `audit`."""

    db: sqlite3.Connection

    def add(self, entry: Entry, now_ms: int) -> None:
        """Add one; what is too long is cut, and says so. Beyond the bound the oldest thousand go, with a note."""
        self._insert(entry, now_ms)
        first, last = self.db.execute("SELECT (SELECT min(id) FROM audit), (SELECT max(id) FROM audit)").fetchone()
        if last - first >= AUDIT_KEPT + _BATCH:
            gone = self.db.execute("DELETE FROM audit WHERE id <= ?", (last - AUDIT_KEPT,)).rowcount
            detail = f"{gone} entries up to number {last - AUDIT_KEPT} made room: {AUDIT_KEPT} are kept"
            self._insert(Entry("okko", None, "", "audit.prune", detail=detail), now_ms)

    def entries(self, query: Query) -> list[Audited]:
        """The newest that fit, the newest first."""
        wanted: list[tuple[str, object]] = []
        if query.since_ms is not None:
            wanted.append(("at_ms >= ?", query.since_ms))
        if query.until_ms is not None:
            wanted.append(("at_ms < ?", query.until_ms))
        if query.before_id is not None:
            wanted.append(("id < ?", query.before_id))
        if query.text:
            wanted.append(("instr(lower(object || ' ' || detail), lower(?)) > 0", query.text))
        wanted += [
            (f"{column} = ?", value)
            for column, value in (("who", query.who), ("action", query.action), ("result", query.result))
            if value
        ]
        where = " AND ".join(condition for condition, _ in wanted) or "1"
        rows = self.db.execute(
            f"SELECT {_COLUMNS} FROM audit WHERE {where} ORDER BY id DESC LIMIT ?",  # noqa: S608 - our own conditions
            (*(value for _, value in wanted), -1 if query.limit is None else query.limit),
        )
        return [Audited(*row) for row in rows]

    def words(self) -> tuple[list[str], list[str]]:
        """Everybody and every action that there are entries of, to choose from."""
        who = [name for (name,) in self.db.execute("SELECT DISTINCT who FROM audit ORDER BY who")]
        actions = [name for (name,) in self.db.execute("SELECT DISTINCT action FROM audit ORDER BY action")]
        return who, actions

    def _insert(self, entry: Entry, now_ms: int) -> None:
        role = "" if entry.role is None else entry.role.word
        texts = [_cut(text, TEXT_MOST) for text in (entry.who, role, entry.address, entry.action)]
        about = _cut(entry.object, DETAIL_MOST)
        self.db.execute(
            "INSERT INTO audit (at_ms, who, role, address, action, object, result, detail)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (now_ms, *texts, about, entry.result, _cut(entry.detail, DETAIL_MOST)),
        )


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - len(_CUT)] + _CUT
