"""`python -m bench.lookers PORT HOW_MANY`: programs that ask a dashboard for what a live page does, without drawing it.

They end with their input, and then say as JSON what they have seen.
"""

import http.client
import json
import sys
import threading
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from okko.stats import percentiles

TIMEOUT_S = 10.0
NEXT_PICTURE_S = 1 / 60
"""A page asks again with the next picture that its screen draws."""


class Looker:
    """One page: asks for what is newer than it has, fetches the frames, and asks again."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
        self._since = 0
        self._last = ""
        self.answers = 0
        self.frames = 0
        self.behind_ms: list[float] = []

    def look(self) -> None:
        """Once: the newest and its frames."""
        shown = json.loads(self._get(f"/api/live?since={self._since}"))
        self._since = shown["number"]
        for name, camera in shown["cameras"].items():
            self._get(f"/api/live/frame/{quote(name)}/{quote(camera['frame_id'])}")
            self.frames += 1
        self.answers += 1
        last: dict[str, Any] | None = shown["last"]
        if last is not None and last["item_id"] != self._last:
            if self._last:  # the first one may be of any age
                decided = datetime.fromisoformat(last["decided_at"])
                self.behind_ms.append((datetime.now(UTC) - decided).total_seconds() * 1000)
            self._last = last["item_id"]

    def _get(self, path: str) -> bytes:
        self._connection.request("GET", path)
        return self._connection.getresponse().read()


def main() -> None:
    """Look until stdin ends."""
    port, how_many = (int(text) for text in sys.argv[1:])
    over = threading.Event()
    lookers = [Looker(port) for _ in range(how_many)]

    def look(one: Looker) -> None:
        while not over.is_set():
            one.look()
            time.sleep(NEXT_PICTURE_S)

    threads = [threading.Thread(target=look, args=[one], name=f"looker-{at}") for at, one in enumerate(lookers)]
    for thread in threads:
        thread.start()
    sys.stdin.read()
    over.set()
    for thread in threads:
        thread.join()
    behind = percentiles([value for one in lookers for value in one.behind_ms])
    seen = {"answers": sum(one.answers for one in lookers), "frames": sum(one.frames for one in lookers)}
    json.dump({**seen, "p50_ms": behind.p50_ms, "p99_ms": behind.p99_ms}, sys.stdout)


if __name__ == "__main__":
    main()
