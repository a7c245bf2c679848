"""A client for tools: reads some topics of a station, publishes as a PLC would."""

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Collection, Mapping
from types import TracebackType
from typing import Self

from okko.errors import BrokerUnavailable, ContractError
from okko.session import Received, Session, SessionOptions, Subscription
from okko.station import Station
from okko.topics import SPECS, Address, Topics

Callback = Callable[[Address, Received], None]


class Listener:
    """A connection of a tool, as an async context manager; `on_message` gets what comes on the topics asked for.

    What comes `at_qos_0` the broker may drop for us: it keeps nothing for a tool that is slow. `only` narrows the
    topics that have such a name in them: `{"camera": "top"}`.
    """

    def __init__(
        self,
        station: Station,
        *keys: str,
        on_message: Callback | None = None,
        no_retained: bool = False,
        at_qos_0: Collection[str] = (),
        only: Mapping[str, str] | None = None,
    ) -> None:
        self.topics = Topics(station.base)
        self._station = station
        self._callback = on_message
        self._waiters: list[tuple[str, Callable[[bytes], bool], asyncio.Future[bytes]]] = []
        self._connected = asyncio.Event()
        self._no_retained = no_retained
        options = SessionOptions(
            client_id=f"okko-tool-{secrets.token_hex(6)}",
            subscriptions=[
                Subscription(self.topics.filter(key, **(only or {})), 0 if key in at_qos_0 else SPECS[key].qos)
                for key in keys
            ],
            deadline_ms=station.station.deadline_ms,
            on_message=self._received,
            on_connect=self._connected.set,
            on_disconnect=lambda _: self._connected.clear(),
        )
        self.session = Session(station.broker, options)
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self.session.run(), name="listener")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._running is not None:
            await self.session.flushed(1.0)
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running

    async def connected(self, timeout_s: float | None) -> None:
        """Wait for the connection; without a time for as long as it takes.

        Raises:
            BrokerUnavailable: if there is none within the time.
            BrokerRefused: if the broker does not let us in.
        """
        waiting = asyncio.create_task(self._connected.wait())
        tasks = {waiting, self._running} if self._running is not None else {waiting}
        try:
            done, _ = await asyncio.wait(tasks, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
        if self._running in done and self._running is not None:
            self._running.result()
        if not done:
            raise BrokerUnavailable(
                self._station.broker.url, f"none within {timeout_s or 0:g} s; is `okko up` running?"
            )

    def raise_if_ended(self) -> None:
        """Raise what ended the connection for good, where something has.

        Raises:
            BrokerRefused: if the broker does not let us in.
        """
        if self._running is not None and self._running.done() and not self._running.cancelled():
            self._running.result()

    async def wait_for(self, key: str, good: Callable[[bytes], bool]) -> bytes:
        """The first payload on a topic that is `good`."""
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        waiter = (key, good, future)
        self._waiters.append(waiter)
        try:
            return await future
        finally:
            self._waiters.remove(waiter)

    def publish(self, address: Address, payload: bytes) -> bool:
        """Send without waiting; False where there is no connection."""
        return self.session.publish(address, payload)

    def _received(self, received: Received) -> None:
        if self._no_retained and received.retain:
            return
        try:
            address = self.topics.parse(received.topic)
        except ContractError:
            return
        for key, good, future in self._waiters:
            if key == address.spec.key and not future.done() and good(received.payload):
                future.set_result(received.payload)
        if self._callback is not None:
            self._callback(address, received)
