"""Structured logs on stderr: one line an entry, `key=value`, the same keys everywhere."""

import json
import logging
import sys
from collections.abc import MutableMapping
from typing import Any

from okko.clock import utc_text


class KeyValueFormatter(logging.Formatter):
    """`ts=... level=... agent=... item_id=... msg="..."`, and the traceback in one field where there is one."""

    def __init__(self, agent: str) -> None:
        super().__init__()
        self.agent = agent

    def format(self, record: logging.LogRecord) -> str:
        """One line of text without line breaks inside."""
        fields = {
            "ts": utc_text(int(record.created * 1e9)),
            "level": record.levelname.lower(),
            "agent": getattr(record, "agent", self.agent),
            "item_id": getattr(record, "item_id", None) or "-",
            "msg": json.dumps(record.getMessage(), ensure_ascii=False),
        }
        if record.exc_info:
            fields["traceback"] = json.dumps(self.formatException(record.exc_info), ensure_ascii=False)
        return " ".join(f"{key}={value}" for key, value in fields.items())


def set_up(agent: str, level: str = "INFO") -> None:
    """Send all logs of this process to stderr in the common form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(KeyValueFormatter(agent))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # What the client library says of a lost connection, the session says too, in words.
    logging.getLogger("mqtt").setLevel(logging.CRITICAL)


class AgentLog(logging.LoggerAdapter[logging.Logger]):
    """A logger that says which agent speaks; `extra={"item_id": ...}` says of which item."""

    def process(self, msg: object, kwargs: MutableMapping[str, Any]) -> tuple[object, MutableMapping[str, Any]]:
        """The agent's name joined to what the caller gives along."""
        # LoggerAdapter can do this by itself from Python 3.13 (merge_extra).
        kwargs["extra"] = {**(self.extra or {}), **kwargs.get("extra", {})}
        return msg, kwargs
