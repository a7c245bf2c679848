"""Passwords into hashes: argon2id, with parameters that a Raspberry Pi bears beside its line."""

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

from dashboard.access.passwords import MOST, check_password, normal

_HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""19 MiB and two passes, the least that OWASP's Password Storage Cheat Sheet advises: one core, for a few dozen ms."""

DUMMY = "$argon2id$v=19$m=19456,t=2,p=1$gMRHAAa7XHiILY/qeMdkAQ$JNo5meoTaf9yMrmZAtAXFXmvMf1WvJ6YRfSEHbqGM5Q"
"""Verified where there is no such account, so that the answer takes as long as where there is one."""


def hashed(password: str, name: str) -> str:
    """The hash of a new password for this name; takes a few dozen ms of one core and 19 MiB.

    Raises:
        AccessRefused: if it is a weak one.
    """
    check_password(password, name)
    return _HASHER.hash(normal(password))


def matches(known: str, password: str) -> bool:
    """Whether a password is the one that was hashed; takes as long as to hash it."""
    try:
        # What is longer was never taken; cut off it costs the same as any other.
        return _HASHER.verify(known, normal(password[: MOST + 1]))
    except (VerificationError, InvalidHashError):
        return False


def is_dated(known: str) -> bool:
    """Whether a hash was made with other parameters than those of today."""
    return _HASHER.check_needs_rehash(known)


def rehashed(password: str) -> str:
    """The hash, by the parameters of today, of a password that is in use."""
    return _HASHER.hash(normal(password))
