"""The broker further up: a second Mosquitto, with lines of its own, killed and started again by the test."""

import contextlib
import subprocess
from pathlib import Path

from okko import broker as okko_broker
from waiting import eventually

SMALL_PACKETS = "max_packet_size 2000000"


class FarBroker:
    """A Mosquitto with nothing of a station's configuration. Like `RunningBroker`, but for the fixture's own lines."""

    def __init__(self, folder: Path, *lines: str) -> None:
        self.folder = folder
        self.port = okko_broker.free_port()
        self.lines = lines or ("allow_anonymous true", SMALL_PACKETS)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address as a station file has it."""
        return f"mqtt://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, empty, and wait until it answers."""
        self.folder.mkdir(exist_ok=True)
        conf = self.folder / "mosquitto.conf"
        # By default Mosquitto drops what a reader does not fetch fast enough, and confirms it all the same.
        rest = ("persistence false", "max_queued_messages 0", "user root", "")
        text = [f"listener {self.port} 127.0.0.1", *self.lines, *rest]
        conf.write_text("\n".join(text))
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen([okko_broker.find_mosquitto(), "-c", conf], stderr=log)
        eventually(lambda: okko_broker.answers("127.0.0.1", self.port))

    def kill(self) -> None:
        """SIGKILL: it comes back empty."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End it, however it is."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
            self.process.wait()
