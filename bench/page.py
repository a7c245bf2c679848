"""What the dashboard costs a line at work: without it, with nobody looking, and with ten browsers."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import mean

from playwright.sync_api import Browser as Chromium

from bench.figures import Spread, spread
from bench.others import Others, Used
from bench.plc import Plc
from bench.process import descendants, rss_bytes
from bench.running import RunningStation
from bench.workload import WORKLOADS
from okko.broker import free_port
from okko.stats import percentiles
from tools.chromium import program, running_chromium

NAME = "dashboard"
RATE, SECONDS = 20, 10.0
LOOKERS = 10
PAINTS = 5
SETTLE_S = 3.0
"""After browsers have come, and before parts do."""

WITHOUT, UNSEEN, CLIENTS, PAGES = "no dashboard", "nobody looks", "ten clients", "ten pages"
PATIENCE_MS = 60_000
START_S = 60.0
LAST = 19
"""The priority that gives way to all."""


@dataclass(slots=True)
class Scene:
    """Trigger to verdict at 20 items/s while so many look; each list holds one figure for each repeat."""

    name: str
    p50_ms: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    items: int = 0
    without_evidence: int = 0
    agent_cores: list[float] = field(default_factory=list)
    """What the dashboard's agent took."""
    looking_cores: list[float] = field(default_factory=list)
    """What the browsers, or the clients in their place, took: on a line they are other machines."""
    agent_rss_bytes: list[int] = field(default_factory=list)
    behind_p99_ms: list[float] = field(default_factory=list)
    """From a verdict to its frames with a client."""
    others_cores: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PageFound:
    """All scenes, memory of the agent before and after, and how soon a page is painted."""

    scenes: list[Scene]
    rss_at_start: int
    rss_at_end: int
    first_paint_ms: Spread | None


class _Played:
    """One station and its PLC; `agent` is the process of its dashboard, where it has one."""

    def __init__(self, station: RunningStation, *, with_page: bool) -> None:
        self.station = station
        self.plc = Plc(station.host, station.port, station.base)
        end_s = time.monotonic() + START_S
        while with_page and "dashboard" not in self.plc.agents and time.monotonic() < end_s:
            self.plc.rest(0.2)  # the station is ready without it
        self.agent = self.plc.agents["dashboard"] if with_page else None
        self.plc.play(40, RATE)  # first uses of everything
        station.recorded(40)


def measure(folder: Path, repeats: int) -> PageFound:
    """All scenes in turns, so that what else the machine does meets each."""
    port = free_port("127.0.0.1")
    with ExitStack() as stack:
        without = _Played(stack.enter_context(_station(folder / "without", "")), with_page=False)
        page = f"[dashboard]\nport = {port}\n"
        looked_at = _Played(stack.enter_context(_station(folder / "with", page)), with_page=True)
        agent = looked_at.plc.agents["dashboard"]
        rss_at_start = rss_bytes(agent)
        chromium = stack.enter_context(running_chromium()) if program() is not None else None
        paint = _first_paint(chromium, port) if chromium is not None else None
        scenes = [Scene(WITHOUT), Scene(UNSEEN), Scene(CLIENTS), *([Scene(PAGES)] if chromium is not None else [])]
        for repeat in range(repeats):
            for scene in scenes:
                _say(f"{NAME}: {scene.name}, {repeat + 1} of {repeats}")
                with ExitStack() as looking:
                    if scene.name == CLIENTS:
                        looking.enter_context(_clients(port, scene))
                    elif scene.name == PAGES and chromium is not None:
                        looking.enter_context(_pages(chromium, port))
                    _play(scene, without if scene.name == WITHOUT else looked_at)
        found = PageFound(scenes, rss_at_start, rss_bytes(agent), paint)
        for played in (without, looked_at):
            played.plc.close()
    return found


def lines(found: PageFound) -> Iterator[str]:
    """The figures as text."""
    yield f"The dashboard: trigger to verdict in ms at {RATE} items/s, two cameras; cores: 1.0 is one core"
    heads = ("", "p50", "p99", "agent cores", "looking cores", "agent MB", "others")
    yield "{:<14}{:>20}{:>20}{:>18}{:>18}{:>12}{:>8}".format(*heads)
    for one in found.scenes:
        memory = f"{max(one.agent_rss_bytes) / 2**20:.0f}" if one.agent_rss_bytes else ""
        cores = [f"{_two(figures)}" if figures else "" for figures in (one.agent_cores, one.looking_cores)]
        yield (
            f"{one.name:<14}{spread(one.p50_ms)!s:>20}{spread(one.p99_ms)!s:>20}{cores[0]:>18}{cores[1]:>18}{memory:>12}"
            f"{mean(one.others_cores):>8.1f}"
        )
        if one.without_evidence:
            yield f"  of {one.items} items {one.without_evidence} without evidence"
        if one.behind_p99_ms:
            yield f"  a client has a verdict and its frames within {spread(one.behind_p99_ms)} ms of it (p99)"
    yield f"agent: {found.rss_at_start / 2**20:.0f} MB at the start, {found.rss_at_end / 2**20:.0f} at the end"
    if found.first_paint_ms is not None:
        yield f"first paint of a new browser: {found.first_paint_ms} ms, of {PAINTS}"


def _two(figures: list[float]) -> str:
    found = spread(figures)
    return f"{found.median:.2f} ({found.low:.2f}-{found.high:.2f})"


def _station(folder: Path, more: str) -> RunningStation:
    folder.mkdir()
    duck = next(load for load in WORKLOADS if load.name == "duck")
    replace(duck, cameras=("left", "right")).prepare(folder, folder)  # the shipped model is always here
    file = folder / duck.name / "station.toml"
    file.write_text(file.read_text(encoding="utf-8") + more, encoding="utf-8")
    return RunningStation(file.parent, 2)


def _play(scene: Scene, played: _Played) -> None:
    count = round(RATE * SECONDS)
    ours = descendants(os.getpid())
    looking_pids = list(_looking(ours))
    _give_way(looking_pids)
    others, looking = Others(ours), Used(looking_pids)
    agent = Used([] if played.agent is None else [played.agent])
    began = time.monotonic()
    answers = played.plc.play(count, RATE)
    seconds = time.monotonic() - began
    if played.agent is not None:
        scene.agent_cores.append(round(agent.seconds() / seconds, 3))
        scene.agent_rss_bytes.append(rss_bytes(played.agent))
    if scene.name in {CLIENTS, PAGES}:
        scene.looking_cores.append(round(looking.seconds() / seconds, 3))
    scene.others_cores.append(others.cores())
    played.station.recorded(count)
    seen = percentiles([answer.latency_ms for answer in answers if answer.latency_ms is not None])
    scene.p50_ms.append(seen.p50_ms)
    scene.p99_ms.append(seen.p99_ms)
    scene.items += count
    scene.without_evidence += sum(not answer.on_evidence for answer in answers)


def _give_way(pids: list[int]) -> None:
    """Have what stands for other machines take only what the stations leave."""
    for pid in pids:
        with suppress(FileNotFoundError, ProcessLookupError):  # it ended while we looked
            for thread in Path(f"/proc/{pid}/task").iterdir():
                os.setpriority(os.PRIO_PROCESS, int(thread.name), LAST)


def _looking(ours: list[int]) -> Iterator[int]:
    """The processes that look: ours, but for those of the stations."""
    stations = (b"okko\0up\0", b"okko\0run\0", b"mosquitto\0")
    for pid in ours:
        with suppress(FileNotFoundError, ProcessLookupError):  # it ended while we looked
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
            if not any(word in command for word in stations):
                yield pid


@contextmanager
def _clients(port: int, scene: Scene) -> Iterator[None]:
    command = [sys.executable, "-m", "bench.lookers", str(port), str(LOOKERS)]
    lookers = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    time.sleep(SETTLE_S)
    yield
    said, _ = lookers.communicate("")
    scene.behind_p99_ms.append(json.loads(said)["p99_ms"])


@contextmanager
def _pages(chromium: Chromium, port: int) -> Iterator[None]:
    contexts = [chromium.new_context(viewport={"width": 1280, "height": 800}) for _ in range(LOOKERS)]
    for context in contexts:
        context.set_default_timeout(PATIENCE_MS)
        context.new_page().goto(f"http://127.0.0.1:{port}/")
    time.sleep(SETTLE_S)
    yield
    for context in contexts:
        context.close()


def _first_paint(chromium: Chromium, port: int) -> Spread:
    """Of browsers that have nothing in their cache."""
    found: list[float] = []
    for _ in range(PAINTS):
        context = chromium.new_context(viewport={"width": 1280, "height": 800})
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        painted = page.wait_for_function("performance.getEntriesByName('first-contentful-paint')[0]?.startTime")
        found.append(float(painted.json_value()))
        context.close()
        time.sleep(1.0)
    return spread(found)


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text} (load {os.getloadavg()[0]:.1f})", file=sys.stderr, flush=True)
