"""Node-RED as a process without a screen: a flow is imported into it, its buttons pressed, its pages read."""

import http.client
import json
import subprocess
from pathlib import Path
from typing import Any

from node_program import CLIENTS
from okko import broker as okko_broker
from waiting import PATIENCE_S, eventually

Flow = list[dict[str, Any]]


class NodeRed:
    """A running Node-RED on a free port, with a user directory of its own."""

    def __init__(self, folder: Path) -> None:
        self.port = okko_broker.free_port()
        self._log = folder / "node-red.log"
        command = ["node", str(CLIENTS / "node_modules/node-red/red.js"), "--userDir", str(folder)]
        command += ["--settings", str(CLIENTS / "node-red-settings.cjs"), "--port", str(self.port)]
        with self._log.open("w") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)

    def log(self) -> str:
        """What it said."""
        return self._log.read_text()

    def import_flow(self, flow: Flow) -> None:
        """What a person does with Import and Deploy, once it has started."""
        self._wait_for_start(1)  # of the empty flow
        status, answer = self._ask("POST", "/flows", json.dumps(flow))
        assert status == 204, f"{answer}\n{self.log()}"
        self._wait_for_start(2)

    def press(self, node: str) -> None:
        """The button of an inject node."""
        status, answer = self._ask("POST", f"/inject/{node}")
        assert status == 200, f"{answer}\n{self.log()}"

    def page(self, path: str) -> str:
        """What an `http in` node of the flow answers."""
        status, answer = self._ask("GET", path)
        assert status == 200, f"{answer}\n{self.log()}"
        return answer

    def stop(self) -> None:
        """SIGTERM; SIGKILL where that is not enough."""
        self._process.terminate()
        try:
            self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _wait_for_start(self, times: int) -> None:
        eventually(lambda: self.log().count("Started flows") >= times or self._process.poll() is not None)
        assert self._process.poll() is None, self.log()

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()
