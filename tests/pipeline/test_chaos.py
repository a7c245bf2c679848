"""A running line is killed and stopped piece by piece; its PLC and a witness who shares no code with it look on.

The long forms are `make soak`; what they showed stands in docs/explanation/reliability.md.
"""

import random
from pathlib import Path

import pytest

from soak.faults import BROKER, chaos, stops
from soak.run import Outcome, torment
from soak.station import SoakStation

SEED = 20261125


def judged(outcome: Outcome) -> float:
    """How many parts were decided on evidence: a line that rejects everything would keep every promise too."""
    return outcome.findings.figures.get("reason rules", 0)


@pytest.mark.timeout(400)
def test_whatever_dies_each_trigger_has_one_verdict_and_is_recorded_once(tmp_path: Path) -> None:
    """SIGKILL and SIGSTOP of each agent and of the brokers under 20 triggers a second, the broker losing everything.

    In the end each trigger has exactly one distinct verdict, each item and frame is recorded once with the right hash,
    no part was judged by another's frame, and all of it has arrived at the broker further up.
    """
    faults = chaos(random.Random(SEED), SoakStation.agents)
    outcome = torment(tmp_path, faults, seconds=60, rate=20, seed=SEED, pause_s=(0.3, 1.2))
    assert outcome.findings.wrong == ()
    assert sum(outcome.faults.values()) >= 10
    assert judged(outcome) > 100
    assert outcome.exit_code == 0


@pytest.mark.timeout(300)
def test_no_part_is_judged_by_the_frame_of_another(tmp_path: Path) -> None:
    """A camera, the decision agent and the broker stopped for 50 ms to 1.5 s, while the belt moves on."""
    faults = stops((50, 150, 300, 700, 1500), ("camera-left", "decision", BROKER))
    outcome = torment(tmp_path, faults, seconds=120, rate=10, seed=SEED, pause_s=(0.5, 1.0), uplink=False)
    assert outcome.findings.wrong == ()
    assert sum(outcome.faults.values()) == 15
    assert judged(outcome) > 50
