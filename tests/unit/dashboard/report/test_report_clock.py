"""A report of each shift, when it has ended: written once, also by an agent that comes late; what fails is told."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dashboard.report.report_clock import LOOK_S, SETTLE, ReportClock
from dashboard.report.written import Written, is_report, prune, written
from okko.contracts import Severity
from okko.station import load
from shifted import BEGIN, item, record, write_station

MADRID = ZoneInfo("Europe/Madrid")
END = BEGIN + timedelta(hours=8)
Told = list[tuple[Severity, str, str]]


class Agent:
    """A clock that is set by hand, and what it told people."""

    def __init__(self, station: Path, now: datetime, *program: str) -> None:
        self.now = now
        self.told: Told = []
        given = {"program": program} if program else {}
        self.clock = ReportClock(load(station), MADRID, lambda *said: self.told.append(said), lambda: self.now, **given)

    async def look(self, **later: float) -> list[str]:
        """Look once, so much later; what was told by then."""
        self.now += timedelta(**later)
        await self.clock.look()
        return [code for _, code, _ in self.told]


@pytest.fixture
def station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A station in Madrid, with items in the shift from 14:00 to 22:00."""
    monkeypatch.setenv("TZ", "Europe/Madrid")
    folder = write_station(tmp_path / "line")
    record(folder, [item(number, number) for number in range(1, 4)])
    return folder


async def test_a_shift_is_written_when_it_has_ended_and_settled(station: Path) -> None:
    """Not before, and not twice; the shift before had no items, and gets none."""
    agent = Agent(station, END - timedelta(seconds=1))
    assert await agent.look() == []
    assert await agent.look(seconds=2) == []
    assert await agent.look(seconds=SETTLE.total_seconds()) == ["report_written"]
    assert await agent.look(seconds=LOOK_S) == ["report_written"]
    assert [one.name for one in written(station / "data")] == ["shift-2026-11-25-2.html"]
    assert agent.told[0][0] == "info"
    assert agent.told[0][2].endswith("shift-2026-11-25-2.html")


async def test_an_agent_that_comes_late_catches_up_once(station: Path) -> None:
    """With the last shift, where its report is not there yet."""
    assert await Agent(station, END + timedelta(hours=3)).look() == ["report_written"]
    again = Agent(station, END + timedelta(hours=3))
    assert await again.look() == []
    (station / "data" / "reports" / "shift-2026-11-25-2.html").unlink()
    assert await again.look(seconds=LOOK_S) == []  # somebody has removed it


@pytest.mark.parametrize(
    ("program", "says"),
    [
        (("sh", "-c", "echo 'okko: the disk is full' >&2; exit 1"), "was not written: okko: the disk is full"),
        (("sh", "-c", "exit 3"), "was not written: exit 3"),
        (("/nowhere/okko",), "was not started"),
    ],
)
async def test_a_report_that_fails_is_told_once(station: Path, program: tuple[str, ...], says: str) -> None:
    """With the reason, and is not tried every few seconds."""
    agent = Agent(station, END + timedelta(hours=1), *program)
    assert await agent.look() == ["report_failed"]
    assert says in agent.told[0][2]
    assert await agent.look(seconds=LOOK_S) == ["report_failed"]


async def test_an_agent_that_stops_leaves_no_process_behind(station: Path, tmp_path: Path) -> None:
    """The report that was being made is given up."""
    mark = tmp_path / "pid"
    agent = Agent(station, END + timedelta(hours=1), "sh", "-c", f"echo $$ > {mark}; exec sleep 60")
    running = asyncio.create_task(agent.clock.run())
    async with asyncio.timeout(30):
        while not (mark.exists() and mark.read_text().strip()):  # noqa: ASYNC110 - a file of another process
            await asyncio.sleep(0.02)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not _is_there(mark.read_text())


def _is_there(pid: str) -> bool:
    return Path("/proc", pid.strip()).exists()


def test_only_the_newest_reports_stay(tmp_path: Path) -> None:
    """Other files in the folder are left alone."""
    folder = tmp_path / "reports"
    folder.mkdir()
    for number in range(5):
        file = folder / f"shift-2026-11-2{number}-1.html"
        file.write_text("-")
        (folder / "notes.txt").write_text("mine")
    prune(tmp_path, keep=2)
    assert sorted(file.name for file in folder.iterdir())[1:] == sorted(one.name for one in written(tmp_path))[:2]
    assert (folder / "notes.txt").exists()
    assert written(tmp_path / "nowhere") == []


@pytest.mark.parametrize("name", ["../station.toml", "shift-1.html/..", "shift-1.HTML", "a.html", "shift-.html", ""])
def test_what_is_no_report(name: str) -> None:
    """Nothing else in the folder, or out of it, is served as one."""
    assert not is_report(name)


def test_a_name_says_which_shift_it_is_of() -> None:
    """And whether that had ended."""
    done, so_far, span = (
        Written(name, 1, 1)
        for name in ("shift-2026-11-25-2.html", "shift-2026-11-25-2-so-far.html", "span-20261125T130000Z-x.html")
    )
    assert (done.shift, done.under_way) == ("2026-11-25/2", False)
    assert (so_far.shift, so_far.under_way) == ("2026-11-25/2", True)
    assert (span.shift, span.under_way) == (None, False)
