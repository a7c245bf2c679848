"""`okko watch` on a real broker, with a test in the place of the agents."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agents import BASE
from observer import Observer
from okko import contracts as c
from okko.listener import Listener
from okko.station import load
from pseudo_terminal import PseudoTerminal
from running_broker import RunningBroker
from watched import HOSTILE, frame, state, verdict

OKKO = [sys.executable, "-m", "okko"]
GARBAGE = [b"", b"\xff\x00", b"{", b"null", b'{"item_id": 7}', b"\x80" * 1000, b"[" * 5000]
TOPICS = (
    *("verdict", "item", "count", "ready", "event", "agent/decision", "stats/decision", "frame/top"),
    "receipt/decision",
)


@pytest.fixture
def line(broker: RunningBroker) -> Iterator[Observer]:
    """Somebody who speaks for the agents."""
    with Observer(broker.port) as observer:
        yield observer


def alive(line: Observer) -> None:
    """The station is ready, and its decision agent is online."""
    line.publish(f"{BASE}/agent/decision", c.encode(state("decision")), retain=True)
    line.publish(f"{BASE}/ready", b"1", retain=True)


def test_a_person_watches_whatever_is_published(line: Observer, station: Path) -> None:
    """Garbage is passed over, text that would command the terminal is written out, `q` ends it with a summary."""
    alive(line)
    with PseudoTerminal([*OKKO, "watch", str(station)]) as terminal:
        terminal.until("READY", "No part has come yet")
        for payload in GARBAGE:
            for topic in TOPICS:
                line.publish(f"{BASE}/{topic}", payload)
        alive(line)
        line.publish(f"{BASE}/frame/top", c.encode(frame("item-1", "top")))
        line.publish(f"{BASE}/verdict", c.encode(verdict(1, "KO", part_id=HOSTILE, finding=f"found {HOSTILE}")))
        terminal.until("rules: found \\x1b[2J")
        terminal.resize(50, 20)
        terminal.until("1 of 1 agents online")
        terminal.type(b"q")
        assert terminal.end() == 0
    assert "1 parts" not in terminal.text
    assert "1 part: 0 OK (0 %), 1 KO" in terminal.text
    assert b"\x1b[2J\x07" not in terminal.raw
    assert terminal.raw.rstrip().endswith(b"for programs\x1b[0m")


def test_a_broker_that_is_away_is_waited_for(broker: RunningBroker, line: Observer, station: Path) -> None:
    """The screen says so and what to do, and goes on by itself when the broker is there."""
    line.__exit__()
    broker.kill()
    with PseudoTerminal([*OKKO, "watch", str(station)], columns=200) as terminal:
        terminal.until("NO BROKER", "No broker answers", f"up {station}")
        broker.start()
        with Observer(broker.port) as again:
            alive(again)
            terminal.until(" READY ", "No part has come yet")
        terminal.type(b"\x03")
        assert terminal.end() == 0
    after = terminal.raw.decode().rpartition("\x1b[?1049l")[2]
    assert "waiting for it" in after  # what was logged meanwhile, and not over the screen
    assert "No verdict came" in after


@pytest.mark.parametrize("options", [[], ["--lines"]])
def test_a_broker_that_says_no_ends_it(
    guarded_broker: Callable[[str], int], station: Path, broker: RunningBroker, options: list[str]
) -> None:
    """Exit 2 and the reason, on a terminal that is as it was; waiting would not help."""
    broker.kill()
    url = f"mqtt://127.0.0.1:{guarded_broker('allow_anonymous false')}"
    with PseudoTerminal([*OKKO, "watch", str(station), *options], environment={"OKKO_BROKER_URL": url}) as terminal:
        assert terminal.end() == 2
    assert "no entry to the broker" in terminal.text.rpartition("\x1b[?1049l")[2]
    assert "Traceback" not in terminal.text
    assert "never retrieved" not in terminal.text


@pytest.mark.parametrize(
    ("options", "shows"),
    [
        (["--json"], lambda text: [json.loads(line)["item_id"] for line in text.splitlines()] == ["item-1", "item-2"]),
        (["--lines"], lambda text: "KO  duck-2         20.0 ms  rules: left: KO" in text),
        ([], lambda text: len(text.splitlines()) == 2 and "\x1b" not in text),
    ],
    ids=["json", "lines", "a pipe"],
)
def test_programs_get_a_line_for_each_verdict(
    line: Observer, station: Path, options: list[str], shows: Callable[[str], bool]
) -> None:
    """As many as asked for, then the end; nothing but verdicts on stdout."""
    with watching(station, "--count", "2", *options) as process:
        for number in (1, 1, 2, 3):
            line.publish(f"{BASE}/verdict", c.encode(verdict(number, "KO" if number == 2 else "OK")))
        out, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert shows(out), out


@pytest.mark.usefixtures("broker")
def test_time_that_is_up_before_the_count_is_a_failure(station: Path) -> None:
    """A script can tell a line that stands still."""
    with watching(station, "--count", "2", "--seconds", "0.2", "--json") as process:
        out, _ = process.communicate(timeout=20)
    assert (process.returncode, out) == (1, "")


def test_once_prints_the_screen_and_ends(line: Observer, station: Path) -> None:
    """For scripts and a look over ssh: no escape sequence where there is no terminal."""
    alive(line)
    done = subprocess.run([*OKKO, "watch", str(station), "--once"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "decision" in done.stdout
    assert "\x1b" not in done.stdout


def test_frames_are_asked_for_at_qos_0_only(station: Path) -> None:
    """The broker keeps no frame for a tool that is slow; the verdicts it does keep."""
    listener = Listener(load(station), "verdict", "frame", at_qos_0=("frame",))
    asked = {subscription.filter: subscription.qos for subscription in listener.session.options.subscriptions}
    assert asked == {f"{BASE}/verdict": 1, f"{BASE}/frame/+": 0}


def watching(station: Path, *options: str) -> "subprocess.Popen[str]":
    """`okko watch`, connected when this returns."""
    process = subprocess.Popen(
        [*OKKO, "watch", str(station), *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    assert process.stderr.readline().startswith("watching ")
    return process
