"""What labelled parts taught on top of a backbone: a weight for each number that it gives, label by label. Pure.

The file is numpy's .npz, read with care. The same function gives probabilities while a station is taught and while it
runs, so that a threshold means the same in both.
"""

import hashlib
import io
import zipfile
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

MAX_FILE_BYTES = 1 << 26
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MATRIX, _VECTOR = 2, 1


@dataclass(frozen=True, slots=True)
class LinearHead:
    """`weights`: (k, d), `bias`: (k,) for k labels: the probabilities are the softmax of weights @ x + bias.

    Standardising and temperature are folded into them.
    """

    weights: Array
    bias: Array

    def probabilities(self, pooled: Array) -> Array:
        """Of each label, (k,) for a pooled vector (d,), or (n, k) for n of them."""
        logits = pooled @ self.weights.T + self.bias
        grown = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return np.asarray(grown / grown.sum(axis=-1, keepdims=True), np.float32)

    def check(self, pooled: int, labels: int) -> str | None:
        """Why it does not suit a backbone that gives so many numbers and a bundle of so many labels, or None."""
        if self.weights.shape != (len(self.bias), pooled):
            return f"it weighs {self.weights.shape[-1]} numbers of a picture, this backbone gives {pooled}"
        if len(self.bias) != labels:
            return f"it tells {len(self.bias)} labels apart, the bundle names {labels}"
        return None


def read_head(path: Path) -> tuple[LinearHead, str]:
    """The head in a file, and the file's sha256.

    Raises:
        ValueError: if the file can't be read, or holds something else.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        message = f"its head {path} cannot be read: {error.strerror or error}"
        raise ValueError(message) from error
    if len(content) > MAX_FILE_BYTES:
        message = f"its head {path} is larger than {MAX_FILE_BYTES >> 20} MiB"
        raise ValueError(message)
    try:
        return _head(content), hashlib.sha256(content).hexdigest()
    except ValueError as error:
        message = f"its head {path}: {error}. Copy the bundle again, or teach it again"
        raise ValueError(message) from error


def packed(head: LinearHead) -> bytes:
    """The head as the bytes of an .npz: the same for the same numbers, whenever and wherever it is made."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for entry in fields(head):
            data = io.BytesIO()
            np.lib.format.write_array(data, np.ascontiguousarray(getattr(head, entry.name)), allow_pickle=False)
            # numpy's own savez writes the time of day.
            archive.writestr(zipfile.ZipInfo(f"{entry.name}.npy", _EPOCH), data.getvalue())
    return target.getvalue()


def _head(content: bytes) -> LinearHead:
    names = [entry.name for entry in fields(LinearHead)]
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            if sorted(archive.files) != sorted(names):
                message = f"a head holds {', '.join(names)}, this one {', '.join(archive.files) or 'nothing'}"
                raise ValueError(message)
            arrays: dict[str, NDArray[Any]] = {name: archive[name] for name in names}
    except (OSError, zipfile.BadZipFile, EOFError, KeyError, AttributeError) as error:
        message = f"it is no .npz file, or a damaged one ({error})"
        raise ValueError(message) from error
    for name, array in arrays.items():
        if array.dtype != np.float32 or not np.isfinite(array).all():
            message = f"`{name}` must hold finite float32"
            raise ValueError(message)
    head = LinearHead(**arrays)
    if head.weights.ndim != _MATRIX or head.bias.ndim != _VECTOR or len(head.weights) != len(head.bias):
        message = f"weights {list(head.weights.shape)} and bias {list(head.bias.shape)} do not fit together"
        raise ValueError(message)
    return head
