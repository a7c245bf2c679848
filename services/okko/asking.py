"""A question to an agent that is given up at once when the agent ends: its answer will not come any more."""

import asyncio
import contextlib
import secrets
from collections.abc import Mapping
from typing import Any

from okko import contracts as c
from okko.broker_settings import BrokerSettings
from okko.errors import ContractError, OkkoError
from okko.request import reply_in, short_session
from okko.session import Received, Subscription
from okko.topics import Topics


class Unanswered(OkkoError):
    """No answer came, and why."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why

    def __str__(self) -> str:
        return self.why


async def ask(  # noqa: PLR0913 - each argument is a part of the question
    broker: BrokerSettings, topics: Topics, agent: str, verb: str, args: Mapping[str, Any], *, timeout_s: float
) -> c.Reply:
    """The answer to a command.

    Raises:
        Unanswered: if there is none: the agent is away, ends meanwhile, or says nothing for so long.
        BrokerUnavailable: if there was no connection, or it was lost before the answer came.
        BrokerRefused: if the broker does not let us in.
    """
    command = c.Command(request_id=secrets.token_hex(8), args=dict(args))
    answer: asyncio.Future[c.Reply | str] = asyncio.get_running_loop().create_future()
    asked: list[str] = []

    def settle(result: c.Reply | str) -> None:
        if not answer.done():
            answer.set_result(result)

    def on_message(received: Received) -> None:
        if (reply := reply_in(received)) is not None and reply.request_id == command.request_id:
            settle(reply)
        with contextlib.suppress(ContractError):
            state = c.decode(c.AgentState, received.payload)
            if state.state == "offline":
                settle(f"{agent} is offline ({state.why})")
            elif asked and asked[0] != state.instance_id:
                settle(f"{agent} ended while it was asked, and was started again")
            asked.append(state.instance_id)

    subscriptions = [Subscription(topics.filter(key, agent=agent)) for key in ("reply", "agent")]
    async with short_session(broker, subscriptions, on_message) as session:
        session.publish(topics.build("cmd", agent=agent, verb=verb), c.encode(command))
        await session.wait(answer, timeout_s)
    result = (
        answer.result() if answer.done() else f"{agent} did not answer within {timeout_s:g} s: perhaps it does not run"
    )
    if isinstance(result, str):
        raise Unanswered(result)
    return result
