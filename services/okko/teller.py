"""Events of `okko up` itself: what no agent can tell of, since it is about an agent that does not live."""

import asyncio
import logging

from okko import clock
from okko import contracts as c
from okko.listener import Listener
from okko.station import Station

log = logging.getLogger(__name__)

NAME = "up"
MAX_UNTOLD = 64
RETRY_S = 1.0


class Teller:
    """Connects when there is something to tell, which is seldom, and keeps it until the broker is there."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._untold: asyncio.Queue[c.Event] = asyncio.Queue(MAX_UNTOLD)

    def event(self, severity: c.Severity, code: str, text: str) -> None:
        """Tell people, on the broker and in the log."""
        log.error("%s: %s", code, text)
        if self._untold.full():
            self._untold.get_nowait()  # the newest is what matters
        self._untold.put_nowait(c.Event(severity=severity, code=code, text=text, agent=NAME, at=clock.utc_now()))

    async def run(self) -> None:
        """Publish what there is to tell, until cancelled."""
        while True:
            event = await self._untold.get()
            async with Listener(self._station) as listener:
                while not listener.publish(listener.topics.build("event"), c.encode(event)):  # noqa: ASYNC110 - no event comes of a connection
                    await asyncio.sleep(RETRY_S)
