"""Ask an agent over the broker: `cmd/{agent}/{verb}`, answered on `reply/{agent}` with the same `request_id`."""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from okko import contracts as c
from okko.broker_settings import BrokerSettings
from okko.errors import BrokerUnavailable, ContractError
from okko.session import Received, Session, SessionOptions, Subscription
from okko.topics import Topics


async def request(  # noqa: PLR0913 - each argument is a part of the question
    broker: BrokerSettings,
    topics: Topics,
    agent: str,
    verb: str,
    args: Mapping[str, Any] | None = None,
    *,
    timeout_s: float = 5.0,
    accept: Callable[[c.Reply], bool] = lambda _: True,
) -> c.Reply | None:
    """The first acceptable answer to a command, or None where none came in time.

    Raises:
        BrokerUnavailable: if there was no connection within the time.
        BrokerRefused: if the broker does not let us in.
    """
    command = c.Command(request_id=secrets.token_hex(8), args=dict(args or {}))
    answer: asyncio.Future[c.Reply] = asyncio.get_running_loop().create_future()

    def on_message(received: Received) -> None:
        try:
            reply = c.decode(c.Reply, received.payload)
        except ContractError:
            return  # somebody else's rubbish; we wait for ours
        if reply.request_id == command.request_id and accept(reply) and not answer.done():
            answer.set_result(reply)

    def on_connect() -> None:
        session.publish(topics.build("cmd", agent=agent, verb=verb), c.encode(command))

    options = SessionOptions(
        client_id=f"okko-ask-{secrets.token_hex(6)}",
        subscriptions=[Subscription(topics.filter("reply", agent=agent))],
        on_message=on_message,
        on_connect=on_connect,
    )
    session = Session(broker, options)
    running = asyncio.create_task(session.run(), name="ask")
    try:
        pending: set[asyncio.Future[Any]] = {running, answer}
        await asyncio.wait(pending, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            return answer.result()
        if running.done():
            running.result()
        if not session.connections:
            raise BrokerUnavailable(broker.url, f"none within {timeout_s:g} s")
        return None
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
