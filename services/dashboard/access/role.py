"""What a person may do: each role may all that the one before it may."""

from enum import IntEnum
from typing import Self


class Role(IntEnum):
    """Compared by size: `person.role >= Role.OPERATOR`."""

    NOBODY = 0
    """May see the login page."""

    VIEWER = 1
    """May look."""

    OPERATOR = 2
    """May look and trigger."""

    TECHNICIAN = 3
    """May label, teach, configure and manage users."""

    @property
    def word(self) -> str:
        """The role as it is typed and stored."""
        return self.name.lower()

    @classmethod
    def of(cls, word: str) -> Self:
        """The role that a word names.

        Raises:
            KeyError: if there is none.
        """
        return cls[word.upper()]


GIVEN = (Role.VIEWER, Role.OPERATOR, Role.TECHNICIAN)
"""The roles that an account can have; nobody is who has none."""
