"""One browser that looks at one page: who it is, in which language, and what it does."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from dashboard.access.records import Person
from dashboard.access.role import Role
from dashboard.actions import Refused, may_not
from dashboard.desk import Desk
from dashboard.texts import Texts


@dataclass(frozen=True)
class Visit:
    """What a page is made for. `token` is the session's, None without a login; `person` as it was at the request."""

    desk: Desk
    person: Person
    token: str | None
    address: str
    t: Texts
    dark: bool | None

    def may(self, role: Role) -> bool:
        """Whether to show what needs this role. The server asks again when it is used: this only spares a refusal."""
        return self.person.role >= role

    async def act(self, name: str, /, **args: Any) -> Mapping[str, Any]:
        """Do something on behalf of whoever looks at the page, as they are by now.

        Raises:
            Refused: if they may not (any more), or it could not be done; the text is for them.
        """
        person = replace(await self.desk.person(self.token), language=self.t.language)
        return await self.desk.actions.run(self.desk, person, self.address, name, args)

    async def look(self, role: Role) -> Person:
        """Who looks, as they are by now: for what is read for them after the page was made.

        Raises:
            Refused: if they have not this role (any more).
        """
        person = await self.desk.person(self.token)
        if person.role < role:
            raise Refused(may_not(self.t, role), 403)
        return person
