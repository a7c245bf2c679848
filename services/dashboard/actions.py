"""What people can change or start from the page: the one gate, for the pages and for POST alike.

Each page's package names its own actions; whoever runs one is looked at again at that moment, by the server, and what
was done, or refused, stands in the audit.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from dashboard.access.records import Entry, Person
from dashboard.access.refusals import Refusals
from dashboard.access.role import Role
from dashboard.texts import Texts
from okko.errors import OkkoError

if TYPE_CHECKING:
    from dashboard.desk import Desk

LONGEST_DETAIL = 2000


class Refused(OkkoError):
    """An action that is not done; the text says why, and what would mend it. `status` is that of HTTP."""

    def __init__(self, why: str, status: int = 409) -> None:
        super().__init__(why)
        self.status = status


@dataclass(frozen=True, slots=True)
class Action:
    """Something that is done on somebody's behalf.

    `args` is the type of its arguments: a msgspec Struct, which is also how a POST's JSON is checked. `run` gives what
    the page, or the answer to the POST, shows. `told` says for the audit what it was about.
    """

    name: str
    role: Role
    args: type[msgspec.Struct]
    run: Callable[["Desk", Person, Any], Awaitable[Mapping[str, Any]]]
    told: Callable[[Any], str] = lambda args: msgspec.json.encode(args).decode()
    audited: bool = True


class Actions:
    """All actions of the dashboard, by name."""

    def __init__(self, *actions: Action) -> None:
        self._actions = {action.name: action for action in actions}
        self._refusals = Refusals()

    @property
    def all(self) -> Mapping[str, Action]:
        """Every action by its name."""
        return self._actions

    async def run(
        self, desk: "Desk", person: Person, address: str, name: str, given: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Do it, if this person may.

        Raises:
            Refused: if there is no such action, the person may not, an argument is wrong, or it could not be done.
        """
        action = self._actions.get(name)
        if action is None:
            raise Refused(f"there is no action {name!r}", 404)
        about = " ".join(sorted(given))[:LONGEST_DETAIL]  # what is not known to be no password is not noted
        try:
            if person.role < action.role:
                raise Refused(may_not(desk.texts(person.language), action.role), 403)
            try:
                args = msgspec.convert(dict(given), action.args)
            except msgspec.ValidationError as error:
                raise Refused(str(error), 422) from error
            about = action.told(args)[:LONGEST_DETAIL]
            result = await action.run(desk, person, args)
        except OkkoError as error:
            await self._note(desk, action, Entry(person.name, person.role, address, name, about, "refused", str(error)))
            raise
        except Exception as error:
            why = f"{type(error).__name__}: {error}"
            await self._note(desk, action, Entry(person.name, person.role, address, name, about, "failed", why))
            raise
        await self._note(desk, action, Entry(person.name, person.role, address, name, about))
        return result

    async def _note(self, desk: "Desk", action: Action, entry: Entry) -> None:
        noted = self._refusals.noted(entry, time.monotonic()) if entry.result == "refused" else entry
        if action.audited and noted is not None:
            await desk.access.audit(noted)


def may_not(t: Texts, role: Role) -> str:
    """That one needs this role."""
    return t("shell.may_not", role=t(f"shell.role_{role.word}"))
