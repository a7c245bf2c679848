"""An item of a real run, as the messages' reference shows it."""

import json
from importlib import resources

from okko import contracts as c


def recorded_item() -> c.Item:
    """Two cameras, one model, OK."""
    recorded = json.loads((resources.files("okko.documents") / "recorded" / "messages.json").read_text("utf-8"))
    return c.decode(c.Item, recorded["item"]["payload"].encode())
