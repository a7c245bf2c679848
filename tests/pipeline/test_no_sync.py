"""Nothing between trigger and verdict waits for the disk: seen from the kernel, in a running station."""

import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from line import BuildStation
from one_duck_camera import ONE_DUCK_CAMERA

SYNCS = "fsync,fdatasync,syncfs,sync_file_range,msync,sync"
PARTS = 30


class Traced:
    """Which thread of a process asks the disk to keep something, while it is being watched."""

    def __init__(self, pid: int, file: Path) -> None:
        self.pid = pid
        self._file = file
        self._strace = subprocess.Popen(
            ["strace", "-f", "-e", f"trace={SYNCS}", "-e", "signal=none", "-o", str(file), "-p", str(pid)],
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._strace.stderr is not None
        said = self._strace.stderr.readline()
        if "attached" not in said:
            self._strace.wait(10)
            pytest.skip(f"processes cannot be watched here: {said.strip()}")

    def stop(self) -> set[int]:
        """Watch no more; the threads that waited for the disk."""
        self._strace.send_signal(signal.SIGINT)
        self._strace.wait(10)
        return {int(thread) for thread in re.findall(r"^(\d+) +\w+\(", self._file.read_text(), re.MULTILINE)}


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_no_thread_on_the_way_waits_for_the_disk(build_station: BuildStation, tmp_path: Path) -> None:
    """Camera, inference and decision ask for no sync while parts go through; the recorder does, and so is seen to."""
    line = build_station(ONE_DUCK_CAMERA)
    agents = {agent: line.pid(agent) for agent in ("camera-top", "inference", "decision", "recorder")}
    traced = {agent: Traced(pid, tmp_path / f"{agent}.trace") for agent, pid in agents.items()}
    line.trigger("--count", str(PARTS), "--rate", "20")
    line.items(PARTS)
    waited = {agent: trace.stop() for agent, trace in traced.items()}
    assert waited.pop("recorder"), "nothing is seen of the one that does sync"
    # The decision agent's journal is synced by a thread of its own, which nothing waits for.
    assert agents["decision"] not in waited.pop("decision")
    assert waited == {"camera-top": set(), "inference": set()}
