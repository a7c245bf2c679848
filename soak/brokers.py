"""Mosquittos that are killed, stopped, emptied and started again on the same port."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from okko import broker as okko_broker

START_S = 10.0
_PLAIN = "allow_anonymous true\nmax_packet_size 2000000\nmax_queued_messages 0\npersistence false\n"


class KilledBroker:
    """A Mosquitto with the project's configuration, or a `plain` one as it may stand further up."""

    def __init__(self, folder: Path, *, plain: bool = False) -> None:
        self._folder = folder
        self._plain = plain
        self.port = okko_broker.free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address as a station file has it."""
        return f"mqtt://127.0.0.1:{self.port}"

    @property
    def saved_file(self) -> Path:
        """Where it saves what it keeps."""
        return self._folder / "mosquitto.db"

    @property
    def pid(self) -> int:
        """Its process as it runs just now."""
        return self.process.pid if self.process is not None else 0

    def start(self) -> None:
        """Start it, with what it saved last, and wait until it answers."""
        if self._plain:
            self._folder.mkdir(exist_ok=True)
            file = self._folder / "mosquitto.conf"
            user = "user root\n" if os.geteuid() == 0 else ""
            file.write_text(f"listener {self.port} 127.0.0.1\n{_PLAIN}{user}", encoding="ascii")
            with (self._folder / "log").open("a") as log:
                self.process = subprocess.Popen([okko_broker.find_mosquitto(), "-c", file], stderr=log)
        else:
            self.process = okko_broker.start(self._folder, "127.0.0.1", self.port)
        end_s = time.monotonic() + START_S
        while not okko_broker.answers("127.0.0.1", self.port):
            if time.monotonic() > end_s:
                message = f"Mosquitto did not come up at {self.url}"
                raise TimeoutError(message)
            time.sleep(0.02)

    def kill(self, *, empty: bool = False) -> None:
        """SIGKILL; with `empty` all that it ever saved is lost too."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, signal.SIGCONT)
            self.process.kill()
            self.process.wait()
        if empty:
            self.saved_file.unlink(missing_ok=True)

    def remove(self) -> None:
        """End it and forget its folder."""
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)
