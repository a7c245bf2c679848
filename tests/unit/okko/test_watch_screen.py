import io
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from okko import contracts as c
from okko.watch.pictures import HALF_BLOCK, Gallery
from okko.watch.screen import Screen
from okko.watch.seen import Seen
from watched import (
    AT,
    HOSTILE,
    PLACE,
    finding,
    frame,
    item,
    now,
    prediction,
    running,
    seen,
    state,
    stats,
    tell,
    verdict,
)

SIZES = [(120, 40), (100, 30), (80, 24), (60, 24), (40, 20), (20, 6), (1, 1)]


def console(width: int = 120, height: int = 40, **more: Any) -> Console:
    """A terminal of this size that keeps what is written to it."""
    fields: dict[str, Any] = {"color_system": "truecolor", "force_terminal": True, **more}
    return Console(width=width, height=height, record=True, file=io.StringIO(), **fields)


def busy() -> Seen:
    """A station that works: pictures, verdicts of all sorts, stages, an event."""
    look = running(seen())
    for number in range(1, 31):
        bad = number % 5 == 0
        word: c.VerdictWord = "KO" if bad else "OK"
        said = verdict(number, word, borderline=number == 7, deadline_met=number != 9)
        for camera in ("left", "right"):
            tell(look, frame(said.item_id, camera), f"frame/{camera}")
        tell(look, said, "verdict")
        ways = tuple(prediction(camera, expose=3.0, invoke=2.0) for camera in ("left", "right"))
        found = (finding("left", word), finding("right", "OK"))
        tell(look, item(said, *found, predictions=ways, exposure_left=2.0, exposure_right=2.0), "item")
    tell(look, verdict(30, "KO", duplicate=True), "verdict")
    said_so = {"severity": "warning", "code": "camera_lost", "text": "left: no frame", "agent": "camera-left"}
    tell(look, c.Event(at=AT, **said_so), "event")  # type: ignore[arg-type] # a severity
    return look


def shown(look: Seen, width: int = 120, height: int = 40, *, pictures: bool = False, **more: Any) -> str:
    """The screen as text; each line fits."""
    terminal = console(width, height)
    fields: dict[str, Any] = {
        "connected": True,
        "gallery": Gallery(2) if pictures else None,
        "footer": "q ends",
        **more,
    }
    terminal.print(Screen(PLACE, look, now(), **fields), end="")
    text = terminal.export_text()
    lines = text.splitlines()
    assert len(lines) <= height
    assert all(len(line) <= width for line in lines)
    return text


def test_a_wide_terminal_shows_all_of_it() -> None:
    """Is it ready, how many, who works, what was decided and why, where the time goes, what happened."""
    text = shown(busy())
    for part in ("READY", "yield 85 %", "17 OK", "3 KO", "p99 20 ms of 1000 ms"):
        assert part in text
    assert "NOT READY" not in text
    for part in (
        "camera-left",
        "online",
        "5 min",
        "to exposure",
        "run the model",
        "camera_lost",
        "left: no frame",
        "q ends",
    ):
        assert part in text
    assert "02:19:57  KO  duck-30  30  20.0 ms  again rules: left: KO" in text


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("pictures", [True, False])
def test_the_screen_fits_whatever_room_there_is(width: int, height: int, *, pictures: bool) -> None:
    """Down to nothing: never a line too long, never one too many; the newest verdict as long as there is room."""
    text = shown(busy(), width, height, pictures=pictures)
    assert ("duck-30" in text) is (width >= 20)
    assert (HALF_BLOCK in text) is (pictures and width >= 40)


def test_pictures_carry_what_was_found_in_them() -> None:
    """Each camera its own word, beside the part."""
    text = shown(busy(), pictures=True)
    assert "left KO duck-30" in text
    assert "right OK duck-30" in text


def test_of_many_cameras_those_are_shown_that_saw_something() -> None:
    """As many as there is room for; the bad ones before the good ones."""
    cameras = [f"camera{number}" for number in range(8)]
    look = running(seen(*cameras))
    for camera in cameras:
        tell(look, frame("item-1", camera), f"frame/{camera}")
    tell(
        look, item(verdict(1, "KO"), *(finding(name, "KO" if name == "camera6" else "OK") for name in cameras)), "item"
    )
    text = shown(look, pictures=True)
    assert "camera6 KO" in text
    assert "camera0 OK" in text
    assert "camera7" not in text


def test_of_many_agents_those_come_first_that_cannot_work() -> None:
    """A fault does not fall off the end of a small screen."""
    look = running(seen())
    for number in range(30):
        tell(look, state(f"camera-{number}"), f"agent/camera-{number}")
    tell(look, state("recorder", "faulted", "disk full"), "agent/recorder")
    text = shown(look, 80, 24)
    assert "disk full" in text
    assert text.index("recorder") < text.index("camera-0")


def test_verdicts_are_told_apart_without_colours() -> None:
    """By word, too, for who does not see red and green, and for `NO_COLOR`."""
    terminal = console(no_color=True)
    terminal.print(Screen(PLACE, busy(), now(), connected=True))
    written = terminal.file.getvalue()  # type: ignore[attr-defined] # a StringIO
    assert "OK  duck-29" in terminal.export_text()
    assert "\x1b[1;32m" not in written
    assert "\x1b[38" not in written


def test_a_golden_part_is_marked() -> None:
    """With what it must be; the head counts it apart from the yield."""
    state = seen()
    tell(state, b"1", "ready")
    tell(state, verdict(1, "KO", part_id="GOLD-1", golden=True, expected="OK"), "verdict")
    tell(state, c.Totals(total=8, ok=8, ko=0, missed=0, by_reason={"rules": 8}, since=AT, golden=1), "count")
    terminal = console()
    terminal.print(Screen(PLACE, state, now(), connected=True))
    shown = terminal.export_text()
    assert "golden, must be OK rules: left: KO" in shown
    assert "yield 100 %  8 OK  0 KO  1 golden" in shown


def test_without_a_broker_it_says_what_to_do() -> None:
    """Which address does not answer, and the command that starts one."""
    text = shown(seen(), connected=False)
    assert "NO BROKER" in text
    assert "No broker answers at mqtt://127.0.0.1:1883" in text
    assert "okko up stations/ducks" in text


def test_without_a_station_it_says_what_to_do() -> None:
    """The broker is there, nobody works: also where the last that was heard of the station is that it went."""
    for look in (seen(), seen()):
        assert "okko up stations/ducks" in shown(look)
        tell(look, state("decision", "offline"), "agent/decision")
        assert "okko up stations/ducks" in shown(look)
    assert "are starting" in shown(seen(), connected=False, starting=True)


def test_before_the_first_part_it_says_how_to_play_the_plc() -> None:
    """An empty table helps nobody."""
    assert "okko trigger stations/ducks --count 10" in shown(running(seen()))


@pytest.mark.parametrize(("width", "agent"), [(120, "camera-left"), (40, "camera-left")])
def test_an_agent_that_cannot_work_is_shown_with_its_reason(width: int, agent: str) -> None:
    """And so is the station that waits for it."""
    look = running(seen())
    tell(look, state(agent, "faulted", "no frame for 2 s"), f"agent/{agent}")
    tell(look, state("decision", "faulted", "not ready: left: camera-left is faulted"), "agent/decision")
    tell(look, b"0", "ready")
    text = shown(look, width)
    for part in ("NOT READY", "left: camera-left is faulted", "faulted", "no frame for 2 s"):
        assert part in text


def test_an_agent_that_hangs_is_shown_as_silent() -> None:
    """It says it is online; nothing has come from it for long."""
    look = running(seen())
    text = shown(replace_now(look, 5.0))
    assert text.count("silent") == 4
    assert "no sign of life from the decision agent" in text


def replace_now(look: Seen, seconds: float) -> Seen:
    """The same, looked at so much later: everything but the recorder's stats is as old."""
    tell(look, stats("recorder", 10.0), "stats/recorder", seconds)
    for agent in look.heard_ns:
        look.heard_ns[agent] -= 0 if agent == "recorder" else int(seconds * 1e9)
    look.ready_ns -= int(seconds * 1e9)
    look.heard_ns["recorder"] = now().mono_ns
    return look


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_nothing_that_came_over_the_wire_reaches_the_terminal_raw(width: int, height: int) -> None:
    """No control character and no markup, wherever people or programs can put text."""
    look = running(seen())
    hostile = verdict(1, "KO", part_id=HOSTILE, finding=HOSTILE, decided_at=HOSTILE)
    tell(look, frame("item-1"), "frame/left")
    tell(look, hostile, "verdict")
    tell(look, item(hostile, finding("left", "KO", HOSTILE)), "item")
    tell(look, state("decision", "faulted", HOSTILE, instance_id=HOSTILE, since=HOSTILE), "agent/decision")
    tell(look, b"0", "ready")
    said: dict[str, Any] = {"code": HOSTILE, "text": HOSTILE, "agent": HOSTILE, "at": HOSTILE}
    tell(look, c.Event(severity="error", **said), "event")
    tell(look, c.Totals(total=1, ok=0, ko=1, missed=1, by_reason={HOSTILE: 1}, since=HOSTILE), "count")
    terminal = console(width, height, color_system=None)
    place = replace(PLACE, name=HOSTILE, base=HOSTILE)
    terminal.print(Screen(place, look, now(), connected=True, gallery=Gallery(2)))
    written = terminal.file.getvalue()  # type: ignore[attr-defined] # a StringIO
    assert written.replace("\n", "").isprintable()
    assert "[bold red]" in written or width < 100
