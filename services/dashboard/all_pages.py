"""All pages, and their order in the navigation."""

from dashboard.access import account_page, audit_page, login_page, users_page
from dashboard.access import actions as access
from dashboard.actions import Action
from dashboard.items import acts, item_page
from dashboard.items import page as items
from dashboard.jobs import actions as jobs
from dashboard.jobs import page as job
from dashboard.label import page as label
from dashboard.live import page as live
from dashboard.replay import actions as replaying
from dashboard.replay import page as replay
from dashboard.report import actions as report_actions
from dashboard.report import page as report
from dashboard.setup import actions as setup_actions
from dashboard.setup import cameras_page, configuration_page, doctor_page, events_page, line, models_page
from dashboard.setup import page as station
from dashboard.shell.page import NAVIGATION
from dashboard.teach import actions as teaching
from dashboard.teach import page as teach
from dashboard.teach import uploads

PAGES = (
    live,
    items,
    item_page,
    teach,
    replay,
    job,
    label,
    report,
    station,
    configuration_page,
    cameras_page,
    models_page,
    events_page,
    doctor_page,
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
    *setup_actions.ACTIONS,
    *access.ACTIONS,
    *jobs.ACTIONS,
    *teaching.ACTIONS,
    *uploads.ACTIONS,
    *replaying.ACTIONS,
)
"""What can be done on all of them."""
