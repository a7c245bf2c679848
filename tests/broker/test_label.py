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


def test_ten_thousand_labels_go_in_one_go(
    tmp_path: Path, broker: RunningBroker, start_agent: Callable[..., Agent]
) -> None:
    """From a list of ids; unknown ones are named, a change is undone, and the sizes and the history say so."""
    folder = write_station(tmp_path / "station", broker.url)
    record(folder, [item(number) for number in range(10_000)], uplink=False)
    station = str(folder)
    recorder = start_agent("-m", "okko", "run", "recorder", station)
    eventually(lambda: "connected to" in recorder.log)
    ids = tmp_path / "ids.txt"
    ids.write_text("".join(f"item-{number:06d}\n" for number in range(10_000)))
    assert _okko("label", station, "--items", str(ids), "dent", "--by", "anna").stdout == "10000 items are labelled\n"

    ids.write_text("item-000001\n\nnobody\n")
    some = _okko("label", station, "--items", str(ids), "OK", "--by", "bert")
    assert (some.returncode, some.stdout) == (1, "1 items are labelled\n")
    assert some.stderr.startswith("nobody: there is no item 'nobody' in the record\nError: 1 items are not labelled")
    undone = _okko("label", station, "item-000001", "--undo", "--by", "carl")
    assert undone.stdout == "item-000001 is labelled dent (was OK); 0 images are kept\n"
    recorder.end()

    assert _okko("label", station, "--sizes").stdout.splitlines()[:2] == [
        "   10000  dent",
        "10000 items are labelled, 0 of them golden",
    ]
    past = [line.split("  ", 1)[1] for line in _okko("label", station, "item-000001", "--history").stdout.splitlines()]
    assert past == ["anna  dent  (was no label)", "bert  OK  (was dent)", "carl  dent  (was OK)  undone"]


def test_what_cannot_be_a_label_is_refused_before_it_is_sent(tmp_path: Path) -> None:
    """Exit 2: it is the input that is wrong."""
    folder = str(write_station(tmp_path / "station", "mqtt://127.0.0.1:1"))
    assert _okko("label", folder, "item-1").returncode == 2
    assert _okko("label", folder, "item-1", "KO", "--remove").returncode == 2
    assert _okko("label", folder, "item-1", "--undo", "--history").returncode == 2
    assert _okko("label", folder, "item-1", "--sizes").returncode == 2
