"""The live view of a station at the broker further up: the configuration of Mosquitto's own bridge, as text.

The bridge carries what people and dashboards look at now, and promises nothing: what happens while the line up is down
is not told later. What must arrive is the item, and the recorder's uplink brings it.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from okko.broker_settings import BrokerSettings
from okko.errors import ConfigError
from okko.station import Station
from okko.topics import SPECS, Topics

UP = ("verdict", "ready", "count", "agent", "event", "station", "reply")
DOWN = ("cmd",)

PASSWORD_PLACEHOLDER = "@OKKO_UPLINK_PASSWORD@"  # noqa: S105 - what stands in a password's place
_PACKET_OVERHEAD_BYTES = 4096
_SYSTEM_CERTIFICATES = "/etc/ssl/certs"


def bridge_conf(station: Station, *, password: str = PASSWORD_PLACEHOLDER) -> str:
    """The lines for Mosquitto's configuration, each with its reason. `password` is what stands there as one.

    Raises:
        ConfigError: if the station has no `[uplink]`, or a value in it would break a line of the file.
    """
    uplink = station.uplink
    if uplink is None:
        what = "there is no broker further up to build a bridge to"
        raise ConfigError.one(station.path, "uplink", what, "Add an [uplink] table with its `url`")
    name = f"okko-{station.base.replace('/', '-')}-bridge"
    parts = [_head(station), *_connection(name, uplink), *_entry(station, uplink, password), *_topics(station)]
    return "\n\n".join(parts) + "\n"


def _head(station: Station) -> str:
    return (
        f"# The live view of {station.base}, for Mosquitto 2.0 or 2.1. Made by `okko bridge`; make it again when the\n"
        "# station file changes. It belongs into the configuration of the station's own broker, for example as\n"
        "# /etc/mosquitto/conf.d/okko-bridge.conf; Mosquitto reads it when it is started again.\n"
        "# Items, frames and the record are not here: the recorder brings items up, and frames stay on the box."
    )


def _connection(name: str, uplink: BrokerSettings) -> Iterator[str]:
    topics = [SPECS[key] for key in (*UP, *DOWN)]
    largest = max(spec.max_bytes for spec in topics) + _PACKET_OVERHEAD_BYTES
    yield _said("The central broker. The name must be no other bridge's of this broker.", f"connection {name}")
    yield _said("The bridge connects, from here to there: the plant's network needs no way in.", _address(uplink))
    yield _said(
        "MQTT 5 (the default is 3.1.1): expiry, content type and schema arrive with the message, and one that is too\n"
        "large for the broker there is left out. With 3.1.1 it would break the connection, for ever.",
        "bridge_protocol_version mqttv50",
    )
    yield _said(
        "The largest packet that goes up: a reply may have this much, everything else is a few kB.",
        f"bridge_max_packet_size {largest}",
    )
    yield _said(
        "Who we are at each end. Two clients of one name would throw each other out.",
        f"remote_clientid {name}",
        f"local_clientid {name}-local",
    )
    yield _said(
        "What happens while the line up is down is not kept: a dashboard wants to know what is, and yesterday's\n"
        "verdicts would come before today's. What is retained goes up again at each connection.",
        "cleansession true",
    )
    yield _said(
        "The connection is kept up at all times; a first retry after 1 s, and never more than 30 s between two.",
        "start_type automatic",
        "restart_timeout 1 30",
    )
    yield _said(
        "A broker that is silent for longer counts as gone.", f"keepalive_interval {max(5, uplink.keepalive_s)}"
    )
    yield _said(
        "Tell the other broker that this is a bridge, so that nothing is sent back where it came from.",
        "try_private true",
    )


def _entry(station: Station, uplink: BrokerSettings, password: str) -> Iterator[str]:
    state = Topics(station.central_base).build("bridge").topic
    yield _said(
        "1 while the bridge stands, else 0: retained, at both ends. Without it a dead line looks like a quiet one.",
        "notifications true",
        f"notification_topic {state}",
    )
    if uplink.username is not None:
        because = (
            f"Who the bridge says it is. Put the password where {PASSWORD_PLACEHOLDER} stands, and let nobody else\n"
            "read this file; `okko bridge --with-password` does both."
        )
        if password != PASSWORD_PLACEHOLDER:
            because = "Who the bridge says it is. Nobody else may read this file."
        yield _said(
            because,
            f"remote_username {_one_line(station, 'username', uplink.username)}",
            f"remote_password {_one_line(station, 'password', password)}",
        )
    if uplink.tls:
        yield from _tls(station, uplink)


def _tls(station: Station, uplink: BrokerSettings) -> Iterator[str]:
    if uplink.ca is not None:
        yield _said(
            "TLS: who must have signed the broker's certificate.", f"bridge_cafile {_path(station, 'ca', uplink.ca)}"
        )
    else:
        yield _said("TLS: the authorities that this system trusts.", f"bridge_capath {_SYSTEM_CERTIFICATES}")
    if uplink.cert is not None:
        key = uplink.key or uplink.cert
        yield _said(
            "Our own certificate; Mosquitto's user must be able to read the key.",
            f"bridge_certfile {_path(station, 'cert', uplink.cert)}",
            f"bridge_keyfile {_path(station, 'key', key)}",
        )


def _topics(station: Station) -> Iterator[str]:
    own, central = f"{station.base}/", f"{station.central_base}/"
    up = [f"topic {_pattern(key)} out 1 {own} {central}" for key in UP]
    down = [f"topic {_pattern(key)} in 1 {own} {central}" for key in DOWN]
    yield _said(
        "Up, at QoS 1; the prefix here becomes the prefix there. verdict/code and verdict/last are for the line only.",
        *up,
    )
    yield _said("Down: questions and orders to the agents. Who may publish there is for the ACL of that broker.", *down)


def _said(because: str, *lines: str) -> str:
    return "\n".join((*(f"# {line}" for line in because.split("\n")), *lines))


def _address(uplink: BrokerSettings) -> str:
    return f"address {uplink.host}:{uplink.port}"


def _pattern(key: str) -> str:
    """A row of the topic table as a subscription below the prefix."""
    return re.sub(r"\{\w+\}", "+", SPECS[key].path)


def _path(station: Station, key: str, path: Path) -> str:
    return _one_line(station, key, str(path))


def _one_line(station: Station, key: str, value: str) -> str:
    """The value, if it stays one: the file has no quotes."""
    if not value.isprintable() or value != value.strip():
        what = "cannot stand in Mosquitto's configuration: it has line breaks, or white space at an end"
        raise ConfigError.one(station.path, f"uplink.{key}", what, "Choose another one")
    return value
