"""The page's certificate and key, tried before anything is begun: what is wrong with them, in words."""

import ssl
from pathlib import Path

from dashboard.settings import DashboardSettings
from okko.errors import ConfigError

_REMEDY = "Give a certificate, those between it and its authority, and its key without a password, all in PEM"


def check(settings: DashboardSettings, where: Path) -> None:
    """Nothing, if TLS can be spoken with them or is not asked for. `where`: the station file.

    Raises:
        ConfigError: if they cannot be read, are no PEM, locked by a password, or do not belong together.
    """
    if settings.cert is None:
        return
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        # Without a password OpenSSL would ask for one at a terminal that an agent has not.
        context.load_cert_chain(settings.cert, settings.key, password="")
    except ssl.SSLError as error:
        raise ConfigError.one(where, "dashboard.cert", _what(error, settings.key or settings.cert), _REMEDY) from error
    except OSError as error:
        what = f"{error.filename or settings.cert}: {error.strerror}"
        raise ConfigError.one(where, "dashboard.cert", what, _REMEDY) from error


def _what(error: ssl.SSLError, key: Path) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return "the key does not belong to the certificate"
    if b"ENCRYPTED" in key.read_bytes():
        return f"{key}: the key is locked by a password, which nobody could type at a start"
    return f"no certificate and key in PEM that can be used: {error}"
