"""All pages, in the order of the navigation."""

from dashboard.actions import Action
from dashboard.live import page as live
from dashboard.setup import line

PAGES = (live,)
"""Importing a page is what makes it known."""

ACTIONS: tuple[Action, ...] = (*line.ACTIONS,)
"""What can be done on all of them."""
