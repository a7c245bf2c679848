"""What all tests share: a real broker on a free port, stations in a folder of their own, real images and models."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

import broker_image
from okko import broker as okko_broker
from waiting import eventually

ROOT = Path(__file__).parents[1]

# The tests start thousands of Pythons. Where none may keep what it compiles, as in many containers, each compiles all
# that it imports: more than half the time of an agent's start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# One thread for numpy, here and in what is started: where several tests share the cores, OpenBLAS's threads wait for
# one another by turning, and an inversion of half a second has taken half a minute.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# No deadline: a test asserts no wall-clock time. In CI the same examples each time, so that a change is not blamed for
# what was there before it; a developer's runs look for new ones.
settings.register_profile("okko", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "okko")


WITH_PROCESSES = ("broker", "pipeline", "browser")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests with real processes get a second try; the summary shows each that needed it, and why (`R`).

    They wait for states, not for times, yet a machine that stands still for a second breaks a station's own deadlines.
    Pure tests have no such excuse. In a debugger the first failure is the one that is wanted.
    """
    if config.getoption("usepdb"):
        return
    for item in items:
        if item.path.relative_to(ROOT / "tests").parts[0] in WITH_PROCESSES:
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real images and third-party models; tests that need it are skipped where it is not there."""
    folder = Path(os.environ.get("OKKO_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "images").is_dir():
        pytest.skip(f"no real images and models at {folder}; set OKKO_TEST_DATA")
    return folder


class Broker:
    """A real Mosquitto with the project's configuration, on a free port of 127.0.0.1; installed, or an image's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = okko_broker.free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.pid = 0

    @property
    def url(self) -> str:
        """The broker's address as a station file has it."""
        return f"mqtt://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        if (image := broker_image.wanted_image()) is not None:
            self.process, self.pid = broker_image.start(image, self.folder, self.port)
        else:
            self.process = okko_broker.start(self.folder, "127.0.0.1", self.port)
            self.pid = self.process.pid
        eventually(lambda: okko_broker.answers("127.0.0.1", self.port), "Mosquitto did not come up")

    def kill(self) -> None:
        """SIGKILL: what it had not saved is lost."""
        assert self.process is not None
        self._signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """SIGTERM, and SIGKILL where that is not enough (a broker that a test has stopped)."""
        if self.process is not None and self.process.poll() is None:
            self._signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(3)
            self._signal(signal.SIGKILL)
            self.process.wait()

    def _signal(self, number: signal.Signals) -> None:
        # To the broker itself: in a container it is no child of ours, and only what is attached to it is waited for.
        if self.process is not None and self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A running broker of this test alone."""
    running = Broker(tmp_path / "broker")
    running.start()
    yield running
    running.stop()
