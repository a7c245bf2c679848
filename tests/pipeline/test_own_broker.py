"""The broker that `okko up` brings along is kept running as the agents are."""

import os
import signal
import subprocess
import time

from line import BuildStation, Line, wait_until_ready
from one_duck_camera import ONE_DUCK_CAMERA
from waiting import PATIENCE_S

KILLS = 2


def broker_of(line: Line) -> int:
    """The process of the station's own broker, 0 where there is none."""
    assert line.process is not None
    command = ["pgrep", "-P", str(line.process.pid), "-x", "mosquitto"]
    return int(subprocess.run(command, capture_output=True, text=True, check=False).stdout or 0)


def another_broker(line: Line, than: int) -> int:
    """The broker's process once there is a new one."""
    end_s = time.monotonic() + PATIENCE_S
    while (pid := broker_of(line)) in {0, than}:
        assert time.monotonic() < end_s, line.log()
        time.sleep(0.1)  # it is started again in its own time
    return pid


def test_the_broker_is_started_again(build_station: BuildStation) -> None:
    """Killed, it comes back at its address, empty; the agents come again, and parts are inspected."""
    line = build_station(ONE_DUCK_CAMERA)
    for kill in range(1, KILLS + 1):
        victim = broker_of(line)
        os.kill(victim, signal.SIGKILL)
        another_broker(line, victim)
        wait_until_ready(line)
        line.trigger("--count", "2", "--rate", "4")
        assert len(line.items(2 * kill)) == 2 * kill
        assert "the broker was killed by SIGKILL" in line.log()
