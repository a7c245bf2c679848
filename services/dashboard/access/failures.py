"""The failed logins, in SQLite: by the name that was typed, whether there is such an account or not, and by address."""

import hashlib
import ipaddress
import sqlite3
from dataclasses import dataclass
from typing import Literal

from dashboard.access import lockout
from dashboard.access.names import name_key

MOST_ROWS = 10_000
"""A bound for who tries ever new names; the oldest go first."""

MOST_HOMES = 1_000
"""Addresses from which somebody has logged in; those go first from where nobody has for longest."""

_ADDRESS_MOST = 64


@dataclass(frozen=True, slots=True)
class FailureCounts:
    """The table `failures`."""

    db: sqlite3.Connection

    def wait_ms(self, name: str, address: str, now_ms: int) -> int:
        """How long the next attempt with this name from this address has to wait; no address: by the name alone."""
        return max(
            lockout.wait_ms(self._of(kind, who), lockout.FREE[kind], now_ms)
            for kind, who in self._places(name, address)
        )

    def add(self, name: str, address: str, now_ms: int) -> int:
        """Count one more; gives how long the next attempt has to wait (ms)."""
        for kind, who in self._places(name, address):
            failures = lockout.after(self._of(kind, who), now_ms)
            self._put(kind, who, failures)
        self.db.execute("DELETE FROM failures WHERE last_ms <= ? AND kind <> 'home'", (now_ms - lockout.FORGOTTEN_MS,))
        self._keep("<>", MOST_ROWS)
        return self.wait_ms(name, address, now_ms)

    def succeeded(self, name: str, address: str, now_ms: int) -> None:
        """A login under this name succeeded, and this address is a home of it from now on.

        The address stays counted, since who has an account may still guess others'; and so do guesses at this name from
        elsewhere.
        """
        kind, who = self._places(name, address)[0]
        self.db.execute("DELETE FROM failures WHERE kind = ? AND who = ?", (kind, who))
        if address:
            self._put("home", _at(name, address), lockout.Failures(0, now_ms))
            self._keep("=", MOST_HOMES)

    def forget(self, name: str) -> None:
        """Whoever has failed under this name may try again, from everywhere."""
        hidden = _hidden(name_key(name))
        self.db.execute("DELETE FROM failures WHERE kind = 'name' AND (who = ? OR who GLOB ?)", (hidden, f"{hidden}:*"))

    def _places(self, name: str, address: str) -> tuple[tuple[str, str], ...]:
        """Where it is counted: at a home of this name apart, so that nobody elsewhere can keep its person out."""
        if not address:
            return (("name", _hidden(name_key(name))),)
        at = _at(name, address)
        home = self.db.execute("SELECT 1 FROM failures WHERE kind = 'home' AND who = ?", (at,)).fetchone()
        return ("name", _hidden(name_key(name)) if home is None else at), ("address", network_of(address))

    def _of(self, kind: str, who: str) -> lockout.Failures:
        row = self.db.execute("SELECT count, last_ms FROM failures WHERE kind = ? AND who = ?", (kind, who)).fetchone()
        return lockout.Failures() if row is None else lockout.Failures(*row)

    def _put(self, kind: str, who: str, failures: lockout.Failures) -> None:
        self.db.execute(
            "INSERT OR REPLACE INTO failures (kind, who, count, last_ms) VALUES (?, ?, ?, ?)",
            (kind, who, failures.count, failures.last_ms),
        )

    def _keep(self, which: Literal["=", "<>"], most: int) -> None:
        """The newest so many of what is, or is not, a home."""
        self.db.execute(
            f"DELETE FROM failures WHERE (kind, who) IN (SELECT kind, who FROM failures WHERE kind {which} 'home'"  # noqa: S608 - our own sign
            " ORDER BY last_ms DESC LIMIT -1 OFFSET ?)",
            (most,),
        )


def network_of(address: str) -> str:
    """What an address is counted as: of IPv6 its network, since each machine there has billions of addresses."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:_ADDRESS_MOST]
    if isinstance(known, ipaddress.IPv4Address) or known.is_loopback:
        return str(known)
    return str(known.ipv4_mapped or ipaddress.ip_network((known.packed, 64), strict=False))


def _at(name: str, address: str) -> str:
    return f"{_hidden(name_key(name))}:{_hidden(network_of(address))}"


def _hidden(text: str) -> str:
    """What is kept of a name that was typed: it may be a password that landed in the wrong place."""
    return hashlib.sha256(text.encode()).hexdigest()
