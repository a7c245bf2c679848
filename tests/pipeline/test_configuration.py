"""Another station file while the line runs: each part is judged once, and whatever dies, a file is whole."""

import itertools
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import pytest

from line import Line, wait_until_ready
from observer import Observer

DUCK_QUALITY = Path(__file__).parents[2] / "models" / "duck-quality"
STATION = """
[station]
site = "test"
line = "line"
name = "station"
deadline_ms = 5000
capture_window_ms = 2000
[[camera]]
name = "top"
source = {{ kind = "folder", path = "{images}", loop = true }}
[[model]]
bundle = "{bundle}"
cameras = ["top"]
[[rule]]
kind = "expected_label"
camera = "top"
label = "OK"
[[rule]]
kind = "image"
camera = "top"
min_brightness = 5
[recorder]
"""
SECOND = """
[[camera]]
name = "left"
source = { kind = "simulator" }
"""
DARK = ("min_brightness = 5", "min_brightness = 250")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, good_ducks: Path) -> Iterator[Line]:
    """A station whose ducks are all good, and light enough; one for all tests."""
    folder = tmp_path_factory.mktemp("station")
    (folder / "station.toml").write_text(STATION.format(images=good_ducks, bundle=DUCK_QUALITY))
    line = Line(folder)
    line.start()
    yield line
    assert line.stop() == 0, line.log()
    assert "Traceback" not in line.log(), line.log()


@pytest.fixture
def line(running: Line, tmp_path: Path) -> Iterator[Line]:
    """The station, with the file that it began with; put in force again after the test."""
    kept = tmp_path / "kept.toml"
    kept.write_text(text(running))
    yield running
    if text(running) != kept.read_text():
        config(running, "activate", str(kept))
        wait_until_ready(running)


def config(line: Line, verb: str, *options: str, expect: int = 0) -> str:
    """`okko config`; gives what it said, or where it was refused, why."""
    done = line.run("config", verb, str(line.folder), *options)
    assert done.returncode == expect, done.stdout + done.stderr + line.log()
    return done.stdout if expect == 0 else done.stderr


def text(line: Line) -> str:
    """The station file as it lies there."""
    return (line.folder / "station.toml").read_text()


def with_(line: Line, *changes: tuple[str, str], add: str = "") -> str:
    """A file of the station's text, some of it replaced and some added."""
    new = text(line)
    for old, other in changes:
        assert old in new
        new = new.replace(old, other)
    file = line.folder.parent / "new.toml"
    file.write_text(new + add)
    return str(file)


def recorded(line: Line, verdicts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The items of these verdicts, once they are all recorded."""
    wanted = {verdict["item_id"] for verdict in verdicts}
    found: list[dict[str, Any]] = []
    for _ in range(40):
        found = [item for item in line.items(1) if item["item_id"] in wanted]
        if len(found) == len(wanted):
            return found
        time.sleep(0.25)  # the recorder works in groups, in its own time
    pytest.fail(line.log())


def hashes(items: list[dict[str, Any]]) -> list[str]:
    """The configurations that items were judged by, in the order of the parts, each once."""
    found = [item["config_sha256"] for item in sorted(items, key=lambda item: item["record_seq"])]
    return [sha256 for number, sha256 in enumerate(found) if number == 0 or found[number - 1] != sha256]


class Parts:
    """A PLC that sends ten parts a second until it is told to stop, and hears what comes of them."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._stop = threading.Event()
        self._seen = Observer(line.port, f"{line.base}/verdict")
        self._thread = threading.Thread(target=self._send)
        self._sent = 0

    def __enter__(self) -> Self:
        self._seen.__enter__()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._seen.__exit__()

    def _send(self) -> None:
        while not self._stop.wait(0.1):
            self._sent += 1
            self._seen.send(f"{self._line.base}/trigger", f"{self._sent} part-{self._sent}".encode())

    def wait_for(self, good: Callable[[dict[str, Any]], object]) -> None:
        """Until a verdict like this has come."""
        self._seen.wait_json(f"{self._line.base}/verdict", good)

    def stop(self) -> list[dict[str, Any]]:
        """All verdicts, once each part has one."""
        self._stop.set()
        self._thread.join()
        self.wait_for(lambda verdict: verdict["seq"] == self._sent)
        return [json.loads(payload) for payload in self._seen.payloads(f"{self._line.base}/verdict")]


def test_a_rule_changes_between_two_parts(line: Line) -> None:
    """At ten parts a second: each has its one verdict, by the old rule or by the new one, there and back."""
    with Parts(line) as parts:
        parts.wait_for(lambda verdict: verdict["verdict"] == "OK")
        config(line, "activate", with_(line, DARK), "--note", "only white ducks", "--by", "eve")
        parts.wait_for(lambda verdict: verdict["reason"] == "image")
        config(line, "rollback")
        verdicts = parts.stop()
    assert [verdict["seq"] for verdict in verdicts] == list(range(1, len(verdicts) + 1))
    changes = [reason for reason, _ in itertools.groupby(verdict["reason"] for verdict in verdicts)]
    assert changes == ["rules", "image", "rules"]
    first, second, third = hashes(recorded(line, verdicts))
    assert first == third != second
    kept = json.loads(config(line, "history", "--json"))["versions"][:3]
    assert [(v["number"], v["kind"], v.get("of"), v["by"] == "eve", v["note"]) for v in kept] == [
        (3, "rolled_back", 1, False, ""),
        (2, "activated", None, True, "only white ducks"),
        (1, "found", None, False, "written with an editor"),
    ]
    assert kept[1]["config_sha256"] == second


def test_what_is_wrong_is_refused_with_its_place_and_changes_nothing(line: Line) -> None:
    """An unknown key, a model that is not there, what cannot change while it runs, a file that is another by now."""
    before, stale = text(line), json.loads(config(line, "show", "--json"))
    wrong = config(line, "activate", with_(line, ("min_brightness = 5", "min_brightnes = 5")), expect=2)
    assert "line 21, rule[1].min_brightnes: unknown key. Did you mean `min_brightness`?" in wrong
    gone = config(line, "activate", with_(line, (str(DUCK_QUALITY), "nowhere")), expect=2)
    assert "model[0].bundle" in gone
    moved = config(line, "activate", with_(line, ('line = "line"', 'line = "other"')), expect=2)
    assert "station.line: is 'line', and cannot become 'other' while the station runs" in moved
    assert text(line) == before
    config(line, "activate", with_(line, ("_brightness = 5", "_brightness = 6")))
    late = with_(line, ("_brightness = 6", "_brightness = 7"))
    said = config(line, "activate", late, "--based-on", stale["sha256"], expect=1)
    number = json.loads(config(line, "history", "--json"))["versions"][0]["number"]
    assert f"is not what yours was made of: version {number} was activated" in said
    assert [v["verdict"] for v in line.trigger("--count", "2", "--rate", "5")] == ["OK"] * 2


def test_a_camera_comes_and_goes(line: Line) -> None:
    """Its agent is started and ended by the same change; a part waits for it from the first item after."""
    pids = {agent: line.pid(agent) for agent in ("decision", "camera-top", "inference")}
    config(line, "activate", with_(line, add=SECOND))
    wait_until_ready(line)
    verdicts = line.trigger("--count", "3", "--rate", "5")
    assert [v["verdict"] for v in verdicts] == ["OK"] * 3
    items = recorded(line, verdicts)
    assert [sorted(captured["camera"] for captured in item["captured"]) for item in items] == [["left", "top"]] * 3
    left = line.pid("camera-left")
    assert {agent: line.pid(agent) for agent in pids} == pids
    config(line, "rollback")
    wait_until_ready(line)
    for _ in range(100):
        if not Path(f"/proc/{left}").exists():
            break
        time.sleep(0.05)  # a process ends in its own time
    assert not Path(f"/proc/{left}").exists()
    assert [v["verdict"] for v in line.trigger("--count", "2", "--rate", "5")] == ["OK"] * 2


def test_the_deadline_changes_for_all(line: Line) -> None:
    """Every agent begins anew, in its own process: no crash is counted, and afterwards parts are OK as before."""
    agents = ("decision", "camera-top", "inference", "recorder")
    with Observer(line.port, f"{line.base}/agent/+", f"{line.base}/event") as seen:
        pids = {agent: line.pid(agent) for agent in agents}
        since = {agent: line.state(agent)["instance_id"] for agent in agents}
        config(line, "activate", with_(line, ("deadline_ms = 5000", "deadline_ms = 4000")))
        wait_until_ready(line)
        assert {agent: line.pid(agent) for agent in agents} == pids
        assert all(line.state(agent)["instance_id"] != since[agent] for agent in agents)
        told = seen.wait_json(f"{line.base}/event", lambda event: event.get("code") == "config_activated")
        assert "of the station file is in force" in told["text"]
    assert "starting it again" not in line.log()
    assert [v["verdict"] for v in line.trigger("--count", "3", "--rate", "5")] == ["OK"] * 3


def test_a_look_through_a_camera_disturbs_no_part(line: Line) -> None:
    """Pictures come while parts are inspected, and each part has the verdict that it has without them."""
    with Observer(line.port, f"{line.base}/preview/top") as seen:
        seen.send(f"{line.base}/cmd/camera-top/preview", b'{"request_id": "r", "args": {"seconds": 20}}')
        assert [v["verdict"] for v in line.trigger("--count", "20", "--rate", "10")] == ["OK"] * 20
        preview = seen.wait_json(f"{line.base}/preview/top", lambda told: told.get("camera") == "top")
    assert sum(preview["histogram"]["red"]) == preview["width_px"] * preview["height_px"]


def test_an_agent_that_cannot_work_by_it_is_seen_and_the_way_back_is_one_command(line: Line) -> None:
    """A camera that is not there is no fault of the file: `ready` is 0 and says why, until it is rolled back."""
    source = ('[[camera]]\nname = "top"\n', '[[camera]]\nname = "top"\n#')
    camera = '\nsource = { kind = "usb", device = "/dev/video77" }\n[[model]]'
    config(line, "activate", with_(line, source, ("\n[[model]]", camera)))
    state = line.state("decision")
    for _ in range(100):
        if "video77" in (state := line.state("decision"))["why"] or state["state"] == "faulted":
            break
        time.sleep(0.1)  # an agent begins anew in its own time
    assert state["state"] == "faulted"
    assert "top" in state["why"]
    config(line, "rollback")
    wait_until_ready(line)
    assert [v["verdict"] for v in line.trigger("--count", "2", "--rate", "5")] == ["OK"] * 2


def test_a_kill_in_the_midst_leaves_one_whole_file_that_all_work_by(line: Line) -> None:
    """The decision agent killed while it replaces the file: it is the old one or the new one, and all work by it."""
    history = line.folder / "config-history" / "history.toml"
    for number, delay_s in enumerate((0.0, 0.003)):
        before, pid = text(line), line.pid("decision")
        new = Path(with_(line, ("deadline_ms", "deadline_ms")))
        new.write_text(f"{new.read_text()}# {number}\n")
        stood = history.read_bytes() if history.exists() else b""
        command = subprocess.Popen(
            line.okko("config", "activate", str(line.folder), str(new)), env=line.environment, text=True
        )
        while not history.exists() or history.read_bytes() == stood:
            assert command.poll() is None, line.log()
            time.sleep(0.0005)  # the moment when it has begun
        time.sleep(delay_s)
        os.kill(pid, signal.SIGKILL)
        assert text(line) in {before, new.read_text()}
        command.wait(120)
        for _ in range(200):
            if (state := line.state("decision"))["pid"] != pid and state["state"] == "online":
                break
            time.sleep(0.1)  # it is started again in its own time
        shown = json.loads(config(line, "show", "--json"))
        assert shown["in_force"]
        verdicts = line.trigger("--count", "2", "--rate", "5")
        assert [v["verdict"] for v in verdicts] == ["OK"] * 2
        assert hashes(recorded(line, verdicts)) == [shown["config_sha256"]]
        kept = json.loads(config(line, "history", "--json"))["versions"]
        assert not [v for v in kept if v["number"] != kept[0]["number"] and not v["done"]]
