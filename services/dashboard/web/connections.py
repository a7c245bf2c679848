"""HTTP as uvicorn speaks it, with a bound on whatever a stranger can have us keep before a request is read.

uvicorn bounds neither how many connections there are, nor how long one may say nothing, nor how large a head may be.
"""

import asyncio
import ipaddress
from collections.abc import Iterable

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST = 512
"""Connections at once, sockets of open pages included; a descriptor and some memory each."""

MOST_OF_AN_ADDRESS = 128
"""Of one other machine. A browser holds at most seven; this machine may be a proxy for many."""

_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 10\r\nContent-Length: 0\r\n\r\n"


class BoundedHttp(HttpToolsProtocol):
    """One connection.

    `head_s`: how long the head of a request may take. `largest_head`: bytes of a request that are not its body; a
    chunked one may have as much more as it has body.
    """

    most = MOST
    head_s = 15.0
    largest_head = 64 * 1024

    _slow: asyncio.TimerHandle | None = None
    _has_begun = False
    _read = 0
    _body = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        """Take a connection, or answer that there are too many."""
        if self._are_too_many(transport):
            self.transport = transport
            transport.write(_BUSY)
            transport.close()
            return
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._head_is_there()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless what is no body becomes too much."""
        super().data_received(data)
        if self._has_begun:  # behind what is left of the request before it: how much of this is whose, is not known
            self._has_begun, self._read, self._body = False, 0, 0
        else:
            self._read += len(data)
        if self._read - self._body > self.largest_head + self._body and not self.transport.is_closing():
            self.logger.warning("A request whose head is larger than %d bytes was ended.", self.largest_head)
            self.transport.abort()

    def handle_websocket_upgrade(self) -> None:
        """From here on it is a socket."""
        self._head_is_there()
        super().handle_websocket_upgrade()

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        self._has_begun = True
        self._expect_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Its head was read."""
        self._head_is_there()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Some of its body was read."""
        self._body += len(body)
        super().on_body(body)

    def _expect_head(self) -> None:
        self._head_is_there()
        self._slow = self.loop.call_later(self.head_s, self.transport.abort)

    def _head_is_there(self) -> None:
        if self._slow is not None:
            self._slow.cancel()
            self._slow = None

    def _are_too_many(self, transport: asyncio.Transport) -> bool:
        others = [_address_of(one.transport) for one in self.connections]
        return are_too_many(_address_of(transport), others, self.most)


def are_too_many(address: str, others: Iterable[str], most: int = MOST) -> bool:
    """Whether a connection from an address is more than we hold, beside those from the others; "" is no address."""
    known = list(others)
    if len(known) >= most:
        return True
    if not address or ipaddress.ip_address(address).is_loopback:
        return False
    return known.count(address) >= MOST_OF_AN_ADDRESS


def _address_of(transport: asyncio.BaseTransport) -> str:
    peer = transport.get_extra_info("peername")
    return str(peer[0]).partition("%")[0] if isinstance(peer, tuple) else ""
