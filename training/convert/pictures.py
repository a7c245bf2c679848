"""Pictures of a folder as the model gets them: opened, decoded and prepared by the inference agent's own code.

A second way to shrink a picture would calibrate and compare with pictures that the running model never sees.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from inference_agent.bundle import Input
from inference_agent.geometry import Geometry
from inference_agent.images import Picture, open_picture
from inference_agent.preprocess import Preprocessor
from inference_agent.tensor import TensorSpec
from okko.contracts import Frame
from okko.errors import ConfigError, ImageError
from okko.image_header import read_size

_ENDINGS = frozenset({".jpg", ".jpeg", ".png"})


class Prepared(NamedTuple):
    """One picture in the input: `values` has the tensor's shape and type."""

    values: NDArray[Any]
    geometry: Geometry


def find_pictures(folder: Path) -> tuple[Path, ...]:
    """The JPEG and PNG files in the folder and the folders in it, in the order of their names.

    Raises:
        ConfigError: if there are none.
    """
    if not folder.is_dir():
        raise ConfigError.one(folder, "--images", "there is no such folder", "Name a folder of JPEG or PNG files")
    paths = tuple(sorted(path for path in folder.rglob("*") if path.suffix.lower() in _ENDINGS and path.is_file()))
    if not paths:
        raise ConfigError.one(
            folder,
            "--images",
            "has no picture whose name ends in .jpg, .jpeg or .png",
            "Put some there as the camera gives them; other formats have to be converted first",
        )
    return paths


def spread(paths: Sequence[Path], count: int) -> tuple[Path, ...]:
    """`count` of them, or all: first, last and what lies evenly between, so that each sub-folder has its share."""
    if count >= len(paths):
        return tuple(paths)
    return tuple(paths[round(place)] for place in np.linspace(0, len(paths) - 1, count))


def open_file(path: Path) -> Picture:
    """The picture in a file, as the agent opens a camera's frame.

    Raises:
        ConfigError: if it cannot be read or is none.
    """
    try:
        data = path.read_bytes()
        _, width, height = read_size(data) or ("", 0, 0)
        return open_picture(_frame(data, width, height))
    except OSError as error:
        raise ConfigError.one(path, "--images", f"cannot be read: {error.strerror or error}") from error
    except ImageError as error:
        raise _damaged(path, error) from error


def prepare(paths: Sequence[Path], settings: Input, tensor: TensorSpec) -> Iterator[Prepared]:
    """Each picture as it stands in the model's input.

    Raises:
        ConfigError: if one cannot be decoded.
    """
    preprocessor = Preprocessor(settings, tensor)
    for path in paths:
        picture = open_file(path)
        try:
            image = picture.at(preprocessor.scale_for(picture))
        except ImageError as error:
            raise _damaged(path, error) from error
        values = np.empty(tensor.shape, tensor.dtype)
        yield Prepared(values, preprocessor.fill(image, values))


def _damaged(path: Path, error: ImageError) -> ConfigError:
    return ConfigError.one(path, "--images", str(error), "Take it out of the folder, or mend it")


def _frame(data: bytes, width_px: int, height_px: int) -> Frame:
    return Frame(
        item_id="file",
        camera="file",
        frame_id="file",
        captured_at="1970-01-01T00:00:00.000Z",
        captured_mono_ns=0,
        boot_id="",
        deadline_mono_ns=0,
        published_mono_ns=0,
        width_px=width_px,
        height_px=height_px,
        encoding="jpeg",
        data=memoryview(data),
        sha256="",
    )
