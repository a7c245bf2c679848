"""Which agents have to begin anew when a station file changes, and which need not."""

from pathlib import Path

import pytest

from okko.concern import of_agent, sha256_of
from okko.station import URL_VARIABLE, Station, load

STATION = """
[station]
site = "test"
line = "line"
name = "station"
[broker]
url = "mqtt://127.0.0.1:1883"
[[camera]]
name = "left"
source = { kind = "simulator" }
[[camera]]
name = "right"
source = { kind = "video", url = "rtsp://root:first@cam/stream" }
[combine]
kind = "all"
[recorder]
path = "data"
"""
AGENTS = ("decision", "inference", "camera-left", "camera-right", "recorder")


@pytest.fixture(autouse=True)
def _no_other_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(URL_VARIABLE, raising=False)


def station(folder: Path, text: str) -> Station:
    """A station of this text."""
    folder.mkdir(exist_ok=True)
    (folder / "station.toml").write_text(text)
    return load(folder)


@pytest.mark.parametrize(
    ("old", "new", "concerned"),
    [
        ('kind = "all"', 'kind = "min_ok"\ncount = 1', ()),
        ("127.0.0.1:1883", "127.0.0.1:1884", ()),
        ("[combine]", "# a word\n[combine]", ()),
        ('name = "left"', 'name = "left"\nroi = [0.1, 0.1, 0.9, 0.9]', ("camera-left",)),
        ("root:first@", "root:second@", ("camera-right",)),
        ('name = "station"', 'name = "station"\nrecipe = "blue"', ("decision",)),
        ('name = "station"', 'name = "station"\ndeadline_ms = 500', AGENTS),
        ('path = "data"', 'path = "elsewhere"', AGENTS),
        ('path = "data"', 'path = "data"\nretention = { ok_days = 2 }', ("recorder",)),
        ("[combine]", '[trigger]\nkind = "interval"\nperiod_ms = 500\n[combine]', ("decision",)),
    ],
)
def test_a_change_concerns_whom_it_concerns(tmp_path: Path, old: str, new: str, concerned: tuple[str, ...]) -> None:
    """Everybody else works on as if nothing had happened."""
    assert old in STATION
    before, after = (station(tmp_path / "a", STATION), station(tmp_path / "b", STATION.replace(old, new)))
    assert tuple(a for a in AGENTS if sha256_of(before, a) != sha256_of(after, a)) == concerned


def test_an_agent_that_the_station_does_not_have_has_none(tmp_path: Path) -> None:
    """A camera that was taken out, a recorder where nothing is recorded."""
    lone = station(tmp_path, STATION[: STATION.index("[recorder]")])
    assert [name for name in (*AGENTS, "camera-top", "inference-a", "dashboard") if not sha256_of(lone, name)] == [
        *("recorder", "camera-top", "inference-a", "dashboard")
    ]


def test_a_password_cannot_be_found_from_it(tmp_path: Path) -> None:
    """What goes into the hash of a secret is too little to tell whether a guess was right."""
    assert "first" not in str(of_agent(station(tmp_path, STATION), "camera-right"))
    assert [len(part) for part in of_agent(station(tmp_path, STATION), "camera-right")["secrets"]] == [4]
