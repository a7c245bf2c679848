"""The values that the store of people takes and gives."""

from dataclasses import dataclass
from typing import Literal

from dashboard.access.role import Role


@dataclass(frozen=True, slots=True)
class User:
    """An account. Instants are Unix milliseconds; `changed_ms` is when its role, password or state last changed."""

    id: int
    name: str
    role: Role
    language: str | None
    created_ms: int
    changed_ms: int
    disabled: bool


@dataclass(frozen=True, slots=True)
class Person:
    """Who is logged in. `csrf` must come with each change that this person's browser asks for."""

    name: str
    role: Role
    csrf: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A login that succeeded. `token` is for the cookie, and stored nowhere; `expires_ms` (Unix): its latest end."""

    token: str
    person: Person
    expires_ms: int


RefusedReason = Literal["wrong", "wait", "busy"]


@dataclass(frozen=True, slots=True)
class Refused:
    """A login that failed, and how long the next attempt has to wait.

    `wrong`: name or password; which of the two, or that the account is disabled, is not told. `wait`: it came too early
    and was not looked at. `busy`: too many log in at once.
    """

    reason: RefusedReason
    wait_s: float = 0.0


Result = Literal["done", "refused", "failed"]


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody did or tried: `action` on `object`. `role` is None where it was done in a terminal."""

    who: str
    role: Role | None
    address: str
    action: str
    object: str = ""
    result: Result = "done"
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Audited:
    """An entry as it is kept."""

    id: int
    at_ms: int
    who: str
    role: str
    address: str
    action: str
    object: str
    result: str
    detail: str
