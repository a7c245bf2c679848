"""The newest preview of each camera, while somebody looks: the cameras are asked again and again, then left alone."""

import asyncio
import contextlib
import secrets
from collections.abc import Mapping, Sequence

from dashboard.desk import Desk
from okko import contracts as c
from okko.errors import ContractError
from okko.listener import Listener
from okko.session import Received
from okko.topics import Address

LOOKED_S = 6.0
"""So long after the last question somebody still looks."""

ASK_EVERY_S = 3.0
ASK_FOR_S = 8
LONGEST_S = 2.0


class Previews:
    """What the cameras see just now."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._looked_s: dict[str, float] = {}
        self._newest: dict[str, tuple[int, bytes]] = {}
        self._number = 0
        self._news = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None

    async def newest(self, cameras: Sequence[str], since: int) -> tuple[int, Mapping[str, bytes]]:
        """Those of these cameras that are newer than `since`, as JSON (`Preview`), and the number of the newest.

        None of them where none comes in a moment. One question for all that a browser shows: it asks few at a time.
        """
        loop = asyncio.get_running_loop()
        self._looked_s |= dict.fromkeys(cameras, loop.time())
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._watch(), name="previews")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_S):
                while not self._newer(cameras, since):
                    self._news.clear()
                    await self._news.wait()
        newer = self._newer(cameras, since)
        return max([since, *(number for number, _ in newer.values())]), {
            name: told for name, (_, told) in newer.items()
        }

    def _newer(self, cameras: Sequence[str], since: int) -> dict[str, tuple[int, bytes]]:
        found = {name: self._newest[name] for name in cameras if name in self._newest}
        return {name: one for name, one in found.items() if one[0] > since}

    async def _watch(self) -> None:
        runtime = self._desk.runtime
        async with Listener(runtime.station, "preview", on_message=self._came, at_qos_0=("preview",)) as listener:
            while looked := self._looked():
                for camera in looked:
                    address = runtime.topics.build("cmd", agent=f"camera-{camera}", verb="preview")
                    command = c.Command(request_id=secrets.token_hex(8), args={"seconds": ASK_FOR_S})
                    listener.publish(address, c.encode(command))
                await asyncio.sleep(ASK_EVERY_S if self._newest.keys() >= looked else 0.5)
        self._newest.clear()

    def _looked(self) -> set[str]:
        now_s = asyncio.get_running_loop().time()
        return {camera for camera, at_s in self._looked_s.items() if now_s - at_s < LOOKED_S}

    def _came(self, address: Address, received: Received) -> None:
        with contextlib.suppress(ContractError):
            preview = c.decode(c.Preview, received.payload)
            if preview.camera == address.names["camera"] and preview.camera in self._looked_s:
                self._number += 1
                self._newest[preview.camera] = (self._number, received.payload)
                self._news.set()


_kept: dict[int, tuple[Desk, Previews]] = {}


def previews_of(desk: Desk) -> Previews:
    """The previews of a desk: one for all its browsers."""
    kept = _kept.get(id(desk))
    if kept is None or kept[0] is not desk:
        kept = _kept[id(desk)] = (desk, Previews(desk))
    return kept[1]
