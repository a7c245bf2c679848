"""Who may import whom: read from the source, and seen from what a fresh interpreter has loaded."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

SERVICES = Path(__file__).parents[2] / "services"
AGENTS = {"camera_agent", "inference_agent", "decision_agent", "recorder"}
WORKSHOP = "workshop"
"""What people do beside the line: it may use the agents' parts, and none of them knows of it."""

DASHBOARD = "dashboard"
"""What people look at: it reads the record and uses the workshop's parts; of it others know its settings alone."""

OURS = AGENTS | {"okko", WORKSHOP, DASHBOARD}
MODULES = sorted(path.relative_to(SERVICES).as_posix() for path in SERVICES.rglob("*.py"))

CLIENT_LIBRARIES = {"aiomqtt", "paho"}
HEAVY = {"cv2", "numpy", "ai_edge_litert", "gpiozero", "picamera2", *CLIENT_LIBRARIES}

# What a station file may say stands with each agent; only who reads the file looks there, and only at these modules.
READERS_OF_SETTINGS = {
    *("okko/station.py", "okko/station_file.py", "okko/station_models.py", "okko/station_rules.py"),
    "okko/station_check.py",
}

WORLD = {
    *CLIENT_LIBRARIES,
    *("asyncio", "concurrent", "ctypes", "cv2", "fcntl", "glob", "http", "io", "logging", "multiprocessing", "os"),
    *("pathlib", "queue", "random", "select", "shutil", "signal", "socket", "sqlite3", "ssl", "subprocess", "sys"),
    *("tempfile", "threading", "time", "urllib"),
}
PURE: dict[str, set[str]] = {
    "camera_agent/freshness.py": set(),
    "camera_agent/recent.py": set(),
    "camera_agent/roi.py": set(),
    "dashboard/access/expiry.py": set(),
    "dashboard/access/lockout.py": set(),
    "dashboard/access/names.py": set(),
    "dashboard/items/story.py": set(),
    "dashboard/items/wanted.py": {"urllib"},  # the query of an address; none is opened
    "dashboard/label/queue.py": set(),
    "dashboard/live/shown.py": set(),
    "dashboard/live/why.py": set(),
    "dashboard/access/passwords.py": {"pathlib"},  # a list of common ones lies beside it
    "dashboard/access/records.py": set(),
    "dashboard/access/refused.py": set(),
    "dashboard/access/role.py": set(),
    **{
        f"dashboard/report/{name}.py": set()
        for name in (
            *("asked", "chart", "choose", "counting", "details", "estimate", "figures", "markup", "missed"),
            *("periods", "pictures_page", "sheet", "shifts", "style", "wording"),
        )
    },
    "dashboard/web/hosts.py": set(),
    "dashboard/jobs/job.py": {"pathlib"},  # it names folders; none is opened here
    "dashboard/jobs/reading.py": set(),
    "dashboard/jobs/words.py": set(),
    "dashboard/replay/models.py": {"pathlib"},  # as above
    "dashboard/settings.py": {"pathlib"},  # as above
    "decision_agent/combine.py": set(),
    "decision_agent/config_args.py": set(),
    "decision_agent/engine.py": set(),
    "decision_agent/freshness.py": set(),
    "decision_agent/golden.py": set(),
    "decision_agent/golden_args.py": set(),
    "decision_agent/golden_settings.py": set(),
    "decision_agent/outputs.py": set(),
    "decision_agent/part.py": set(),
    "decision_agent/policy.py": set(),
    "decision_agent/readiness.py": set(),
    "decision_agent/rollout.py": set(),
    "decision_agent/sequence.py": set(),
    "decision_agent/shadow.py": set(),
    **{path: set() for path in MODULES if path.startswith("decision_agent/rules/")},
    "inference_agent/boxes.py": set(),
    "inference_agent/geometry.py": set(),
    "inference_agent/images.py": {"cv2"},  # it decodes bytes; no file, no screen
    "inference_agent/jobs.py": set(),
    "inference_agent/linear_head.py": {"io", "pathlib"},  # its file is read here, with care
    "inference_agent/lineup.py": set(),
    "inference_agent/preprocess.py": {"cv2"},  # as above
    "inference_agent/quality.py": {"cv2"},  # as above
    "inference_agent/recent.py": set(),
    "inference_agent/tensor.py": set(),
    **{path: set() for path in MODULES if path.startswith("inference_agent/decoders/")},
    "okko/configuration/changed.py": set(),
    "okko/configuration/masking.py": set(),
    "okko/connack.py": set(),
    "okko/contracts.py": set(),
    "okko/doctor/broker.py": set(),
    "okko/doctor/finding.py": set(),
    "okko/doctor/line.py": set(),
    "okko/doctor/retention.py": set(),
    **{path: set() for path in MODULES if path.startswith("okko/mqtt/") and path != "okko/mqtt/connection.py"},
    "okko/errors.py": {"pathlib"},  # an error names the file it is about
    "okko/image_header.py": set(),
    "okko/outbox.py": {"pathlib"},  # its settings name a folder; it is not opened here
    "okko/plc.py": set(),
    "okko/settings.py": set(),
    "okko/toml_lines.py": set(),
    "okko/toml_text.py": set(),
    "okko/topics.py": set(),
    "okko/watch/agents.py": set(),
    "okko/watch/budget.py": set(),
    "okko/watch/canvas.py": set(),
    "okko/watch/head.py": set(),
    "okko/watch/marks.py": {"cv2"},  # as above
    "okko/watch/pictures.py": {"cv2"},  # as above
    "okko/watch/plain.py": set(),
    "okko/watch/screen.py": set(),
    "okko/watch/seen.py": set(),
    "okko/watch/stages.py": set(),
    "okko/watch/summary.py": set(),
    "okko/watch/tally.py": set(),
    "okko/watch/verdicts.py": set(),
    "okko/watch/words.py": set(),
    "recorder/annotations.py": set(),
    "recorder/facts.py": set(),
    "recorder/query.py": set(),
    "recorder/bmp.py": set(),
    "recorder/instants.py": set(),
    "recorder/labels.py": set(),
    "recorder/records.py": set(),
    "recorder/retention.py": set(),
    "recorder/swept.py": {"sqlite3"},  # it carries an error of it; no store is opened
    "recorder/table.py": set(),
    "recorder/uplink_window.py": set(),
    "workshop/coco/document.py": set(),
    "workshop/coco/export.py": {"pathlib"},  # names of files; none is opened here
    "workshop/coco/load.py": {"pathlib"},  # likewise
    "workshop/coco/rle.py": set(),
    "workshop/coco/view.py": set(),
    "workshop/replay/album.py": {"random"},  # seeded: the same flips give the same choice
    "workshop/replay/evidence.py": set(),
    "workshop/replay/judge.py": set(),
    "workshop/replay/machine.py": set(),
    "workshop/replay/notes.py": set(),
    "workshop/replay/page.py": set(),
    "workshop/replay/plot.py": set(),
    **{path: set() for path in MODULES if path.startswith("workshop/replay/sweep")},
    "workshop/replay/tally.py": set(),
    "workshop/replay/text.py": set(),
    "workshop/replay/truth.py": set(),
    "workshop/replay/wilson.py": set(),
}
"""The modules that are values in, values out, and what they may import of the world all the same."""

CLOCK_READINGS = {"mono_ns", "unix_ns", "utc_now", "boot_id"}


def tree_of(module: str) -> ast.Module:
    """A module's source, parsed."""
    return ast.parse((SERVICES / module).read_text(encoding="utf-8"))


def for_types_only(node: ast.AST) -> bool:
    """Whether a statement is `if TYPE_CHECKING:`, which never runs."""
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def imports_of(node: ast.AST) -> Iterator[str]:
    """The full names of all that is imported at run time, at the top or inside a function."""
    for child in ast.iter_child_nodes(node):
        if for_types_only(child):
            continue
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, "relative imports hide where something comes from"
            assert child.module is not None
            names = [f"{child.module}.{alias.name}" for alias in child.names]
            yield from (name if is_module(name) else child.module for name in names)
        else:
            yield from imports_of(child)


def is_module(name: str) -> bool:
    """Whether a dotted name is a module of ours, not something inside one."""
    path = SERVICES / name.replace(".", "/")
    return path.with_suffix(".py").is_file() or path.is_dir()


def top(name: str) -> str:
    """The package that a dotted name begins with."""
    return name.split(".", maxsplit=1)[0]


@cache
def loaded_by(module: str) -> frozenset[str]:
    """What a fresh interpreter has loaded after importing one module: all modules, by their full names."""
    program = f"import {module}, sys; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return frozenset(done.stdout.split())


@pytest.mark.parametrize("module", [m for m in MODULES if top(m.replace("/", ".")) in AGENTS])
def test_an_agent_imports_only_itself_and_okko(module: str) -> None:
    """Agents share `okko` and nothing else."""
    own = module.split("/", maxsplit=1)[0]
    assert {top(name) for name in imports_of(tree_of(module))} & OURS <= {own, "okko"}


@pytest.mark.parametrize("module", [m for m in MODULES if m.startswith("okko/")])
def test_okko_knows_the_agents_settings_only_where_the_station_file_is_read(module: str) -> None:
    """Everything else is started by name, so that a camera box needs no LiteRT."""
    of_agents = {name for name in imports_of(tree_of(module)) if top(name) in AGENTS | {WORKSHOP, DASHBOARD}}
    assert not of_agents or module in READERS_OF_SETTINGS


@pytest.mark.parametrize("module", [m for m in MODULES if not m.startswith(("dashboard/", "okko/"))])
def test_nobody_knows_the_dashboard(module: str) -> None:
    """The line does not notice whether there is one."""
    assert {top(name) for name in imports_of(tree_of(module))} & {DASHBOARD} == set()


@pytest.mark.parametrize("module", MODULES)
def test_only_the_session_knows_the_client(module: str) -> None:
    """Manual ack, Nagle, reconnects: what must be right about it is right in one place."""
    known = {name for name in imports_of(tree_of(module)) if f"{name}.".startswith("okko.mqtt.")}
    assert not known or module == "okko/session.py" or module.startswith("okko/mqtt/")


@pytest.mark.parametrize("module", MODULES)
def test_no_client_library_is_needed_at_run_time(module: str) -> None:
    """The tests see the broker with paho, which is of no use if okko does too."""
    assert {top(name) for name in imports_of(tree_of(module))} & CLIENT_LIBRARIES == set()


@pytest.mark.parametrize("module", sorted(PURE))
def test_a_pure_module_does_not_touch_the_world(module: str) -> None:
    """No socket, disk, thread, process or clock: neither imported, nor `open`ed, nor read off our own clock."""
    tree = tree_of(module)
    assert {top(name) for name in imports_of(tree)} & WORLD <= PURE[module]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"open", "print", "input", "exec", "eval"}
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "clock":
            assert node.attr not in CLOCK_READINGS


def test_reading_a_station_file_loads_nothing_heavy() -> None:
    """`okko check` runs where neither OpenCV nor LiteRT nor a client library is installed, and is quick."""
    loaded = loaded_by("okko.station")
    assert {top(name) for name in loaded} & HEAVY == set()


def test_the_engine_loads_nothing_of_the_world() -> None:
    """The decision engine with all that it imports in turn."""
    loaded = {top(name) for name in loaded_by("decision_agent.engine")}
    assert loaded & (HEAVY | {"sqlite3", "subprocess"}) == set()


@pytest.mark.parametrize("agent", sorted(AGENTS))
def test_an_agent_loads_of_the_others_what_a_station_file_says_and_no_more(agent: str) -> None:
    """At run time too: beyond the settings that `okko.station` reads, no agent carries another one's code."""
    of_settings = loaded_by("okko.station")
    loaded = {name for name in loaded_by(f"{agent}.agent") if top(name) in AGENTS - {agent}}
    assert loaded <= of_settings


@pytest.mark.parametrize("agent", ["decision_agent", "recorder"])
def test_an_agent_without_pictures_loads_no_picture_library(agent: str) -> None:
    """Neither OpenCV, nor NumPy, nor LiteRT: their extras are not installed with it."""
    assert {top(name) for name in loaded_by(f"{agent}.agent")} & {"cv2", "numpy", "ai_edge_litert"} == set()
