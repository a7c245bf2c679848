"""How many pages the server holds for browsers that have not come back for them.

Each page that is asked for is kept for a minute, a hundred KB or two, until its browser opens a socket: whoever asks
again and again without one has us keep thousands.
"""

from nicegui import Client

MOST = 100


def make_room() -> None:
    """Drop the oldest pages that no browser has come back for, beyond `MOST`."""
    waiting = [client for client in Client.instances.values() if not client.has_socket_connection]
    # One that lost its connection a moment ago has elements that somebody may have typed in: it stays.
    new = [client for client in waiting if client.tab_id is None]
    for client in new[: max(0, len(new) - MOST)]:
        client.delete()
