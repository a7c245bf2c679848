"""A report on the disk: the whole of it or nothing."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from okko.errors import ConfigError


def check_place(path: Path) -> None:
    """See that a report can be written there, before an hour of work is spent on it.

    Raises:
        ConfigError: if it cannot.
    """
    folder = path.resolve().parent
    if not folder.is_dir():
        raise ConfigError.one(path, "--out", f"there is no folder {folder}", "Make it, or name another place")
    if not os.access(folder, os.W_OK):
        raise ConfigError.one(path, "--out", f"{folder} may not be written to", "Name another place")


def write(path: Path, text: str) -> None:
    """Put a text in a file's place: whoever opens it meanwhile sees the old one, or none.

    Raises:
        OSError: if the disk does not take it; then the old one stays.
    """
    path = path.resolve()
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        # mkstemp makes what only its owner may read; a report is for others.
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
