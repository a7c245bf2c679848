"""A running station with a page, and its people."""

import socket
import subprocess
from pathlib import Path

from line import Line
from okko import broker as okko_broker
from waiting import eventually

PASSWORD = "a duck is no goose"  # noqa: S105 - of accounts that live as long as a test

HEAD = """[station]
site = "test"
line = "line"
name = "station"
deadline_ms = 20000
capture_window_ms = 10000
"""


class PageLine(Line):
    """`okko up` with a dashboard on a free port. Deadlines are generous: a busy machine changes no verdict."""

    def __init__(self, folder: Path, text: str, *, dashboard: str = "") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(folder)
        self.page_port = okko_broker.free_port()
        table = f"[dashboard]\nport = {self.page_port}\n{dashboard}"
        (folder / "station.toml").write_text(f"{HEAD}{text}\n{table}", encoding="utf-8")

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.page_port}"

    def start(self) -> None:
        """Start it, and wait for the ready line and the page."""
        super().start()
        self.wait_for_page()

    def wait_for_page(self) -> None:
        """Until the page's server answers (again)."""
        eventually(self._answers, self.log())

    def _answers(self) -> bool:
        with socket.socket() as asking:
            return asking.connect_ex(("127.0.0.1", self.page_port)) == 0

    def add_user(self, name: str, role: str) -> None:
        """Make an account, as in a terminal."""
        command = self.okko("users", "add", str(self.folder), name, "--role", role, "--password-stdin")
        subprocess.run(command, input=f"{PASSWORD}\n", text=True, check=True, capture_output=True, env=self.environment)
