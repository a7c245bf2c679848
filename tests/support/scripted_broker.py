"""A broker that does what a test wants: refuses, hangs up, keeps its confirmations to itself."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from okko.broker_settings import BrokerSettings

CONNECT, PUBLISH, PUBACK, SUBSCRIBE, DISCONNECT = 1, 3, 4, 8, 14
CONNACK_OK = bytes((0x20, 3, 0, 0, 0))


@dataclass
class Peer:
    """One connection, as the broker sees it; `packets` are (type, body) in the order they came."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    packets: list[tuple[int, bytes]] = field(default_factory=list)

    async def read(self) -> tuple[int, bytes]:
        """The next packet."""
        head = (await self.reader.readexactly(1))[0]
        length, shift = 0, 0
        while True:
            byte = (await self.reader.readexactly(1))[0]
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        packet = (head >> 4, await self.reader.readexactly(length))
        self.packets.append(packet)
        return packet

    async def read_until(self, kind: int) -> bytes:
        """The body of the next packet of a kind."""
        while True:
            got, body = await self.read()
            if got == kind:
                return body

    async def let_in(self, *, granted: int = 1) -> None:
        """Answer CONNECT, and SUBSCRIBE to one filter."""
        await self.read_until(CONNECT)
        self.writer.write(CONNACK_OK)
        body = await self.read_until(SUBSCRIBE)
        self.writer.write(bytes((0x90, 4, body[0], body[1], 0, granted)))

    def deliver(self, topic: str, payload: bytes, mid: int) -> None:
        """Publish at QoS 1."""
        name = topic.encode()
        body = len(name).to_bytes(2) + name + mid.to_bytes(2) + b"\0" + payload
        assert len(body) < 0x80
        self.writer.write(bytes((0x32, len(body))) + body)

    def confirm(self, publish: bytes, code: int = 0) -> None:
        """PUBACK for the body of a PUBLISH at QoS 1."""
        start = 2 + int.from_bytes(publish[:2])
        self.writer.write(bytes((0x40, 4)) + publish[start : start + 2] + bytes((code, 0)))


Script = Callable[[Peer], Awaitable[None]]


@asynccontextmanager
async def scripted_broker(*scripts: Script) -> AsyncIterator[BrokerSettings]:
    """Each connection gets the next script, the last of them also all that come later; it ends with its script."""
    peers = 0
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal peers
        script = scripts[min(peers, len(scripts) - 1)]
        peers += 1
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await script(Peer(reader, writer))
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # the client is gone, or the test is over
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield BrokerSettings(url=f"mqtt://127.0.0.1:{port}", keepalive_s=60)
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
