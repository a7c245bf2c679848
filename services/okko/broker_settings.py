"""Where a broker is and how to be let in: the `[broker]` table of a station file, and the base of `[uplink]`."""

import os
import ssl
from pathlib import Path
from typing import Annotated, ClassVar, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from okko.settings import Settings

PASSWORD_VARIABLE = "OKKO_BROKER_PASSWORD"  # noqa: S105 - the name of a variable, not a password
_PORTS = {"mqtt": 1883, "mqtts": 8883}


class BrokerSettings(Settings):
    """The `[broker]` table. The password never stands in the station file."""

    table: ClassVar[str] = "broker"
    password_variable: ClassVar[str] = PASSWORD_VARIABLE

    url: Annotated[
        str, Field(description="`mqtt://host:port`, or `mqtts://` for TLS; OKKO_BROKER_URL goes before it")
    ] = "mqtt://127.0.0.1:1883"
    username: Annotated[str | None, Field(description="who the agents say they are")] = None
    password_file: Annotated[
        Path | None, Field(description="a file that holds the password alone; OKKO_BROKER_PASSWORD goes before it")
    ] = None
    ca: Annotated[
        Path | None,
        Field(description="certificate of the authority that signed the broker's; default: the system's own"),
    ] = None
    cert: Annotated[Path | None, Field(description="our own certificate, for brokers that ask for one")] = None
    key: Annotated[Path | None, Field(description="the key of `cert`, where it is a file of its own")] = None
    keepalive_s: Annotated[
        int, Field(ge=2, le=300, description="a broker that is silent for longer counts as gone")
    ] = 2
    timeout_s: Annotated[float, Field(gt=0, le=60, description="how long to wait for an answer to a connection")] = 5.0

    @field_validator("url")
    @classmethod
    def _check_url(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
            _ = parts.port
        except ValueError as error:
            message = f"{url!r} must be mqtt://host:port, the port a number from 1 to 65535"
            raise ValueError(message) from error
        if parts.username or parts.password:
            message = f"no user or password in the address: set `username`, and the password in {cls.password_variable}"
            raise ValueError(message)
        if parts.scheme not in _PORTS:
            message = f"{url!r} must begin with mqtt:// or mqtts://"
            raise ValueError(message)
        if not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
            message = f"{url!r} must be mqtt://host:port"
            raise ValueError(message)
        if parts.port == 0:
            message = f"{url!r} must be mqtt://host:port, the port a number from 1 to 65535"
            raise ValueError(message)
        return url

    def resolved(self, folder: Path) -> Self:
        """The same with the paths of its files made absolute; relative ones start at `folder`."""
        paths = {key: getattr(self, key) for key in ("password_file", "ca", "cert", "key")}
        return self.model_copy(update={key: folder / path for key, path in paths.items() if path is not None})

    @property
    def host(self) -> str:
        """The broker's host name or address."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """The broker's port; 1883, or 8883 with TLS, where none is given."""
        parts = urlsplit(self.url)
        return parts.port or _PORTS[parts.scheme]

    @property
    def tls(self) -> bool:
        """Whether the connection is encrypted."""
        return urlsplit(self.url).scheme == "mqtts"

    def secret(self) -> str | None:
        """The password, from the environment or the password file."""
        if (value := os.environ.get(self.password_variable)) is not None:
            return value
        if self.password_file is not None:
            return self.password_file.read_text(encoding="utf-8").rstrip("\r\n")
        return None

    def tls_context(self) -> ssl.SSLContext | None:
        """The TLS settings, or None for a plain connection."""
        if not self.tls:
            return None
        context = ssl.create_default_context(cafile=self.ca)
        if self.cert is not None:
            context.load_cert_chain(self.cert, self.key)
        return context
