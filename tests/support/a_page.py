"""The dashboard of a station as a process of its own, without a broker and without other agents; and its people."""

import http.client
import signal
import ssl
import subprocess
import sys
import time
from pathlib import Path

import httpx

from okko import broker as okko_broker

START_S = 60
STOP_S = 20
PASSWORD = "four ducks at noon"  # noqa: S105 - of nobody
STATION = """
[station]
site = "test"
line = "line"
name = "station"

[trigger]
kind = "mqtt"

[broker]
url = "mqtt://127.0.0.1:{broker}"

[[camera]]
name = "top"
source = {{ kind = "simulator" }}

[recorder]
path = "data"

[dashboard]
port = {port}
{more}
"""


class PageAlone:
    """`okko run dashboard`. `more`: further keys of [dashboard]."""

    def __init__(self, folder: Path, more: str = "", scheme: str = "http") -> None:
        self.folder = folder
        self.port = okko_broker.free_port()
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        self.data = folder / "data"
        self._errors = folder / "dashboard.log"
        text = STATION.format(broker=okko_broker.free_port(), port=self.port, more=more)
        (folder / "station.toml").write_text(text)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, verify: ssl.SSLContext | bool = True) -> None:
        """Start it and wait until it answers; `verify`: whom to trust."""
        self.begin()
        end = time.monotonic() + START_S
        while True:
            try:
                httpx.get(f"{self.url}/login", verify=verify, timeout=START_S)
            except httpx.ConnectError:
                assert time.monotonic() < end, self.log()
                time.sleep(0.1)  # a real process comes up in its own time
            else:
                return

    def begin(self) -> "subprocess.Popen[bytes]":
        """Start it."""
        with self._errors.open("ab") as errors:
            command = [sys.executable, "-m", "okko", "run", "dashboard", str(self.folder)]
            self._process = subprocess.Popen(command, stderr=errors)
        return self._process

    def stop(self) -> int:
        """SIGTERM; gives the exit code."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        return self._process.wait(STOP_S)

    def log(self) -> str:
        """What it said."""
        return self._errors.read_text()

    def okko(self, command: str, *words: str, stdin: str = "") -> str:
        """`okko {command} STATION ...`, where a command may be of two words; gives stdout."""
        done = subprocess.run(
            [sys.executable, "-m", "okko", *command.split(), str(self.folder), *words],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def add_user(self, name: str, role: str) -> None:
        """An account with `PASSWORD`."""
        self.okko("users add", name, "--role", role, "--password-stdin", stdin=PASSWORD)

    def add_user_anew(self, name: str, role: str) -> None:
        """The same where a test that is tried again may have left one of that name."""
        remove = [sys.executable, "-m", "okko", "users", "remove", str(self.folder), name, "--force"]
        subprocess.run(remove, capture_output=True, check=False)
        self.add_user(name, role)


class Visitor:
    """A browser's requests: with the cookies that it was given, and the Origin that a browser sends with a change."""

    def __init__(self, page: PageAlone, verify: ssl.SSLContext | bool = True) -> None:
        self.origin = page.url
        self.client = httpx.Client(base_url=page.url, verify=verify, timeout=30)
        self.csrf = "without-login"

    def log_in(self, name: str, password: str = PASSWORD, after: str = "/") -> httpx.Response:
        """The form of the login page."""
        form = {"name": name, "password": password, "next": after}
        answer = self.client.post("/login", data=form, headers={"Origin": self.origin})
        if answer.cookies:
            self.csrf = self.csrf_of_page()
        return answer

    def csrf_of_page(self) -> str:
        """The session's secret, as the account's page has it in its form."""
        page = self.client.get("/account").text
        return page.partition('"name":"csrf","value":"')[2].partition('"')[0]

    def act(self, action: str, args: dict[str, object] | None = None) -> httpx.Response:
        """An action, as the pages' own scripts ask for one."""
        headers = {"Origin": self.origin, "X-Okko-CSRF": self.csrf}
        return self.client.post(f"/api/act/{action}", json=args or {}, headers=headers)

    def announce(self, path: str, size_bytes: int) -> int:
        """The status of a POST of which only the head is sent, so that nothing of its body can be waited for."""
        asking = http.client.HTTPConnection("127.0.0.1", self.client.base_url.port, timeout=30)
        try:
            asking.putrequest("POST", path)
            cookies = "; ".join(f"{name}={value}" for name, value in self.client.cookies.items())
            headers = {"Origin": self.origin, "X-Okko-CSRF": self.csrf, "Cookie": cookies}
            for name, value in {**headers, "Content-Length": str(size_bytes)}.items():
                asking.putheader(name, value)
            asking.endheaders()
            return asking.getresponse().status
        finally:
            asking.close()
