"""What the examination does when something hangs, and that it says so."""

import threading
from pathlib import Path

import pytest

from agents import write_station
from okko.doctor.examine import BrokerSide, agents_of, judge, messages_per_item
from okko.doctor.finding import Severity
from okko.doctor.patience import within
from okko.errors import BrokerUnavailable
from okko.station import load


async def test_work_is_waited_for_only_so_long() -> None:
    """Its result or its error comes back; what hangs is left behind."""
    assert await within(20, lambda: 42) == 42
    with pytest.raises(ZeroDivisionError):
        await within(20, lambda: 1 // 0)
    hang = threading.Event()
    with pytest.raises(TimeoutError):
        await within(0.01, hang.wait)
    hang.set()


def test_what_hangs_is_grave_and_the_rest_is_told_all_the_same(tmp_path: Path) -> None:
    """By the name of what was looked at."""
    station = load(write_station(tmp_path, "mqtt://box"))
    away = BrokerUnavailable("mqtt://box", "away")
    findings = list(judge(station, "disk", BrokerSide(away, away)))
    assert [f.subject for f in findings if f.severity is Severity.GRAVE] == ["broker", "disk"]
    assert "hangs" in findings[-1].what


def test_a_station_expects_its_agents_and_messages(tmp_path: Path) -> None:
    """Without a model no inference; trigger and captured of one camera."""
    station = load(write_station(tmp_path, "mqtt://box"))
    assert agents_of(station) == {"decision", "camera-top", "recorder"}
    assert messages_per_item(station) == 2
