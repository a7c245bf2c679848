"""What a technician does to accounts, and everybody to their own password."""

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from dashboard.access.book import Book
from dashboard.access.names import checked_name
from dashboard.access.now import now_ms
from dashboard.access.passwords import MOST
from dashboard.access.records import Person
from dashboard.access.refused import AccessRefused
from dashboard.access.role import Role
from dashboard.actions import Action, Refused
from dashboard.desk import Desk

Text = Annotated[str, Meta(max_length=200)]
Password = Annotated[str, Meta(max_length=4 * MOST)]
"""Longer than any that is taken, so that the rule of passwords says what is wrong with it."""

RoleWord = Literal["viewer", "operator", "technician"]


class NameArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An account."""

    name: Text


class AddArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new account."""

    name: Text
    role: RoleWord
    password: Password


class RoleArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An account and its new role."""

    name: Text
    role: RoleWord


class PasswordArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An account and its new password."""

    name: Text
    password: Password


class OwnPasswordArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The present password of who asks, and the next one."""

    old: Password
    new: Password


async def add(desk: Desk, _person: Person, args: AddArgs) -> Mapping[str, Any]:
    """Make an account."""
    name = checked_name(args.name)
    if await desk.access.ask(lambda book: book.users.find(name)) is not None:
        raise AccessRefused("name_taken", {"name": name})
    known = await desk.access.hashed(args.password, name)
    user = await desk.access.change(lambda book: book.users.add(name, Role.of(args.role), known, now_ms()))
    return {"name": user.name, "role": args.role}


async def set_role(desk: Desk, _person: Person, args: RoleArgs) -> Mapping[str, Any]:
    """Give an account another role; its sessions end."""
    user = await desk.access.change(lambda book: book.users.set_role(args.name, Role.of(args.role), now_ms()))
    return {"name": user.name, "role": args.role, "was": user.role.word}


async def set_password(desk: Desk, _person: Person, args: PasswordArgs) -> Mapping[str, Any]:
    """Give an account another password; its sessions and its lock-out end."""
    user = await desk.access.ask(lambda book: book.users.get(args.name))
    known = await desk.access.hashed(args.password, user.name)

    def change(book: Book) -> None:
        book.users.set_password(user.name, known, now_ms())
        book.failures.forget(user.name)

    await desk.access.change(change)
    return {"name": user.name}


async def disable(desk: Desk, _person: Person, args: NameArgs) -> Mapping[str, Any]:
    """Keep an account from logging in; its sessions end."""
    user = await desk.access.change(lambda book: book.users.set_disabled(args.name, now_ms(), disabled=True))
    return {"name": user.name}


async def enable(desk: Desk, _person: Person, args: NameArgs) -> Mapping[str, Any]:
    """Let a disabled account in again."""
    user = await desk.access.change(lambda book: book.users.set_disabled(args.name, now_ms(), disabled=False))
    return {"name": user.name}


async def remove(desk: Desk, _person: Person, args: NameArgs) -> Mapping[str, Any]:
    """Remove an account; what it did stays in the audit."""
    user = await desk.access.change(lambda book: book.users.remove(args.name))
    return {"name": user.name}


async def end_sessions(desk: Desk, _person: Person, args: NameArgs) -> Mapping[str, Any]:
    """End all sessions of an account."""
    ended = await desk.access.change(lambda book: book.sessions.end_all_of(book.users.get(args.name)))
    return {"name": args.name, "ended": ended}


async def set_own_password(desk: Desk, person: Person, args: OwnPasswordArgs) -> Mapping[str, Any]:
    """Change the password of who asks; their other sessions end.

    Raises:
        Refused: without a login, or while guesses at the present password have to wait.
        AccessRefused: if the present password is wrong, or the new one weak.
    """
    if not person.name:
        raise Refused("log in first", 401)
    refused = await desk.access.change_own_password(person, args.old, args.new)
    if refused is not None and refused.reason == "wrong":
        raise AccessRefused("password_wrong")
    if refused is not None:
        raise AccessRefused("password_wait", {"seconds": math.ceil(refused.wait_s)})
    return {"name": person.name}


def _name(args: NameArgs | PasswordArgs) -> str:
    return args.name


def _name_and_role(args: AddArgs | RoleArgs) -> str:
    return f"{args.name} {args.role}"


def _nothing(_args: OwnPasswordArgs) -> str:
    return ""


# Each says for the audit what it was about: never a password.
ACTIONS = (
    Action("users.add", Role.TECHNICIAN, AddArgs, add, told=_name_and_role),
    Action("users.role", Role.TECHNICIAN, RoleArgs, set_role, told=_name_and_role),
    Action("users.password", Role.TECHNICIAN, PasswordArgs, set_password, told=_name),
    Action("users.disable", Role.TECHNICIAN, NameArgs, disable, told=_name),
    Action("users.enable", Role.TECHNICIAN, NameArgs, enable, told=_name),
    Action("users.remove", Role.TECHNICIAN, NameArgs, remove, told=_name),
    Action("users.end_sessions", Role.TECHNICIAN, NameArgs, end_sessions, told=_name),
    Action("account.password", Role.VIEWER, OwnPasswordArgs, set_own_password, told=_nothing),
)
