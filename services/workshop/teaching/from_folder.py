"""Examples from a folder of pictures."""

from collections.abc import Iterator
from pathlib import Path

from okko.errors import ConfigError, ImageError, Problem
from workshop.teaching.example import Example, Known, example_of

_ENDINGS = frozenset((".jpg", ".jpeg", ".png", ".bmp", ".dib", ".pbm", ".pgm", ".ppm", ".tif", ".tiff", ".webp"))
_SHOWN = 10


def pictures_in(folder: Path, option: str) -> tuple[Path, ...]:
    """The picture files in the folder and the folders in it, in the order of their paths.

    Raises:
        ConfigError: if there are none, or the folder cannot be read; `option` is what named it.
    """
    if not folder.is_dir():
        raise ConfigError.one(folder, option, "there is no such folder", "Name a folder of pictures")
    try:
        paths = tuple(sorted(path for path in folder.rglob("*") if path.suffix.lower() in _ENDINGS and path.is_file()))
    except OSError as error:
        raise ConfigError.one(folder, option, f"cannot be listed: {error.strerror or error}") from error
    if not paths:
        endings = " ".join(sorted(_ENDINGS))
        raise ConfigError.one(folder, option, "has no picture in it", f"Put files there that end in: {endings}")
    return paths


def from_folder(folder: Path, paths: tuple[Path, ...], known: Known, option: str) -> Iterator[Example]:
    """The pictures, one after the other; those that cannot be read are told together, at the end.

    Raises:
        ConfigError: if some cannot be read.
    """
    problems: list[Problem] = []
    for path in paths:
        name = path.relative_to(folder).as_posix()
        try:
            example = example_of(path.read_bytes(), name, known)
            example.open().at(8)
        except (ImageError, OSError) as error:
            said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            problems.append(Problem(name, f"cannot be read: {said}"))
        else:
            yield example
    if problems:
        more = len(problems) - _SHOWN
        told = problems[:_SHOWN] + ([Problem("", f"and {more} more")] if more > 0 else [])
        remedy = f"{len(problems)} of {len(paths)} pictures given by {option}"
        told.append(Problem("", remedy, "Take them out of the folder, or mend them"))
        raise ConfigError(folder, tuple(told))
