"""What the containers are made from fits the project: the broker's file, the station's cameras, what goes in."""

import re
import subprocess
from pathlib import Path

from okko.station import load

ROOT = Path(__file__).parents[2]
COMPOSE = (ROOT / "compose.yaml").read_text(encoding="utf-8")


def test_the_brokers_container_changes_two_lines_of_the_projects_file() -> None:
    """It listens on all addresses of its container, keeps its data on the volume, and is ours in all else."""
    mosquitto = ROOT / "mosquitto"
    done = subprocess.run(
        ["sed", "-f", mosquitto / "container.sed", mosquitto / "mosquitto.conf"],
        capture_output=True,
        text=True,
        check=True,
    )
    before = (mosquitto / "mosquitto.conf").read_text(encoding="utf-8").splitlines()
    after = done.stdout.splitlines()
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert changed == [
        ("listener 1883 127.0.0.1", "listener 1883"),
        ("persistence_location /var/lib/mosquitto/", "persistence_location /mosquitto/data/"),
    ]


def test_each_camera_of_the_duck_station_has_a_service_and_a_volume() -> None:
    """A camera more in the station file wants a service more here."""
    cameras = {camera.name for camera in load(ROOT / "stations" / "ducks").cameras}
    assert (
        set(re.findall(r'^    command: \["run", "camera", .*"--camera", "(.+)"\]$', COMPOSE, re.MULTILINE)) == cameras
    )
    assert set(re.findall(r'"outbox-(.+):/data"\]$', COMPOSE, re.MULTILINE)) >= cameras


def test_no_container_is_privileged() -> None:
    """Cameras come by `devices`; the ports are this machine's alone."""
    assert not re.search(r"^\s*(privileged|network_mode|pid|ipc|cap_add):", COMPOSE, re.MULTILINE)
    assert re.findall(r"^\s*ports: (.+)$", COMPOSE, re.MULTILINE) == [
        '["127.0.0.1:${OKKO_BROKER_PORT:-1883}:1883"]',
        '["127.0.0.1:${OKKO_PAGE_PORT:-8080}:8080"]',
    ]


def test_the_image_is_built_from_what_git_knows_to_be_the_program() -> None:
    """What is let into the build exists, and stations, models, tests and records are not among it."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = {line.removeprefix("!") for line in lines if line.startswith("!")}
    assert "*" in lines
    assert all((ROOT / path).exists() for path in let_in)
    assert let_in == {
        "pyproject.toml",
        "uv.lock",
        "README.md",
        "LICENSE",
        "services",
        "mosquitto/mosquitto.conf",
        "models/backbone-lite0",
    }
