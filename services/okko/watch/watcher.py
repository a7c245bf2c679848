"""A station watched over its broker, and shown in a terminal for as long as one likes."""

import asyncio
import contextlib
import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.live import Live

from okko import clock
from okko import contracts as c
from okko.listener import Listener
from okko.session import Received
from okko.station import Station
from okko.topics import Address
from okko.watch.head import Place
from okko.watch.pictures import Gallery
from okko.watch.screen import Screen
from okko.watch.seen import AT_QOS_0, KEYS, Now, Seen
from okko.watch.terminal import keys

REFRESH_S = 0.25
RECORD_LAG_S = 1.0
IDLE_S = 1.0
"""How often the screen is drawn where nothing comes: ages and `ready` change by themselves."""


class Watcher:
    """Listens to a station and keeps what it has seen; `on_verdict` gets each item's verdict once."""

    def __init__(
        self, station: Station, *, pictures: bool = False, on_verdict: Callable[[c.Verdict], None] | None = None
    ) -> None:
        cameras = tuple(camera.name for camera in station.cameras)
        self.place = place_of(station)
        self.seen = Seen(cameras, _now())
        self._gallery = Gallery(len(cameras)) if pictures else None
        self._on_verdict = on_verdict
        self._news = True
        # Frames are the bulk of what a station says: whoever shows none does not ask for them.
        asked = (*KEYS, "frame") if pictures else KEYS
        self.listener = Listener(station, *asked, on_message=self._received, at_qos_0=AT_QOS_0)

    def screen(self, footer: str = "", *, starting: bool = False) -> Screen:
        """All of it as it stands now."""
        connected = self.listener.session.connected
        return Screen(self.place, self.seen, _now(), connected, self._gallery, footer, starting)

    async def show(self, console: Console, ended: asyncio.Event, footer: str, *, starting: bool = False) -> None:
        """Draw the screen, a few times a second where something comes, until `ended` is set.

        Raises:
            BrokerRefused: if the broker does not let us in.
        """
        loop = asyncio.get_running_loop()
        due = 0.0
        size = console.size
        with keys(ended), Live(console=console, screen=True, auto_refresh=False, redirect_stderr=False) as live:
            while not ended.is_set():
                self.listener.raise_if_ended()
                if self._news or loop.time() >= due or console.size != size:
                    self._news, due, size = False, loop.time() + IDLE_S, console.size
                    live.update(self.screen(footer, starting=starting), refresh=True)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(ended.wait(), REFRESH_S)

    async def settled(self, timeout_s: float = RECORD_LAG_S) -> None:
        """Wait until the recorder has what was seen, or the time is up: it writes in groups, in its own time."""
        end = asyncio.get_running_loop().time() + timeout_s
        tally = self.seen.tally
        while tally.recorded < tally.total and asyncio.get_running_loop().time() < end:  # noqa: ASYNC110 - at the end only
            await asyncio.sleep(0.05)

    def _received(self, address: Address, received: Received) -> None:
        self._news = True
        verdict = self.seen.take(address, received, _now())
        if verdict is not None and self._on_verdict is not None:
            self._on_verdict(verdict)


def _now() -> Now:
    return Now(clock.mono_ns(), clock.unix_ns())


def place_of(station: Station) -> Place:
    """A station and its commands, as they are typed from the present folder."""
    return Place(
        name=station.station.name,
        base=station.base,
        url=station.broker.url,
        deadline_ms=station.station.deadline_ms,
        okko=shlex.quote(program()),
        station=shlex.quote(str(from_here(station.folder))),
    )


def images_of(station: Station) -> str | None:
    """The folder of a station's pictures, seen from here; None where nothing is recorded."""
    return None if station.recorder is None else str(from_here(station.data.absolute() / "images"))


def program() -> str:
    """How to call this very program from the present folder: it need not be on the PATH."""
    if shutil.which("okko"):
        return "okko"
    called = Path(sys.argv[0]).absolute()
    if (
        called.name == "__main__.py"
    ):  # `python -m okko`, as `okko up` starts its agents: no command that people can type
        called = Path(sys.executable).parent / "okko"
    return str(from_here(called))


def from_here(path: Path) -> Path:
    """A path relative to the present folder where it lies below it."""
    with contextlib.suppress(ValueError):
        return path.relative_to(Path.cwd())
    return path
