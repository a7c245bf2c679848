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


def connack_of(properties: object) -> Connack:
    """The limits in paho's properties of a CONNACK; None, as of MQTT 3.1.1, has none."""
    given = {
        "max_packet_bytes": getattr(properties, "MaximumPacketSize", None),
        "receive_maximum": getattr(properties, "ReceiveMaximum", None),
        "max_qos": getattr(properties, "MaximumQoS", None),
        "retain_available": getattr(properties, "RetainAvailable", None),
        "server_keepalive_s": getattr(properties, "ServerKeepAlive", None),
        "assigned_client_id": getattr(properties, "AssignedClientIdentifier", None),
        "session_expiry_s": getattr(properties, "SessionExpiryInterval", None),
    }
    known = {key: value for key, value in given.items() if value is not None}
    if "retain_available" in known:
        known["retain_available"] = bool(known["retain_available"])
    return Connack(**known)
