"""A page as the navigation shows it."""

from dataclasses import dataclass

from dashboard.access.role import Role


@dataclass(frozen=True, slots=True)
class Place:
    """Where it is and who may see it; `title` names its text, `icon` its sign."""

    path: str
    title: str
    icon: str
    role: Role
