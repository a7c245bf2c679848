"""`okko replay` over what a real line has recorded: two cameras, a region, two encodings, all agents as processes."""

import json
import shutil
import signal
import subprocess
import tracemalloc
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from line import Line
from multiplied import multiply
from okko.station import load
from recorder.archive import Archive
from recorder.labels import LabelEntry
from recorder.query import Query
from recorder.reader import open_store
from workshop.replay.change import changed
from workshop.replay.evidence import LeftOut
from workshop.replay.run import Replay
from workshop.replay.tally import Looked

ROOT = Path(__file__).parents[2]
DUCKS = ROOT / "models/duck-quality"
PARTS = 24
RECIPES = 3
STATION = f"""
[station]
site = "test"
line = "line"
name = "station"
deadline_ms = 5000
capture_window_ms = 2000
[[camera]]
name = "left"
source = {{ kind = "simulator", seed = 7, view = "left", defect_rate = 0.4 }}
roi = [0.1, 0.0, 0.9, 1.0]
[[camera]]
name = "right"
source = {{ kind = "simulator", seed = 7, view = "right", defect_rate = 0.4 }}
encoding = {{ kind = "raw-bgr8" }}
[[model]]
bundle = "{DUCKS}"
cameras = ["left", "right"]
[[rule]]
kind = "expected_label"
camera = "left"
label = "OK"
[[rule]]
kind = "image"
camera = "left"
min_brightness = 1.0
[[rule]]
kind = "expected_label"
camera = "right"
label = "OK"
[recorder]
"""


class Recorded:
    """A station that has recorded, and what `okko replay` said while it ran."""

    def __init__(self, folder: Path, beside: "subprocess.CompletedProcess[str]") -> None:
        self.folder = folder
        self.beside = beside

    def copy(self, folder: Path) -> Path:
        """The same, to be changed."""
        shutil.copytree(self.folder, folder)
        return folder


def replay(folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    """`okko replay`."""
    command = Line.okko("replay", str(folder), *options)
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)


def sums(done: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    """The last line of `--json`."""
    summary: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])["summary"]
    return summary


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Parts of which some are bad, some of another recipe, one seen by one camera alone."""
    folder = tmp_path_factory.mktemp("replay") / "station"
    folder.mkdir()
    (folder / "station.toml").write_text(STATION)
    line = Line(folder)
    line.start()
    try:
        line.trigger("--count", str(PARTS - 1), "--rate", "12")
        line.publish("trigger", b'{"part_id": "half", "cameras": ["right"]}')
        for number in range(RECIPES):
            line.publish("trigger", f'{{"part_id": "goose-{number}", "recipe": "goose"}}'.encode())
        line.items(PARTS + RECIPES)
        beside = replay(folder, "--json")
    finally:
        assert line.stop() == 0, line.log()
    return Recorded(folder, beside)


def passed(folder: Path, rules: Path | None = None, query: Query | None = None) -> list[Looked | LeftOut]:
    """What becomes of each item."""
    station = load(folder)
    again = Replay(changed(station, None, rules=rules), station.data.resolve(), station.config_sha256)
    with open_store(station.data) as connection:
        assert connection is not None
        return list(again.items(connection, query or Query()))


def test_with_nothing_changed_all_is_as_it_was(recorded: Recorded) -> None:
    """Each prediction to the last digit, each finding, verdict, reason and text; good parts and bad ones."""
    results = passed(recorded.folder)
    looked = [result for result in results if isinstance(result, Looked)]
    assert len(looked) == PARTS
    for result in looked:
        item, after = result.evidence.item, result.outcome.after
        assert (after.verdict, after.reason, after.finding, after.borderline) == (
            item.verdict,
            item.reason,
            item.finding,
            item.borderline,
        )
        assert set(result.outcome.findings_after) == set(item.findings)
        then = {p.camera: (p.label, p.score, p.scores, p.image, p.model) for p in item.predictions}
        assert {p.camera: (p.label, p.score, p.scores, p.image, p.model) for p in result.predictions} == then
    assert {result.outcome.after.verdict for result in looked} == {"OK", "KO"}
    (half,) = [result for result in looked if result.evidence.item.part_id == "half"]
    assert set(half.frames) == {"right"}


def test_what_cannot_be_judged_is_listed_and_counted(recorded: Recorded) -> None:
    """By its reason, and the same beside the running recorder."""
    done = replay(recorded.folder, "--json", "--max-flips", "0")
    assert done.returncode == 0, done.stderr
    left_out = [json.loads(line)["left_out"] for line in done.stdout.splitlines()[:-1]]
    assert [one["why"] for one in left_out] == ["recipe"] * RECIPES
    summary = sums(done)
    assert (summary["replayed"], summary["same"], summary["flips"]) == (PARTS, PARTS, 0)
    assert summary["left_out"] == {"recipe": RECIPES}
    assert summary["of_other_configuration"] == 0
    assert recorded.beside.returncode == 0, recorded.beside.stderr
    assert {**sums(recorded.beside), "seconds": 0, "timings_ms": 0} == {**summary, "seconds": 0, "timings_ms": 0}


def test_other_rules_flip_verdicts_and_fail_where_too_many_do(recorded: Recorded, tmp_path: Path) -> None:
    """Exit 1 beyond `--max-flips`, each flip in a line; and a page with its pictures that is whole."""
    rules = tmp_path / "rules.toml"
    rules.write_text(
        "".join(
            f'[[rule]]\nkind = "unexpected_label"\ncamera = "{camera}"\nlabel = "OK"\n' for camera in ("left", "right")
        )
    )
    report = tmp_path / "report.html"
    done = replay(recorded.folder, "--rules", str(rules), "--max-flips", "3", "--json", "--out", str(report))
    assert done.returncode == 1
    assert f"{sums(done)['flips']} verdicts flip, at most 3 may" in done.stderr
    flips = [json.loads(line)["flip"] for line in done.stdout.splitlines() if line.startswith('{"flip"')]
    assert len(flips) == sums(done)["flips"] > 3
    assert Counter((flip["before"]["verdict"], flip["after"]["verdict"]) for flip in flips) == Counter(
        {("OK", "KO"): sums(done)["ok_to_ko"], ("KO", "OK"): sums(done)["ko_to_ok"]}
    )
    page = report.read_text()
    assert page.endswith("</html>\n")
    folder, page_2 = tmp_path / "pictures", tmp_path / "again.html"
    told = ("--json", "--list", "2", "--pictures", str(folder), "--out", str(page_2), "--progress", "json")
    again = replay(recorded.folder, "--rules", str(rules), *told)
    listed = [json.loads(line)["flip"] for line in again.stdout.splitlines() if line.startswith('{"flip"')]
    assert [{**flip, "pictures": None} for flip in listed] == [{**flip, "pictures": None} for flip in flips[:2]]
    files = {picture[side] for flip in listed for picture in flip["pictures"] for side in ("before", "after")}
    assert files == {str(path) for path in folder.iterdir()}
    progress = [json.loads(line) for line in again.stderr.splitlines() if line.startswith("{")]
    assert progress[0] == {"step": "items", "done": 0, "total": PARTS + RECIPES, "eta_s": None}
    assert progress[-1]["result"] == {"report": str(page_2), "summary": sums(again)}
    page_2.unlink()
    shutil.rmtree(folder)
    pictures = sum(1 if flip["part_id"] == "half" else 2 for flip in flips)
    assert page.count('src="data:image/jpeg;base64,') == pictures
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "rules.toml"]


def test_another_bundle_takes_the_models_place(recorded: Recorded, tmp_path: Path) -> None:
    """One that says the opposite: on one camera every part becomes KO or stays so; the station is as it was."""
    contrary = tmp_path / "contrary"
    shutil.copytree(DUCKS, contrary)
    manifest = (contrary / "model.toml").read_text()
    manifest = manifest.replace('labels = ["OK", "KO"]', 'labels = ["KO", "OK"]').replace("duck-quality", "contrary")
    (contrary / "model.toml").write_text(manifest)
    done = replay(recorded.folder, "--bundle", str(contrary), "--camera", "left", "--json")
    assert done.returncode == 0, done.stderr
    items = {result.evidence.item.item_id: result for result in passed(recorded.folder) if isinstance(result, Looked)}
    flips = {flip["item_id"]: flip for line in done.stdout.splitlines() if (flip := json.loads(line).get("flip"))}
    for item_id, result in items.items():
        said = {prediction.camera: prediction.label for prediction in result.predictions}
        left = said.get("left")
        now_ok = said["right"] == "OK" and left != "OK"
        assert (item_id in flips) == (now_ok != (result.outcome.before.verdict == "OK"))
    assert "camera left: model contrary 1.0.0" in " ".join(sums(done)["notes"])
    assert "camera right: model duck-quality 1.0.0" in " ".join(sums(done)["notes"])


def test_images_that_are_gone_or_not_what_they_were_are_left_out(recorded: Recorded, tmp_path: Path) -> None:
    """Deleted behind the recorder's back, and damaged on the disk: no verdict is made of them."""
    folder = recorded.copy(tmp_path / "copy")
    first, second = sorted((folder / "data/images").rglob("*.jpg"))[:2]
    first.unlink()
    second.write_bytes(second.read_bytes()[:-1] + b"!")
    done = replay(folder, "--json")
    assert done.returncode == 0
    assert sums(done)["left_out"] == {"recipe": RECIPES, "image_gone": 1, "image_damaged": 1}
    shutil.rmtree(folder / "data/images")
    done = replay(folder)
    assert done.returncode == 1
    assert "none of these items can be judged again" in done.stderr


def test_a_threshold_is_swept_over_what_is_labelled(recorded: Recorded, tmp_path: Path) -> None:
    """The curve at the threshold in force is what was recorded, and ends where nothing passes any more."""
    folder = recorded.copy(tmp_path / "copy")
    looked = [result for result in passed(folder) if isinstance(result, Looked)]
    archive = Archive.open(folder / "data")
    labels = {}
    for index, result in enumerate(looked[:-1]):
        truth = result.outcome.before.verdict if index % 5 else "KO"
        labels[result.outcome.item_id] = truth
        archive.keep([LabelEntry(f"r{index}", result.outcome.item_id, truth, None, "a test", 1)])
    archive.close()
    bad = sum(label == "KO" for label in labels.values())
    escapes = sum(
        result.outcome.before.verdict == "OK" and labels.get(result.outcome.item_id) == "KO" for result in looked
    )
    assert sums(replay(folder, "--json"))["replayed"] == PARTS  # those with a label and those without
    done = replay(folder, "--sweep", "expected_label/*.min_score", "--json", "--out", str(tmp_path / "sweep.html"))
    assert done.returncode == 0, done.stderr
    summary = sums(done)
    assert summary["labelled"] == {"good": len(labels) - bad, "bad": bad}
    assert summary["before"]["bad_ok"] == escapes > 0
    points = {point["threshold"]: point for point in summary["sweep"]["points"]}
    (in_force,) = [point for point in points.values() if point["in_force"]]
    assert in_force["threshold"] == 0.5
    assert (in_force["escapes"]["count"], in_force["false_rejects"]["count"]) == (escapes, 0)
    assert (points[1.0]["escapes"]["count"], points[1.0]["false_rejects"]["count"]) == (0, len(labels) - bad)
    assert "<svg" in (tmp_path / "sweep.html").read_text()


def test_memory_does_not_grow_with_the_record(recorded: Recorded, tmp_path: Path) -> None:
    """Hundreds of items with half a gigabyte of images take no more than a few of them."""
    folder = recorded.copy(tmp_path / "copy")
    multiply(folder / "data/store.sqlite", 20)
    station = load(folder)
    again = Replay(changed(station, None), station.data.resolve(), station.config_sha256)
    tracemalloc.start()
    with open_store(station.data) as connection:
        assert connection is not None
        for _ in again.items(connection, Query()):
            pass
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert again.tally.replayed == again.tally.same == 20 * PARTS
    assert peak_bytes < 16 << 20


def test_who_is_interrupted_leaves_no_half_report(recorded: Recorded, tmp_path: Path) -> None:
    """Ctrl-C in the middle of a long record: exit 130, the old report stays, no file of ours is left."""
    folder = recorded.copy(tmp_path / "copy")
    multiply(folder / "data/store.sqlite", 400)
    out = tmp_path / "out"
    out.mkdir()
    report = out / "report.html"
    report.write_text("the old one")
    rules = tmp_path / "rules.toml"
    rules.write_text('[[rule]]\nkind = "unexpected_label"\ncamera = "right"\nlabel = "OK"\n')
    command = Line.okko("replay", str(folder), "--rules", str(rules), "--json", "--out", str(report))
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        process.stdout.read()
    assert process.returncode == 130
    assert [path.name for path in out.iterdir()] == ["report.html"]
    assert report.read_text() == "the old one"
