"""`okko label` against a real recorder on a real broker."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from agents import Agent, write_station
from items import item, record
from running_broker import RunningBroker
from waiting import eventually


def _okko(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-m", "okko", *arguments], capture_output=True, text=True, check=False)


def test_a_label_is_kept_with_who_gave_it(
    tmp_path: Path, broker: RunningBroker, start_agent: Callable[..., Agent]
) -> None:
    """Given, changed, taken back; refused for an item that is not there; and readable without the recorder."""
    folder = write_station(tmp_path / "station", broker.url)
    record(folder, [item(1), item(2)], uplink=False)
    station = str(folder)
    recorder = start_agent("-m", "okko", "run", "recorder", station)
    eventually(lambda: "connected to" in recorder.log)

    golden = _okko("label", station, "item-000001", "KO", "--by", "shift-2", "--golden")
    assert (golden.returncode, golden.stdout) == (0, "item-000001 is labelled KO, golden; 0 images are kept\n"), golden
    changed = _okko("label", station, "item-000001", "scratch on beak", "--by", "shift-3")
    assert "is labelled scratch on beak, golden (was KO)" in changed.stdout
    unknown = _okko("label", station, "item-000009", "OK", "--by", "shift-2")
    assert (unknown.returncode, unknown.stderr) == (1, "Error: there is no item 'item-000009' in the record\n")
    recorder.end()

    shown = _okko("items", station, "--labelled", "--json")
    (labelled,) = [json.loads(line) for line in shown.stdout.splitlines()]
    assert labelled["item_id"] == "item-000001"
    assert {**labelled["label"], "at": None} == {
        "label": "scratch on beak",
        "golden": True,
        "by": "shift-3",
        "at": None,
    }


def test_what_cannot_be_a_label_is_refused_before_it_is_sent(tmp_path: Path) -> None:
    """Exit 2: it is the input that is wrong."""
    folder = str(write_station(tmp_path / "station", "mqtt://127.0.0.1:1"))
    assert _okko("label", folder, "item-1").returncode == 2
    assert _okko("label", folder, "item-1", "KO", "--remove").returncode == 2
