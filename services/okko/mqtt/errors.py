"""What goes wrong on a connection; `session.py` says it in okko's own errors.

MqttError
├── TooLarge           a message that the broker does not take: it is not sent
└── ConnectionEnded    the connection is gone, or never stood
    ├── Malformed      the broker sent what is no MQTT 5, or what it may not send
    └── NotLetIn       CONNACK with a code that says no
"""

from okko.mqtt.reasons import MALFORMED, named


class MqttError(Exception):
    """The root of what goes wrong here."""


class TooLarge(MqttError):
    """A packet above the broker's limit, which would end the connection."""

    def __init__(self, packet_bytes: int, limit_bytes: int) -> None:
        super().__init__(packet_bytes, limit_bytes)
        self.packet_bytes = packet_bytes
        self.limit_bytes = limit_bytes

    def __str__(self) -> str:
        return f"a packet of {self.packet_bytes} bytes; the broker takes {self.limit_bytes}"


class ConnectionEnded(MqttError):
    """The connection is gone, or never stood."""


class Malformed(ConnectionEnded):
    """What came cannot be read, or may not come; `code` is the MQTT 5 code that says so to the broker."""

    def __init__(self, what: str, code: int = MALFORMED) -> None:
        super().__init__(what)
        self.what = what
        self.code = code

    def __str__(self) -> str:
        return f"what the broker sends cannot be read: {self.what}"


class NotLetIn(ConnectionEnded):
    """The broker answered CONNECT with a no."""

    def __init__(self, code: int, why: str = "") -> None:
        super().__init__(code, why)
        self.code = code
        self.why = why

    def __str__(self) -> str:
        return f"it does not let us in: {named(self.code, self.why)}"
