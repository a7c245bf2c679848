"""The time zone of this machine, with its name: shifts are the machine's local time."""

import os
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from okko.errors import ConfigError

_LOCALTIME = Path("/etc/localtime")


def local_zone(localtime: Path = _LOCALTIME) -> ZoneInfo:
    """The zone that TZ names, else that of /etc/localtime, else UTC, as a machine without either has it.

    Raises:
        ConfigError: if it is not known.
    """
    name = os.environ.get("TZ", "").removeprefix(":")
    try:
        if name:
            return ZoneInfo(name)
        if not localtime.exists():
            return ZoneInfo("UTC")
        _, _, key = str(localtime.resolve()).rpartition("/zoneinfo/")
        with localtime.open("rb") as file:
            return ZoneInfo.from_file(file, key=key or "local time")
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        where, what = (Path("TZ"), f"{name!r} is no time zone that is known here") if name else (localtime, str(error))
        raise ConfigError.one(where, "", what, "Name one as Europe/Madrid or UTC; Debian has them in tzdata") from error
