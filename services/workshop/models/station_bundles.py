"""The station's own copies of bundles, `bundles/` beside its file: nothing depends on where a bundle came from."""

import fcntl
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from inference_agent.bundle import load_bundle, missing_files
from okko import station_models
from okko.durable_file import sync_folder
from okko.errors import ConfigError

FOLDER = "bundles"
_HALF = ".half-"
_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")
MAX_BUNDLE_BYTES = 2 << 30


@contextmanager
def changing(station_folder: Path) -> Iterator[None]:
    """Alone: nobody else changes the models of this station meanwhile. What is kept for a change that fails goes again.

    Raises:
        ConfigError: if somebody does, or the station's folder cannot be written.
    """
    folder = station_folder / FOLDER
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        what = f"cannot be made: {error.strerror}"
        raise ConfigError.one(
            folder, "", what, "The models that are chosen are kept there: let it be written"
        ) from error
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConfigError.one(folder, "", "another command changes models just now", "Try again") from error
        for half in folder.glob(f"{_HALF}*"):
            shutil.rmtree(half, ignore_errors=True)
        before = set(folder.iterdir())
        try:
            yield
        except BaseException:
            _remove_unused(station_folder, set(folder.iterdir()) - before)
            raise
    finally:
        os.close(descriptor)


def _remove_unused(station_folder: Path, copies: set[Path]) -> None:
    """Remove those copies that the station's choices do not name; all stay where these cannot be read."""
    with suppress(ConfigError, OSError):
        named = {
            station_folder / change.bundle for change in station_models.read(station_folder).change if change.bundle
        }
        for copy in copies - named:
            shutil.rmtree(copy, ignore_errors=True)


def keep(station_folder: Path, bundle_folder: Path) -> Path:
    """A bundle's copy in the station's folder: whole and on the disk when this returns, under a name of its content.

    Raises:
        ConfigError: if it is no whole bundle.
        OSError: if the disk does not take it; then there is no copy.
    """
    bundle = load_bundle(bundle_folder)
    if problems := missing_files(bundle_folder, bundle):
        raise ConfigError(bundle_folder, problems)
    sha256 = sha256_of(bundle_folder)
    version = _UNSAFE.sub("_", bundle.version)
    kept = station_folder / FOLDER / f"{bundle.name}-{version}-{sha256[:8]}"
    if kept.exists():
        if sha256_of(kept) != sha256:
            raise ConfigError.one(kept, "", "is not what it was when it was made", "Remove it, or put it right")
        return kept
    half = kept.with_name(f"{_HALF}{secrets.token_hex(4)}")
    try:
        for file in files_of(bundle_folder):
            copy = half / file.relative_to(bundle_folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            _copy(file, copy)
        for folder in (*(path for path in half.rglob("*") if path.is_dir()), half):
            sync_folder(folder)
        if sha256_of(half) != sha256:
            raise ConfigError.one(bundle_folder, "", "changed while it was copied", "Try again when it is finished")
        half.rename(kept)
    except OSError as error:
        # A write that fails does not say where: a person is to know which disk is full.
        raise OSError(error.errno, error.strerror, str(kept.parent)) from error
    finally:
        shutil.rmtree(half, ignore_errors=True)
    sync_folder(kept.parent)
    return kept


def files_of(folder: Path) -> list[Path]:
    """The files of a bundle, in an order of their own.

    Raises:
        ConfigError: if there is far too much: some other folder was meant.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    if sum(file.stat().st_size for file in files) > MAX_BUNDLE_BYTES:
        what = f"holds more than {MAX_BUNDLE_BYTES >> 30} GiB"
        raise ConfigError.one(folder, "", what, "A bundle's folder holds its model, and little else")
    return files


def sha256_of(folder: Path) -> str:
    """What changes whenever a name or a byte in the bundle does."""
    whole = hashlib.sha256()
    for file in files_of(folder):
        with file.open("rb") as content:
            of_file = hashlib.file_digest(content, "sha256").hexdigest()
        whole.update(f"{file.relative_to(folder).as_posix()}\0{of_file}\n".encode())
    return whole.hexdigest()


def _copy(file: Path, copy: Path) -> None:
    with file.open("rb") as source, copy.open("wb") as target:
        shutil.copyfileobj(source, target)
        target.flush()
        os.fsync(target.fileno())
