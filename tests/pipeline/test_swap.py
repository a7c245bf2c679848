"""Another model in charge while the line runs: no part notices, whatever dies meanwhile."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from line import BuildStation, Line, wait_until_ready
from load import Load
from okko import station_models
from okko.station_models import Change, ModelsFile

DUCK_QUALITY = Path(__file__).parents[2] / "models" / "duck-quality"
STATION = """
[[camera]]
name = "top"
source = {{ kind = "folder", path = "{images}", loop = true }}
{models}
[recorder]
"""
MODELS = """
[[model]]
bundle = "../one"
cameras = ["top"]
[[rule]]
kind = "expected_label"
camera = "top"
label = "OK"
"""


def bundle(folder: Path, version: str, *, name: str = "ducks", labels: str = '["OK", "KO"]') -> Path:
    """The shipped model under another name and version; with its labels turned round it calls every good duck KO."""
    folder.mkdir()
    shutil.copy(DUCK_QUALITY / "model.tflite", folder / "model.tflite")
    text = f'name = "{name}"\nversion = "{version}"\nfile = "model.tflite"\nlabels = {labels}\n'
    rest = (DUCK_QUALITY / "model.toml").read_text()
    (folder / "model.toml").write_text(text + rest[rest.index("[input]") :])
    return folder


@pytest.fixture
def line(build_station: BuildStation, tmp_path: Path, good_ducks: Path) -> Line:
    """A station that looks at good ducks with version 1.0.0."""
    bundle(tmp_path / "one", "1.0.0")
    return build_station(STATION.format(images=good_ducks, models=MODELS))


def versions(items: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Name and version of the one model that each item was judged by, in the order of the parts."""
    assert all(len(item["predictions"]) == 1 for item in items)
    models = [item["predictions"][0]["model"] for item in sorted(items, key=lambda item: item["number"])]
    return [(model["name"], model["version"]) for model in models]


def change(line: Line, verb: str, *arguments: str, expect: int = 0) -> str:
    """`okko model ...` about the one camera; gives what it said."""
    done = line.run("model", verb, str(line.folder), "top", *arguments)
    assert done.returncode == expect, done.stdout + done.stderr + line.log()
    return done.stdout + done.stderr


def in_force(line: Line) -> dict[str, Any]:
    """What `okko model list --json` says of the camera."""
    done = line.run("model", "list", str(line.folder), "--json")
    assert done.returncode == 0, done.stderr
    camera: dict[str, Any] = json.loads(done.stdout)["cameras"]["top"]
    return camera


def steps(seen: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The models in the order in which they came, each once for as long as it stayed."""
    return [model for number, model in enumerate(seen) if number == 0 or seen[number - 1] != model]


def test_a_swap_under_load_is_noticed_by_no_part(line: Line, tmp_path: Path) -> None:
    """At 20 parts a second: each has its verdict, none is KO, and the versions follow one another, there and back."""
    second = bundle(tmp_path / "two", "2.0.0")
    load = Load(line, 120)
    load.until(20)
    change(line, "set", str(second))
    load.until(60)
    shutil.rmtree(second)
    change(line, "rollback")
    assert [verdict["verdict"] for verdict in load.all()] == ["OK"] * 120
    items = line.items(120)
    assert steps(versions(items)) == [("ducks", "1.0.0"), ("ducks", "2.0.0"), ("ducks", "1.0.0")]
    hashes = [item["config_sha256"] for item in sorted(items, key=lambda item: item["number"])]
    assert hashes[0] == hashes[-1]
    assert len(set(hashes)) == 2


def test_a_model_of_another_name_takes_over_without_a_gap(line: Line, tmp_path: Path) -> None:
    """Items that wait for the old name get it, new ones wait for the new one: no KO, and no item without evidence."""
    load = Load(line, 120)
    load.until(20)
    change(line, "set", str(bundle(tmp_path / "two", "2.0.0", name="other")))
    load.until(60)
    change(line, "set", str(bundle(tmp_path / "three", "3.0.0", name="third")))
    assert [verdict["verdict"] for verdict in load.all()] == ["OK"] * 120
    seen = versions(line.items(120))
    assert steps(seen) == [("ducks", "1.0.0"), ("other", "2.0.0"), ("third", "3.0.0")]


def test_the_choice_survives_a_restart_and_is_taken_back_step_by_step(line: Line, tmp_path: Path) -> None:
    """The station starts with what was chosen; two steps back it has its own model again, and there is no third."""
    change(line, "set", str(bundle(tmp_path / "two", "2.0.0")))
    change(line, "set", str(bundle(tmp_path / "three", "3.0.0", labels='["KO", "OK"]')))
    assert line.stop() == 0
    line.start()
    assert [verdict["verdict"] for verdict in line.trigger("--count", "2", "--rate", "5", expect=0)] == ["KO"] * 2
    assert "ducks 2.0.0" in change(line, "rollback")
    assert "ducks 1.0.0" in change(line, "rollback")
    assert "there is none before it" in change(line, "rollback", expect=2)
    assert [verdict["verdict"] for verdict in line.trigger("--count", "2", "--rate", "5")] == ["OK"] * 2
    assert steps(versions(line.items(4))) == [("ducks", "3.0.0"), ("ducks", "1.0.0")]


def test_what_is_no_good_is_refused_and_the_old_model_stays(line: Line, tmp_path: Path) -> None:
    """A broken model file, a label that no rule knows, an agent that does not answer: nothing has changed."""
    broken = bundle(tmp_path / "broken", "2.0.0")
    (broken / "model.tflite").write_bytes((broken / "model.tflite").read_bytes()[:3000])
    assert "truncated or damaged" in change(line, "set", str(broken), expect=1)
    strange = bundle(tmp_path / "strange", "2.0.0", labels='["good", "bad"]')
    assert "never reports 'OK'" in change(line, "set", str(strange), expect=2)
    assert "no such file" in change(line, "set", str(tmp_path / "nowhere"), expect=2)
    assert not (line.folder / "models.toml").exists()
    assert [model["version"] for model in in_force(line)["models"]] == ["1.0.0"]
    assert [verdict["verdict"] for verdict in line.trigger("--count", "2", "--rate", "5")] == ["OK"] * 2
    assert steps(versions(line.items(2))) == [("ducks", "1.0.0")]


@pytest.mark.parametrize("name", ["ducks", "other"])
@pytest.mark.parametrize("victim", ["inference", "decision"])
def test_a_kill_in_the_midst_of_a_swap_ends_with_one_model_everywhere(
    line: Line, tmp_path: Path, victim: str, name: str
) -> None:
    """Killed while the command runs: afterwards all work by what `okko model list` says, and parts are OK again."""
    second = bundle(tmp_path / "two", "2.0.0", name=name)
    for delay_s in (0.45, 0.6):
        pid = line.pid(victim)
        command = subprocess.Popen(
            line.okko("model", "set", str(line.folder), "top", str(second)), env=line.environment, text=True
        )
        with contextlib.suppress(subprocess.TimeoutExpired):
            command.wait(delay_s)  # it may be quicker: that is a kill after the swap
        os.kill(pid, signal.SIGKILL)
        command.wait(90)
        for _ in range(100):
            if line.pid(victim) != pid:
                break
            time.sleep(0.1)  # it is started again in its own time
        wait_until_ready(line)
        [present] = in_force(line)["models"]
        assert [v["verdict"] for v in line.trigger("--count", "4", "--rate", "10")] == ["OK"] * 4
        recorded = line.items(1)
        assert versions(recorded)[-1] == (present["name"], present["version"])
        if in_force(line)["steps_back"]:
            change(line, "rollback")


def test_a_command_that_dies_when_the_choice_is_written_has_put_it_in_force(line: Line) -> None:
    """No agent is told; each sees the file, under another name too, and parts stay OK meanwhile."""
    kept = bundle(line.folder / "two", "2.0.0", name="other")
    load = Load(line, 120)
    load.until(20)
    fields = {"camera": "top", "place": "../one", "instead_of": "ducks", "name": "other", "version": "2.0.0"}
    change_ = Change.model_validate({**fields, "kind": "set", "bundle": kept.name, "at": "", "by": "nobody"})
    station_models.write(line.folder, ModelsFile(change=(change_,)))
    assert [verdict["verdict"] for verdict in load.all()] == ["OK"] * 120
    assert steps(versions(line.items(120))) == [("ducks", "1.0.0"), ("other", "2.0.0")]


@pytest.fixture
def bare(build_station: BuildStation, good_ducks: Path) -> Line:
    """A station without a model: it takes pictures, and every item is KO no_model."""
    return build_station(STATION.format(images=good_ducks, models=""))


def test_a_station_without_a_model_gets_one_while_it_runs(bare: Line, tmp_path: Path) -> None:
    """With the rule that judges it; and without it again, every item is KO no_model as before."""
    first = bundle(tmp_path / "one", "1.0.0")
    assert [verdict["reason"] for verdict in bare.trigger("--count", "1")] == ["no_model"]
    assert "there are models but no rule" in change(bare, "set", str(first), expect=2)
    change(bare, "set", str(first), "--rule", 'kind = "expected_label"; label = "OK"')
    assert [verdict["verdict"] for verdict in bare.trigger("--count", "3", "--rate", "10")] == ["OK"] * 3
    change(bare, "rollback")
    assert [verdict["reason"] for verdict in bare.trigger("--count", "1")] == ["no_model"]


def test_a_bundle_that_has_gone_is_a_clear_error_and_can_be_rolled_back(line: Line, tmp_path: Path) -> None:
    """The station refuses to start, with its name and what to do; rolled back without the station, it starts."""
    change(line, "set", str(bundle(tmp_path / "two", "2.0.0")))
    assert line.stop() == 0
    [kept] = (line.folder / "bundles").iterdir()
    shutil.rmtree(kept)
    started = line.run("up", str(line.folder))
    assert started.returncode == 2
    assert kept.name in started.stderr
    assert "okko model rollback" in started.stderr
    change(line, "rollback", "--offline")
    line.start()
    assert [verdict["verdict"] for verdict in line.trigger("--count", "1")] == ["OK"]


def test_a_shadow_differs_and_no_verdict_does(line: Line, tmp_path: Path) -> None:
    """It calls every good duck KO: recorded beside what decided, under the same name, and of no consequence."""
    second = bundle(tmp_path / "two", "2.0.0", labels='["KO", "OK"]')
    done = line.run("model", "shadow", str(line.folder), "top", str(second))
    assert done.returncode == 0, done.stderr + line.log()
    load = Load(line, 60)
    assert [verdict["verdict"] for verdict in load.all()] == ["OK"] * 60
    items = line.items(60)
    said = [
        [(p["model"]["version"], p.get("shadow", False), p["label"]) for p in item["predictions"]] for item in items
    ]
    assert all(predictions[0] == ("1.0.0", False, "OK") for predictions in said)
    looked = [predictions for predictions in said if len(predictions) > 1]
    assert len(looked) > 30
    assert all(predictions[1:] == [("2.0.0", True, "KO")] for predictions in looked)
    compared = line.run("model", "compare", str(line.folder), "top", "--json")
    [agreement] = json.loads(compared.stdout)
    assert (agreement["version"], agreement["agree"]) == ("2.0.0", 0)
    assert agreement["decided_shadow"] == {"OK_KO": len(looked)}
    assert {one["item_id"] for one in agreement["differences"]} <= {item["item_id"] for item in items}
    assert "OK -> KO" in line.run("model", "compare", str(line.folder), "top").stdout
    assert line.run("model", "shadow", str(line.folder), "top", "--off").returncode == 0
    line.trigger("--count", "2", "--rate", "5")
    assert all(len(item["predictions"]) == 1 for item in line.items(62)[-2:])
