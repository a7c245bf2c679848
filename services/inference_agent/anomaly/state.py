"""What a station was taught, as a file in the bundle: numpy's .npz, read with care, written to the same bytes."""

import hashlib
import io
import zipfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference_agent.anomaly.mahalanobis import Mahalanobis
from inference_agent.anomaly.nearest import Nearest
from inference_agent.anomaly.padim import Padim

State = Padim | Mahalanobis | Nearest

METHODS: dict[str, type[Padim] | type[Mahalanobis] | type[Nearest]] = {
    "padim": Padim,
    "mahalanobis": Mahalanobis,
    "nearest": Nearest,
}

MAX_FILE_BYTES = 1 << 28
_WHOLE_NUMBERS = {"grid", "channels"}
_EPOCH = (1980, 1, 1, 0, 0, 0)
_HELD_SHA256 = b"okko model and state\n"


def read_state(path: Path, method: str) -> tuple[State, str]:
    """The state in a file, and the file's sha256.

    Raises:
        ValueError: if the file can't be read, or holds something else than this method's arrays of finite numbers.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        message = f"its state {path} cannot be read: {error.strerror or error}"
        raise ValueError(message) from error
    if len(content) > MAX_FILE_BYTES:
        message = f"its state {path} is larger than {MAX_FILE_BYTES >> 20} MiB"
        raise ValueError(message)
    try:
        return _state(content, method), hashlib.sha256(content).hexdigest()
    except ValueError as error:
        message = f"its state {path}: {error}. Copy the bundle again, or teach it again"
        raise ValueError(message) from error


def packed(state: State) -> bytes:
    """The state as the bytes of an .npz: the same for the same numbers, whenever and wherever it is made."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for entry in fields(state):
            data = io.BytesIO()
            np.lib.format.write_array(data, np.ascontiguousarray(getattr(state, entry.name)), allow_pickle=False)
            # numpy's own savez writes the time of day.
            archive.writestr(zipfile.ZipInfo(f"{entry.name}.npy", _EPOCH), data.getvalue())
    return target.getvalue()


def sha256_with(model_sha256: str, state_sha256: str) -> str:
    """One sha256 for a model file and what it was taught: another of either is another model."""
    return hashlib.sha256(_HELD_SHA256 + f"{model_sha256}\n{state_sha256}\n".encode()).hexdigest()


def _state(content: bytes, method: str) -> State:
    kind = METHODS[method]
    names = [entry.name for entry in fields(kind)]
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            if sorted(archive.files) != sorted(names):
                message = (
                    f"a state of `{method}` holds {', '.join(names)}, this one {', '.join(archive.files) or 'nothing'}"
                )
                raise ValueError(message)
            arrays: dict[str, NDArray[Any]] = {name: archive[name] for name in names}
    except (OSError, zipfile.BadZipFile, EOFError, KeyError, AttributeError) as error:
        message = f"it is no .npz file, or a damaged one ({error})"
        raise ValueError(message) from error
    for name, array in arrays.items():
        wanted = np.int32 if name in _WHOLE_NUMBERS else np.float32
        if array.dtype != wanted:
            message = f"`{name}` holds {array.dtype} and must hold {np.dtype(wanted)}"
            raise ValueError(message)
        if not np.isfinite(array).all():
            message = f"`{name}` holds something that is no number"
            raise ValueError(message)
    return kind(**arrays)
