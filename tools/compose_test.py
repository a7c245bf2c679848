"""`make compose-test`: build the stack, send parts through it, kill its containers, and look at what came out.

    python3 tools/compose_test.py [COMPOSE...]      the compose command; default: docker compose -p okko-test

Nothing but Python and a Docker engine is wanted. The project, its volumes and its images' layers are its own: a stack
that runs on this machine is left alone. Exit 1, with the logs, where something is not as it should be.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections import defaultdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
STATION = "stations/ducks"
CAMERAS = 2
PARTS = 16
RATE = "4"
PATIENCE_S = 60.0

NOT_IN_IMAGE = {
    "decision": ("cv2", "numpy", "ai_edge_litert"),
    "recorder": ("cv2", "numpy", "ai_edge_litert"),
    "camera-left": ("ai_edge_litert", "nicegui"),
}
IN_IMAGE = {"inference": ("cv2", "numpy", "ai_edge_litert"), "camera-left": ("cv2",)}
"""Which packages an agent's image must do without, and which it must have."""

VICTIMS = ("inference", "camera-left", "recorder", "dashboard", "decision", "broker")


class Wrong(Exception):
    """What came out is not what should."""


class Stack:
    """The compose project under test."""

    def __init__(self, compose: list[str]) -> None:
        self._compose = compose

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """`docker compose ...`, running."""
        command = [*self._compose, *arguments]
        return subprocess.Popen(  # noqa: S603 - our own arguments
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        )

    def say(self, *arguments: str, may_fail: bool = False) -> str:
        """What `docker compose ...` says; it may fail only where that is told."""
        process = self.start(*arguments)
        out, _ = process.communicate(timeout=1200)
        if process.returncode and not may_fail:
            raise Wrong(f"{' '.join(arguments)} ended with exit {process.returncode}: {out[-2000:]}")
        return out

    def inside(self, service: str, script: str, *, may_fail: bool = False) -> str:
        """What a line of shell says in a service's container."""
        return self.say("exec", "-T", service, "sh", "-c", script, may_fail=may_fail)

    def okko(self, service: str, *arguments: str) -> "subprocess.Popen[str]":
        """A command of `okko` in a service's container, running."""
        # Not `docker compose run`: not every engine gives the exit code of a container that it removes.
        return self.start("exec", "-T", service, "okko", *arguments)

    def started(self, service: str) -> str:
        """When the service's first process began, in ticks of the kernel; empty where none runs."""
        return self.inside(service, "cut -d' ' -f22 /proc/1/stat", may_fail=True).strip()

    def healthy(self, service: str) -> bool:
        """Whether its health check says so."""
        lines = self.say("ps", "--format", "json", service, may_fail=True).splitlines()
        return any(json.loads(line).get("Health") == "healthy" for line in lines if line.startswith("{"))


def tell(text: str) -> None:
    """One line on stdout, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def wait_until(what: str, condition: Any) -> None:
    """Ask again and again until it is so.

    Raises:
        Wrong: if it never is.
    """
    end = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > end:
            raise Wrong(f"never: {what}")
        time.sleep(0.5)


def demand(truth: object, what: str) -> None:
    """Go on only if it is so.

    Raises:
        Wrong: if it is not.
    """
    if not truth:
        raise Wrong(what)


def look_at_containers(stack: Stack) -> None:
    """Nobody from elsewhere, nobody with rights, nothing to write on, nothing that is not needed."""
    address = stack.say("port", "broker", "1883").strip()
    demand(address.startswith("127.0.0.1:"), f"the broker is published on {address}, not on 127.0.0.1 alone")
    page = stack.say("port", "dashboard", "8080").strip()
    demand(page.startswith("127.0.0.1:"), f"the page is published on {page}, not on 127.0.0.1 alone")
    with urllib.request.urlopen(f"http://{page}/", timeout=PATIENCE_S) as answer:
        demand(b"okko" in answer.read(), "the page does not answer as okko's")
    for service in ("broker", "decision", "inference", "camera-left", "camera-right", "recorder", "dashboard"):
        status = stack.inside(service, "id -u; grep -E '^(CapEff|NoNewPrivs)' /proc/self/status")
        user, *rest = status.split()
        demand(user != "0", f"{service} runs as root")
        demand(rest == ["CapEff:", "0000000000000000", "NoNewPrivs:", "1"], f"{service} has rights: {rest}")
        written = stack.inside(service, "touch /written 2>/dev/null && echo written", may_fail=True)
        demand(not written, f"the file system of {service} can be written")
    find = "import importlib.util, sys; print(*(n for n in sys.argv[1:] if importlib.util.find_spec(n)))"
    for service in sorted({*NOT_IN_IMAGE, *IN_IMAGE}):
        without, with_ = NOT_IN_IMAGE.get(service, ()), IN_IMAGE.get(service, ())
        found = stack.inside(service, f"python -c '{find}' {' '.join((*without, *with_))}").split()
        demand(sorted(found) == sorted(with_), f"the image of {service} has {found}, wanted {list(with_)}")
    tell("containers: no root, no capability, read-only, only what each agent needs; broker on 127.0.0.1 alone")


def send_and_kill(stack: Stack, victim: str) -> dict[str, str]:
    """Send parts while a container dies by SIGKILL; gives the one verdict of each part."""
    before = stack.started(victim)
    arguments = ("--count", str(PARTS), "--rate", RATE, "--part-prefix", victim, "--wait", "--timeout", "30")
    plc = "recorder" if victim != "recorder" else "camera-right"  # any that lives
    with stack.okko(plc, "trigger", STATION, *arguments) as playing:
        if playing.stdout is None:
            raise Wrong("no output of `okko trigger`")
        first = playing.stdout.readline()
        # From inside: `docker kill` counts as stopped by hand, after which no restart policy starts it again. The first
        # process, which passes signals on, is spared by the kernel, and ends because its child did.
        stack.inside(victim, "kill -9 -1", may_fail=True)
        rest = playing.stdout.read()
    demand(playing.returncode == 0, f"{victim} killed: a part stayed without a verdict")
    heard: dict[str, set[str]] = defaultdict(set)
    for line in (first + rest).splitlines():
        verdict = json.loads(line)
        heard[verdict["part_id"]].add(verdict["verdict"])
    demand(len(heard) == PARTS, f"{victim} killed: {len(heard)} of {PARTS} parts have a verdict")
    demand(all(len(words) == 1 for words in heard.values()), f"{victim} killed: two verdicts for one part: {heard}")
    wait_until(f"{victim} is back after SIGKILL", lambda: stack.started(victim) not in {"", before})
    wait_until(f"{victim} is healthy again", lambda: stack.healthy(victim))
    verdicts = {part: words.pop() for part, words in heard.items()}
    good = sum(word == "OK" for word in verdicts.values())
    tell(f"{victim} killed: {PARTS} parts, one verdict each ({good} OK); the container is back and healthy")
    return verdicts


def recorded(stack: Stack) -> list[dict[str, Any]]:
    """All items of the record."""
    return [json.loads(line) for line in stack.inside("recorder", f"okko items {STATION} --json").splitlines()]


def bare(items: list[dict[str, Any]]) -> list[str]:
    """The OK items of which a camera's frame is missing; one that must be sent again comes in its own time."""
    return [i["item_id"] for i in items if i["verdict"] == "OK" and len(i["frames"]) != CAMERAS]


def look_at_record(stack: Stack, heard: dict[str, str]) -> None:
    """Each part is recorded once, as it was heard, with its pictures."""
    wait_until("every item is recorded", lambda: len(recorded(stack)) >= len(heard))
    wait_until("every OK item is recorded with a frame of each camera", lambda: not bare(recorded(stack)))
    items = recorded(stack)
    stored = {item["part_id"]: item["verdict"] for item in items}
    demand(len(items) == len(stored), f"{len(items)} items are recorded of {len(stored)} parts")
    demand(stored == heard, f"recorded is not what was heard: {sorted(set(stored.items()) ^ set(heard.items()))}")
    files = set(stack.inside("recorder", "find /data -type f").split())
    frames = [frame["path"] for item in items for frame in item["frames"]]
    missing = [path for path in frames if path not in files]
    demand(not missing, f"frames are recorded without their files: {missing[:5]}")
    tell(f"record: {len(items)} items, each once and as it was heard, with {len(frames)} frames")


def look_at_a_wrong_station(stack: Stack) -> None:
    """A station that is wrong is refused with exit 2: what `check` says before any agent starts."""
    with stack.okko("inference", "check", "stations/nowhere") as checking:
        checking.communicate()
    demand(checking.returncode == 2, f"`check` of a wrong station ended with {checking.returncode}, not 2")  # noqa: PLR2004
    tell("a wrong station: refused with exit 2")


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main(compose: list[str]) -> int:
    """Run the test; gives the exit code."""
    if shutil.which(compose[0]) is None:
        sys.stderr.write(f"okko: {compose[0]} is not installed\n")
        return 2
    os.environ.setdefault("OKKO_BROKER_PORT", str(free_port()))
    os.environ.setdefault("OKKO_PAGE_PORT", str(free_port()))
    stack = Stack(compose)
    try:
        stack.say("up", "--build", "--detach", "--wait", "--wait-timeout", "300")
        look_at_containers(stack)
        look_at_a_wrong_station(stack)
        heard: dict[str, str] = {}
        for victim in VICTIMS:
            heard |= send_and_kill(stack, victim)
        demand("OK" in heard.values(), "no part was OK")
        look_at_record(stack, heard)
    except Wrong as wrong:
        sys.stderr.write(stack.say("ps", "--all", may_fail=True) + stack.say("logs", "--tail", "40", may_fail=True))
        sys.stderr.write(f"okko: {wrong}\n")
        return 1
    finally:
        stack.say("down", "--volumes", "--timeout", "10", may_fail=True)
    tell("1 stack passed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["docker", "compose", "-p", "okko-test"]))
