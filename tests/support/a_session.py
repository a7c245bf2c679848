"""Short ways to describe a session for a test."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from okko.broker_settings import BrokerSettings
from okko.session import Session, SessionOptions, Subscription
from okko.topics import Topics

TOPICS = Topics("okko/v1/test/line/station")
EVENT = TOPICS.build("event")
RunSession = Callable[[BrokerSettings, SessionOptions], AbstractAsyncContextManager[Session]]


def settings(port: int, **more: object) -> BrokerSettings:
    """A broker of this machine; with a long keep-alive, so that one that is stopped counts as connected."""
    return BrokerSettings.model_validate({"url": f"mqtt://127.0.0.1:{port}", "keepalive_s": 300, **more})


def options(client_id: str = "test", *filters: str, **more: object) -> SessionOptions:
    """A client with some subscriptions."""
    return SessionOptions(client_id, [Subscription(f) for f in filters], **more)  # type: ignore[arg-type] # passed on
