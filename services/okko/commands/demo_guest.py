"""Who may log in at the page of a demo: a technician with a random password, for this run alone."""

import asyncio
import contextlib
import logging
import secrets
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass

from okko.station import Station

NAME = "demo-run"
"""No person's: what a demo that was killed left under it is taken away by the next."""

log = logging.getLogger("demo")


@dataclass(frozen=True)
class Guest:
    """Who can log in, and with what."""

    name: str
    password: str

    def __str__(self) -> str:
        return f"log in as {self.name} with {self.password}"


@contextlib.asynccontextmanager
async def guest_of(station: Station) -> AsyncIterator[Guest | None]:
    """A technician at the station's page, gone on leaving; None where there is no page, or no account can be made.

    By the command that people type, in a process of its own: what hashes passwords need not be installed where this is.
    """
    if station.dashboard is None:
        yield None
        return
    guest = Guest(NAME, "-".join(_random(4) for _ in range(3)))
    added = await _add(station, guest)
    if not added:
        await _users(station, "remove", NAME, "--force")
        added = await _add(station, guest, is_needed=True)
    try:
        yield guest if added else None
    finally:
        if added:
            await _users(station, "remove", NAME, "--force", is_needed=True)


async def _add(station: Station, guest: Guest, *, is_needed: bool = False) -> bool:
    words = (guest.name, "--role", "technician", "--password-stdin")
    return await _users(station, "add", *words, stdin=guest.password, is_needed=is_needed)


def _random(count: int) -> str:
    """Letters and digits that nobody takes for others: it is read off a screen."""
    return "".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(count))


async def _users(station: Station, verb: str, *words: str, stdin: str = "", is_needed: bool = False) -> bool:
    """`okko users {verb}`; whether it was done. Why not is told where it `is_needed`."""
    command = (sys.executable, "-P", "-m", "okko", "users", verb, str(station.path), *words)
    pipe = asyncio.subprocess.PIPE
    # Of a session of its own: Ctrl-C ends the demo, not the removal of its account.
    process = await asyncio.create_subprocess_exec(
        *command, stdin=pipe, stdout=asyncio.subprocess.DEVNULL, stderr=pipe, start_new_session=True
    )
    _, errors = await process.communicate(stdin.encode())
    if process.returncode != 0 and is_needed:
        log.warning("no account for this run: %s", errors.decode("utf-8", "replace").strip())
    return process.returncode == 0
