"""All pages, and their order in the navigation."""

from dashboard.access import account_page, audit_page, login_page, users_page
from dashboard.access import actions as access
from dashboard.actions import Action
from dashboard.items import acts, item_page
from dashboard.items import page as items
from dashboard.live import page as live
from dashboard.report import actions as report_actions
from dashboard.report import page as report
from dashboard.setup import line
from dashboard.shell.page import NAVIGATION

PAGES = (
    live,
    items,
    item_page,
    report,
    users_page,
    audit_page,
    account_page,
    login_page,
)
"""Importing a page is what makes it known."""

ORDER = ("/", "/items", "/label", "/teach", "/replay", "/report", "/station", "/users", "/audit")
"""The pages in the header; others follow."""

NAVIGATION.sort(key=lambda place: ORDER.index(place.path) if place.path in ORDER else len(ORDER))

ACTIONS: tuple[Action, ...] = (
    *line.ACTIONS,
    *acts.ACTIONS,
    *report_actions.ACTIONS,
    *access.ACTIONS,
)
"""What can be done on all of them."""
