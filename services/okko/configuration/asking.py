"""The decision agent asked about the station file, from a tool."""

import asyncio
from collections.abc import Mapping
from typing import Any

from okko import asking
from okko.errors import BrokerUnavailable, OkkoError
from okko.station import Station
from okko.topics import Topics

VERB = "config"
CHECK_S = 90.0
"""Longer than the agent gives the checking."""

ANSWER_S = 10.0
TAKEN_S = 60.0
LOOK_S = 0.3


class NotAnswered(OkkoError):
    """The decision agent is away, or says no. `result` is what it said beside the reason."""

    def __init__(self, why: str, result: Mapping[str, Any] | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.result = result or {}

    def __str__(self) -> str:
        return self.why


async def ask(station: Station, args: Mapping[str, Any], *, timeout_s: float = ANSWER_S) -> dict[str, Any]:
    """What the decision agent answers.

    Raises:
        NotAnswered: if it does not, or refuses.
        BrokerRefused: if the broker does not let us in.
    """
    try:
        reply = await asking.ask(station.broker, Topics(station.base), "decision", VERB, args, timeout_s=timeout_s)
    except (asking.Unanswered, BrokerUnavailable) as error:
        why = "`okko config show` says what is in force; where the station does not run, give --offline"
        raise NotAnswered(f"{error}. {why}") from error
    if not reply.ok:
        raise NotAnswered(reply.error or "the decision agent refused", reply.result)
    return reply.result


async def taken(station: Station, config_sha256: str) -> list[str]:
    """Wait until all agents work by this configuration; who does not after some time.

    Raises:
        BrokerRefused: if the broker does not let us in.
    """
    behind = ["decision"]
    try:
        async with asyncio.timeout(TAKEN_S):
            while behind:
                await asyncio.sleep(LOOK_S)
                try:
                    told = await ask(station, {"verb": "get"})
                except NotAnswered:
                    continue  # it begins anew
                behind = told["behind"] if told["config_sha256"] == config_sha256 else ["decision"]
    except TimeoutError:
        pass
    return behind
