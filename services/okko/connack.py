"""What a broker says of itself when it lets a client in: the properties of an MQTT 5 CONNACK."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Connack:
    """The broker's limits. The defaults are what MQTT 5 says of a property that does not come; None: no limit."""

    max_packet_bytes: int | None = None
    receive_maximum: int = 65_535
    max_qos: int = 2
    retain_available: bool = True
    server_keepalive_s: int | None = None
    assigned_client_id: str | None = None
    session_expiry_s: int | None = None
