"""The journal as the agent uses it: what may wait is written together, and a disk that fails stops no verdict."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from decision_agent import outputs as o
from decision_agent.engine import Engine, Now
from decision_agent.journal import FILE_NAME
from decision_agent.keeper import Keeper
from decision_agent.policy import Policy
from okko import clock
from okko import contracts as c
from okko.agent import Runtime
from okko.plc import parse_trigger
from okko.station import URL_VARIABLE, Station, load

STATION = """
[station]
site = "canario"
line = "ducks"
name = "line-1"
ask_window_ms = 60000
duplicate_window_ms = 5000
[[camera]]
name = "top"
source = { kind = "simulator" }
"""
MS = 1_000_000


@pytest.fixture
def station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Station:
    """A station without a broker: nothing that it publishes gets anywhere."""
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    (tmp_path / "station.toml").write_text(STATION)
    return load(tmp_path)


@pytest.fixture
def runtime(station: Station) -> Runtime:
    """An agent that is not connected; its counters tell what it would have told."""
    return Runtime(station, "decision")


@pytest.fixture
def keeper(station: Station, runtime: Runtime) -> Iterator[Keeper]:
    """A keeper with a journal of its own."""
    keeper = Keeper(station, runtime)
    yield keeper
    keeper.journal.close()


@pytest.fixture
def now() -> Now:
    """The present."""
    return Now(clock.mono_ns(), clock.unix_ns())


@pytest.fixture
def engine(policy: Policy, keeper: Keeper) -> Engine:
    """An engine that begins where the journal is."""
    return Engine(policy, keeper.memory())


def _carry_out(keeper: Keeper, outputs: list[o.Output], now: Now) -> list[c.Verdict]:
    """What the agent does with the engine's outputs, without the broker; gives the verdicts."""
    verdicts = []
    for output in outputs:
        match output:
            case o.Admitted():
                keeper.admitted(output, now.unix_ns)
            case o.Decided(verdict, nth):
                keeper.decided(verdict, nth)
                verdicts.append(verdict)
            case o.Finished():
                item = output.item()
                keeper.finished([(item.item_id, item.record_seq, c.encode(item))])
            case _:
                pass
    return verdicts


def _of_this_boot(policy: Policy) -> Policy:
    return Policy(**{**vars(policy), "boot_id": clock.boot_id(), "duplicate_window_ns": 5000 * MS})


def test_an_agent_takes_up_what_the_one_before_left(
    station: Station, runtime: Runtime, policy: Policy, now: Now
) -> None:
    """Open items are decided by their deadline, repeats hear the verdict that stands, the counter goes on."""
    first = Keeper(station, runtime)
    engine = Engine(_of_this_boot(policy), first.memory())
    _carry_out(first, engine.trigger(now, parse_trigger(b"1 open")), now)
    [late] = _carry_out(first, engine.trigger(now, parse_trigger(b"2 late"), age_ns=None), now)
    first.journal.close()

    second = Keeper(station, runtime)
    again = Engine(_of_this_boot(policy), second.memory())
    assert second.restore(again, now) == []
    assert (again.in_flight, again.last_seq, again.totals.total) == (1, 2, 1)
    [repeated] = again.trigger(now, parse_trigger(b"2 late"))
    assert isinstance(repeated, o.Repeated)
    assert repeated.verdict == c.again(late)
    due = Now(now.mono_ns + again.policy.deadline_ns, now.unix_ns + again.policy.deadline_ns)
    [deadline] = _carry_out(second, again.tick(due), due)
    assert (deadline.seq, deadline.reason) == (1, "deadline")
    assert [seq for _, seq, _ in second.unreceipted(0, 9)] == [1, 2]
    second.journal.close()


@pytest.mark.parametrize(
    ("payload", "age_ms", "stands"),
    [
        (b"1 duck", 59_000, True),
        (b"1 duck", 61_000, False),
        (b"duck", 4_000, True),
        (b"duck", 6_000, False),
        (b'{"seq":1}', 4_000, True),
        (b'{"seq":1}', 6_000, False),
    ],
)
def test_how_long_a_verdict_can_be_asked_for(
    keeper: Keeper, engine: Engine, payload: bytes, age_ms: int, stands: bool
) -> None:
    """Seq and name both are asked for over the long window, one of them alone over the short one."""
    now = Now(clock.mono_ns(), clock.unix_ns())
    trigger = parse_trigger(payload)
    [verdict] = _carry_out(keeper, engine.trigger(now, trigger, age_ns=None), now)
    later = Now(now.mono_ns + age_ms * MS, now.unix_ns + age_ms * MS)
    assert keeper.stands(trigger.trigger, engine.epoch, later) == (verdict if stands else None)


def test_confirmations_are_written_together(keeper: Keeper, policy: Policy, now: Now) -> None:
    """What the broker has taken is not sent again; it is written with the next flush, or when it is asked for."""
    engine = Engine(policy, keeper.memory())
    verdicts = [
        verdict
        for seq in (1, 2)
        for verdict in _carry_out(keeper, engine.trigger(now, parse_trigger(b"%d x" % seq), age_ns=None), now)
    ]
    keeper.confirming(verdicts[0].item_id)()
    assert keeper.journal.unconfirmed(9) == verdicts
    keeper.flush(engine.memory())
    assert keeper.journal.unconfirmed(9) == verdicts[1:]
    keeper.confirming(verdicts[1].item_id)()
    assert keeper.unconfirmed() == []


@contextlib.contextmanager
def _locked(keeper: Keeper) -> Iterator[None]:
    """The journal cannot be written for a while."""
    other = sqlite3.connect(keeper.journal.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


def test_a_journal_that_cannot_be_written_stops_no_verdict(
    keeper: Keeper, runtime: Runtime, policy: Policy, now: Now
) -> None:
    """It is told once when it fails and once when it is back; then all that was decided meanwhile is in it."""
    engine = Engine(policy, keeper.memory())
    with _locked(keeper):
        [first] = _carry_out(keeper, engine.trigger(now, parse_trigger(b"1 x"), age_ns=None), now)
        keeper.flush(engine.memory())
        assert first.reason == "late"
        assert keeper.unconfirmed() == []
        assert runtime.stats.counters["event_journal_degraded"] == 1
        assert runtime.stats.counters["journal_errors"] > 1
    [second] = _carry_out(keeper, engine.trigger(now, parse_trigger(b"2 x"), age_ns=None), now)
    keeper.flush(engine.memory())
    assert runtime.stats.counters["event_journal_back"] == 1
    assert keeper.unconfirmed() == [first, second]
    assert [seq for _, seq, _ in keeper.unreceipted(0, 9)] == [1, 2]
    assert keeper.memory().totals.total == 2


def test_what_is_put_off_is_bounded_and_what_is_lost_is_counted(
    keeper: Keeper, runtime: Runtime, policy: Policy, now: Now, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A journal that is away for days takes no memory: the oldest writes make room, and people hear of it."""
    monkeypatch.setattr("decision_agent.keeper.MAX_PUT_OFF", 6)
    engine = Engine(policy, keeper.memory())
    with _locked(keeper):
        for seq in range(1, 5):
            _carry_out(keeper, engine.trigger(now, parse_trigger(b"%d x" % seq), age_ns=None), now)
    keeper.flush(engine.memory())
    assert runtime.stats.counters["journal_lost"] == 6
    assert [verdict.seq for verdict in keeper.unconfirmed()] == [3, 4]


def test_a_damaged_journal_is_told(station: Station, runtime: Runtime) -> None:
    """People hear of it, and the line goes on."""
    station.journal_folder.mkdir(parents=True)
    (station.journal_folder / FILE_NAME).write_bytes(b"no database at all" * 100)
    keeper = Keeper(station, runtime)
    assert runtime.stats.counters["event_journal_damaged"] == 1
    assert keeper.memory().totals.total == 0
    keeper.journal.close()
