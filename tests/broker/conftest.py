"""What tests on a real broker share: a running session, and a broker with passwords or TLS."""

import asyncio
import contextlib
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from agents import Agent, write_station
from okko import broker as okko_broker
from okko.broker_settings import BrokerSettings
from okko.session import Session, SessionOptions
from running_broker import RunningBroker
from waiting import eventually


@pytest.fixture
def run_session() -> Callable[[BrokerSettings, SessionOptions], AbstractAsyncContextManager[Session]]:
    """A session that runs within a block and is stopped in order after it."""

    @contextlib.asynccontextmanager
    async def run(broker: BrokerSettings, options: SessionOptions) -> AsyncIterator[Session]:
        session = Session(broker, options)
        task = asyncio.create_task(session.run())
        try:
            yield session
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    return run


@pytest.fixture
def guarded_broker(tmp_path: Path) -> Iterator[Callable[[str], int]]:
    """Start a broker with lines of its own in place of `allow_anonymous true`; gives its port."""
    processes: list[subprocess.Popen[bytes]] = []

    def start(lines: str) -> int:
        port = okko_broker.free_port()
        path = okko_broker.write_configuration(tmp_path / "guarded", "127.0.0.1", port)
        path.write_text(path.read_text().replace("allow_anonymous true", "") + lines + "\n")  # the last word counts
        processes.append(subprocess.Popen([okko_broker.find_mosquitto(), "-c", path]))
        eventually(lambda: okko_broker.answers("127.0.0.1", port), "Mosquitto did not come up")
        return port

    yield start
    for process in processes:
        process.terminate()
        process.wait()


@pytest.fixture
def station(tmp_path: Path, broker: RunningBroker) -> Path:
    """The folder of a station on the test's broker."""
    return write_station(tmp_path / "station", broker.url)


@pytest.fixture
def start_agent(tmp_path: Path) -> Iterator[Callable[..., Agent]]:
    """Start `python ...` with a log of its own; whatever still runs at the end is killed."""
    agents: list[Agent] = []

    def start(*command: str, environment: Mapping[str, str] | None = None) -> Agent:
        agents.append(Agent(tmp_path / f"agent-{len(agents)}.log", *command, environment=environment))
        return agents[-1]

    yield start
    for agent in agents:
        agent.kill()


@pytest.fixture
def probe(start_agent: Callable[..., Agent], station: Path) -> Agent:
    """A running agent of nothing but the runtime."""
    return start_agent(str(Path(__file__).parents[1] / "support" / "probe.py"), str(station))
