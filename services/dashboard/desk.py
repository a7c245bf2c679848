"""What all pages work with: one object for the whole agent."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import anyio.to_thread

from dashboard.access.access import Access
from dashboard.access.records import Person
from dashboard.access.role import Role
from dashboard.actions import Actions, Refused
from dashboard.jobs.runner import JobRunner
from dashboard.jobs.shelf import Shelf
from dashboard.live.board import Board
from dashboard.settings import DashboardSettings
from dashboard.texts import Texts
from okko import request
from okko.agent import Runtime
from okko.errors import BrokerUnavailable
from okko.station import Station

T = TypeVar("T")

WITHOUT_LOGIN: Mapping[str, Role] = {"nothing": Role.NOBODY, "look": Role.VIEWER, "operate": Role.OPERATOR}
ANSWER_S = 10.0

ANYBODYS_CSRF = "without-login"
"""No secret: that a header of our own is there at all is what another site's page cannot bring about."""


class Desk:
    """The station, what was seen of it, who may do what, and the way to the other agents."""

    def __init__(
        self, runtime: Runtime, settings: DashboardSettings, board: Board, access: Access, actions: Actions
    ) -> None:
        self.runtime = runtime
        self.settings = settings
        self.board = board
        self.access = access
        self.actions = actions
        self.jobs = JobRunner(Shelf(self.folder / "jobs"))
        self._somebody = Person("", WITHOUT_LOGIN[settings.without_login], csrf=ANYBODYS_CSRF)

    @property
    def station(self) -> Station:
        """The station as it was when the agent started."""
        return self.runtime.station

    @property
    def folder(self) -> Path:
        """Where the dashboard keeps what is its own."""
        return self.station.data / "dashboard"

    async def person(self, token: str | None, *, active: bool = True) -> Person:
        """Who holds this session; without one, whoever may look without a login.

        `active`: they do something just now; False for what a page does by itself.
        """
        found = await self.access.person(token, active=active) if token else None
        return found or self._somebody

    def texts(self, language: str | None) -> Texts:
        """The words in a language, or in the station's."""
        return Texts("fr" if (language or self.settings.language) == "fr" else "en")

    async def ask(
        self, agent: str, verb: str, args: Mapping[str, Any], *, timeout_s: float = ANSWER_S
    ) -> dict[str, Any]:
        """The result of a command to another agent.

        Raises:
            Refused: if it says no, or nothing at all.
        """
        broker, topics = self.station.broker, self.runtime.topics
        try:
            reply = await request.request(broker, topics, agent, verb, args, timeout_s=timeout_s)
        except BrokerUnavailable as error:
            raise Refused(f"the broker is away: {error}", 503) from error
        if reply is None:
            raise Refused(f"no answer from {agent} within {timeout_s:g} s: does it run?", 504)
        if not reply.ok:
            raise Refused(reply.error or f"{agent} refused")
        return reply.result


async def beside(work: Callable[[], T]) -> T:
    """What `work` gives, done on a thread: the disk and pictures never hold the loop up."""
    return await anyio.to_thread.run_sync(work)
