"""A question to an agent about its models: without an answer, they are as they were."""

from collections.abc import Mapping
from typing import Any

from okko import asking
from okko import contracts as c
from okko.broker_settings import BrokerSettings
from okko.errors import OkkoError
from okko.topics import Topics


class NotActivated(OkkoError):
    """The models are as they were, and why."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why

    def __str__(self) -> str:
        return f"{self.why}. Nothing has changed"


async def ask(  # noqa: PLR0913 - each argument is a part of the question
    broker: BrokerSettings, topics: Topics, agent: str, verb: str, args: Mapping[str, Any], *, timeout_s: float
) -> c.Reply:
    """The answer to a command.

    Raises:
        NotActivated: if there is none: the agent is away, ends meanwhile, or says nothing for so long.
        BrokerUnavailable: if there was no connection, or it was lost before the answer came.
        BrokerRefused: if the broker does not let us in.
    """
    try:
        return await asking.ask(broker, topics, agent, verb, args, timeout_s=timeout_s)
    except asking.Unanswered as error:
        raise NotActivated(error.why) from error
