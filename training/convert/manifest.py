"""The `model.toml` of the new bundle: the one that was given, or one made of the options."""

import json
import shutil
from pathlib import Path
from typing import Any

from inference_agent.bundle import MANIFEST, Bundle
from okko import toml_file, toml_tables
from okko.errors import ConfigError
from training.convert.options import Options

_DESCRIBING = ("name", "version", "labels", "resize", "color", "mean", "std", "activation")


def write_manifest(options: Options, folder: Path) -> None:
    """Put `model.toml`, and the file of labels that it names, into the folder.

    Raises:
        ConfigError: if the settings cannot be those of a bundle.
    """
    target = folder / MANIFEST
    if options.settings is None:
        text = manifest(options)
        toml_file.validate(options.out / MANIFEST, toml_tables.read(_written(target, text)), Bundle)
        return
    given = [f"--{name}" for name in _DESCRIBING if getattr(options, name) is not None]
    if given:
        raise ConfigError.one(
            options.settings,
            "--settings",
            f"says all of the bundle, and so does {', '.join(given)}",
            "Give one of them",
        )
    bundle = toml_file.validate(options.settings, toml_tables.read(options.settings), Bundle)
    shutil.copyfile(options.settings, target)
    if bundle.labels_file is not None:
        _copy_labels(options.settings, bundle.labels_file, folder)


def manifest(options: Options) -> str:
    """The text of a classifier's `model.toml`."""
    tables: dict[str, Any] = {
        "name": options.name or options.out.resolve().name,
        "version": options.version or "1",
        "file": "model.tflite",
        "labels": options.labels or (),
    }
    taken: dict[str, Any] = {
        "resize": options.resize or "stretch",
        "color": options.color or "rgb",
        "mean": 0.0 if options.mean is None else options.mean,
        "std": 1.0 if options.std is None else options.std,
    }
    given: dict[str, Any] = {"kind": "classification", "activation": options.activation or "none"}
    return f"{_lines(tables)}\n[input]\n{_lines(taken)}\n[decoder]\n{_lines(given)}"


def _lines(table: dict[str, Any]) -> str:
    # JSON's text, numbers and lists are TOML's as well.
    return "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in table.items())


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def _copy_labels(settings: Path, name: str, folder: Path) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copyfile(settings.parent / name, folder / name)
    except OSError as error:
        raise ConfigError.one(settings, "labels_file", f"{name} cannot be read: {error.strerror or error}") from error
