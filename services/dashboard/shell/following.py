"""A page that is open when its person may no longer see it: it goes to the login, and is gone here too."""

import asyncio
from urllib.parse import quote

from nicegui import ui

from dashboard.visit import Visit

EVERY_S = 3.0
_GOODBYE_S = 1.0


def follow(visit: Visit, path: str) -> None:
    """Look at who is logged in every few seconds; a role that changed is a page that must be made anew.

    Without a login there is nothing to end.
    """
    if not visit.person.name:
        return
    client = ui.context.client

    async def look() -> None:
        now = await visit.desk.person(visit.token, active=False)
        if (now.name, now.role) == (visit.person.name, visit.person.role):
            return
        timer.deactivate()
        ui.navigate.to(f"/login?refused=ended&next={quote(path)}")
        await asyncio.sleep(_GOODBYE_S)
        if client.has_socket_connection:
            client.delete()  # a browser that did not go is not served from this page any more

    timer = ui.timer(EVERY_S, look)
