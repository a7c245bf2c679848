"""Ask an agent over the broker: `cmd/{agent}/{verb}`, answered on `reply/{agent}` with the same `request_id`."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

from okko import contracts as c
from okko.broker_settings import BrokerSettings
from okko.connack import Connack
from okko.errors import ContractError
from okko.session import Received, Session, SessionOptions, Subscription
from okko.topics import Address, Topics


async def request(  # noqa: PLR0913 - each argument is a part of the question
    broker: BrokerSettings,
    topics: Topics,
    agent: str,
    verb: str,
    args: Mapping[str, Any] | None = None,
    *,
    timeout_s: float = 5.0,
) -> c.Reply | None:
    """The answer to a command, or None where none came within the time after it was asked.

    Raises:
        BrokerUnavailable: if there was no connection, or it was lost before the answer came.
        BrokerRefused: if the broker does not let us in.
    """
    command = c.Command(request_id=secrets.token_hex(8), args=dict(args or {}))
    answer: asyncio.Future[c.Reply] = asyncio.get_running_loop().create_future()

    def on_message(received: Received) -> None:
        reply = reply_in(received)
        if reply is not None and reply.request_id == command.request_id and not answer.done():
            answer.set_result(reply)

    async with short_session(broker, [Subscription(topics.filter("reply", agent=agent))], on_message) as session:
        session.publish(topics.build("cmd", agent=agent, verb=verb), c.encode(command))
        await session.wait(answer, timeout_s)
    return answer.result() if answer.done() else None


def reply_in(received: Received) -> c.Reply | None:
    """The reply that was received, or None: somebody else's rubbish, we wait for ours."""
    with contextlib.suppress(ContractError):
        return c.decode(c.Reply, received.payload)
    return None


class ShortSession:
    """A connection that stands, for a question or two."""

    def __init__(self, session: Session, running: asyncio.Task[None]) -> None:
        self._session = session
        self._running = running

    @property
    def connack(self) -> Connack:
        """What the broker said of itself when it let us in."""
        return self._session.connack or Connack()

    def publish(self, address: Address, payload: bytes, on_ack: Callable[[], None] | None = None) -> None:
        """Send without waiting; `on_ack` is called once the broker has confirmed it."""
        self._session.publish(address, payload, on_ack)

    async def wait(self, answer: asyncio.Future[Any], timeout_s: float) -> None:
        """Until there is an answer, or the time is up.

        Raises:
            BrokerUnavailable: if the connection was lost on the way, so that silence would mean nothing.
        """
        await asyncio.wait((answer, self._running), timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        if self._running.done() and not answer.done():
            self._running.result()


@contextlib.asynccontextmanager
async def short_session(
    broker: BrokerSettings, subscriptions: Sequence[Subscription], on_message: Callable[[Received], None]
) -> AsyncIterator[ShortSession]:
    """A connection under a random name; it stands, and reads, when it is given.

    Raises:
        BrokerUnavailable: if there is none.
        BrokerRefused: if the broker does not let us in.
    """
    connected = asyncio.Event()
    options = SessionOptions(
        client_id=f"okko-ask-{secrets.token_hex(6)}",
        subscriptions=subscriptions,
        on_message=on_message,
        on_connect=connected.set,
        once=True,
    )
    session = Session(broker, options)
    running = asyncio.create_task(session.run(), name="ask")
    waiting = asyncio.create_task(connected.wait(), name="ask-connected")
    try:
        await asyncio.wait((running, waiting), return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
        yield ShortSession(session, running)
    finally:
        running.cancel()
        waiting.cancel()
        await asyncio.gather(running, waiting, return_exceptions=True)
