"""An agent's sign of life follows its connection: what a container's health check looks at."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from agents import Agent
from okko.heartbeat import FOLDER_VARIABLE
from running_broker import RunningBroker
from waiting import eventually

PROBE = Path(__file__).parents[1] / "support" / "probe.py"


def test_the_heart_beats_while_there_is_a_broker(
    tmp_path: Path, broker: RunningBroker, station: Path, start_agent: Callable[..., Agent]
) -> None:
    """It beats when connected, stops with the broker, and beats again when the broker is back."""
    probe = start_agent(str(PROBE), str(station), environment={FOLDER_VARIABLE: str(tmp_path / "life")})
    file = tmp_path / "life" / "probe"
    eventually(file.exists)

    os.utime(file, (1, 1))
    eventually(lambda: file.stat().st_mtime > 1, "no beat while connected")
    broker.kill()
    eventually(lambda: "trying again" in probe.log)
    os.utime(file, (1, 1))
    time.sleep(2.5)  # twice as long as it would take
    assert file.stat().st_mtime == 1
    broker.start()
    eventually(lambda: file.stat().st_mtime > 1, "no beat after the broker is back")
