"""`okko golden`: a round as people read it, and what it says where there is none."""

import sys
from pathlib import Path

import pytest

from decision_agent.golden_command import lines
from okko import cli
from okko import contracts as c

AT = "2026-11-25T05:58:12.000Z"
STATION = """
[station]
site = "a"
line = "b"
name = "c"
[broker]
url = "mqtt://127.0.0.1:1"
[[camera]]
name = "top"
source = { kind = "simulator" }
"""


def test_a_round_as_people_read_it() -> None:
    """Aligned, with what came, and nothing in it that commands a terminal."""
    parts = (
        c.GoldenPartState(part_id="GOOD", expect="OK", passed=True, got="OK", reason="rules", at=AT),
        c.GoldenPartState(
            part_id="B\x1b[2JAD", expect="KO", passed=False, got="KO", reason="deadline", finding="no answer", at=AT
        ),
        c.GoldenPartState(part_id="LAST", expect="KO", passed=False),
    )
    found = c.GoldenRound(needed=True, begun_at=AT, why="the machine was started", parts=parts)
    assert list(lines(found)) == [
        f"Due since {AT} (the machine was started): 1 of 3 passed, and `ready` waits for the rest",
        "part        must be  came         when                               finding",
        f"GOOD        OK       OK           {AT}  passed",
        f"B\\x1b[2JAD  KO       KO deadline  {AT}  WRONG    no answer",
        "LAST        KO       -            -                         to come",
    ]


def test_a_station_without_golden_parts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2, and what to add."""
    (tmp_path / "station.toml").write_text(STATION)
    assert cli.run(["golden", str(tmp_path)]) == 2
    assert "Add a [golden] table" in capsys.readouterr().err


def test_a_station_whose_golden_parts_can_never_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`okko check`: exit 2, all that is wrong at once."""
    more = '[golden]\nparts = [{ part_id = "A", expect = "OK" }, { part_id = "A", expect = "KO" }]\n'
    (tmp_path / "station.toml").write_text(STATION + more)
    assert cli.run(["check", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "golden.parts[1].part_id: 'A' is the id of golden.parts[0] already" in said
    assert "the station has no model" in said


def test_without_a_broker_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 1: the input is right."""
    bundle = Path(__file__).parents[3] / "models" / "duck-quality"
    more = (
        f'[[model]]\nbundle = "{bundle}"\ncameras = ["top"]\n'
        '[[rule]]\nkind = "expected_label"\ncamera = "top"\nlabel = "OK"\n'
        '[[golden.parts]]\npart_id = "A"\nexpect = "OK"\n'
    )
    (tmp_path / "station.toml").write_text(STATION + more)
    assert cli.run(["check", str(tmp_path)]) == 0
    assert "golden   A must be OK; `ready` waits for them" in capsys.readouterr().out
    assert cli.run(["golden", str(tmp_path)]) == 1
    assert "no connection to the broker" in capsys.readouterr().err
    assert sys.stdout is not None
