"""A model bundle: the folder with `model.toml`, all that is particular to one model.

Every agent reads the bundles of its station, so nothing here imports numpy, OpenCV or LiteRT.
"""

from pathlib import Path, PurePosixPath
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from inference_agent import labels as label_files
from inference_agent.decoders import Anomaly, Classification, Decoder
from inference_agent.delegate import Delegate
from inference_agent.locate import Locate
from okko import toml_file, toml_tables
from okko.errors import ConfigError, Problem
from okko.settings import Name, Settings

MANIFEST = "model.toml"

Label = Annotated[str, Field(min_length=1, max_length=200)]
Side = Annotated[int, Field(ge=1, le=8192)]
Level = Annotated[float, Field(ge=0.0, le=255.0)]
Channels = float | tuple[float, float, float]


class Input(Settings):
    """`[input]`: how a picture becomes what the model takes. Channels are in the order of `color`."""

    resize: Annotated[
        Literal["stretch", "letterbox", "crop"],
        Field(description="fill the input, fit into it with margins, or fill it with the middle of the picture"),
    ] = "stretch"
    color: Annotated[Literal["rgb", "bgr", "gray"], Field(description="the order of channels; gray is one")] = "rgb"
    mean: Annotated[
        Channels, Field(description="value = (pixel 0..255 - mean) / std; one number, or one a channel")
    ] = 0.0
    std: Annotated[Channels, Field(description="see `mean`; above 0")] = 1.0
    scaled_decode: Annotated[
        bool, Field(description="decode at the smallest of 1/1, 1/2, 1/4, 1/8 of the size that covers the input")
    ] = True
    pad: Annotated[Level, Field(description="what fills the margins of a letterbox, as a pixel value")] = 114.0
    locate: Annotated[
        Locate | None, Field(description="finds the part and shows it alike each time, instead of the whole picture")
    ] = None
    size_px: Annotated[
        tuple[Side, Side] | None, Field(description="width and height, for models whose input has no fixed size")
    ] = None

    @field_validator("std")
    @classmethod
    def _not_zero(cls, std: Channels) -> Channels:
        if any(value <= 0 for value in (std if isinstance(std, tuple) else (std,))):
            message = "must be above 0, pixels are divided by it"
            raise ValueError(message)
        return std

    @model_validator(mode="after")
    def _one_channel_when_gray(self) -> Self:
        if self.color == "gray" and (isinstance(self.mean, tuple) or isinstance(self.std, tuple)):
            message = 'color = "gray" has one channel: give mean and std as one number each'
            raise ValueError(message)
        return self


class Bundle(Settings):
    """What stands in `model.toml`. `labels` are filled from `labels_file` or from the model file where it has none."""

    name: Annotated[Name, Field(description="stands in topics and predictions")]
    version: Annotated[str, Field(min_length=1, max_length=64, description="stands in predictions")]
    file: Annotated[str, Field(description="the .tflite, relative to the bundle's folder")]
    labels: Annotated[
        tuple[Label, ...], Field(description="one for each class, in the model's order; default: the model file's own")
    ] = ()
    labels_file: Annotated[str | None, Field(description="a text file with one label a line, instead of `labels`")] = (
        None
    )
    threads: Annotated[int, Field(ge=1, le=64, description="how many threads LiteRT uses for this model")] = 1
    input: Input = Input()
    delegate: Delegate = Delegate()
    decoder: Decoder

    @property
    def files(self) -> tuple[str, ...]:
        """What the model is loaded from: its file, and of one that was taught, its state."""
        match self.decoder:
            case Anomaly(state=str(taught)) | Classification(head=str(taught)):
                return self.file, taught
        return (self.file,)

    @property
    def taught_key(self) -> str:
        """The key of what was taught, where something was."""
        return "decoder.state" if isinstance(self.decoder, Anomaly) else "decoder.head"

    @field_validator("file", "labels_file")
    @classmethod
    def _inside(cls, path: str | None) -> str | None:
        if path is not None and (not path or PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts):
            message = "must name a file inside the bundle's folder"
            raise ValueError(message)
        return path

    @model_validator(mode="after")
    def _boxes_are_not_turned(self) -> Self:
        if self.input.locate is not None and self.decoder.kind not in ("anomaly", "classification", "features"):
            message = f"input.locate turns pictures, which {self.decoder.kind!r} can't turn back; take it away"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _one_source_of_labels(self) -> Self:
        if self.labels and self.labels_file:
            message = "give labels or labels_file, not both"
            raise ValueError(message)
        if len(set(self.labels)) != len(self.labels) and self.decoder.kind == "classification":
            message = "labels of a classification must differ, each names one score"
            raise ValueError(message)
        return self


def load_bundle(folder: Path) -> Bundle:
    """The bundle in `folder`.

    A model file that is missing or broken is no error here: it may come back while the station runs, and until then
    the inference agent is faulted. `missing_files` tells.

    Raises:
        ConfigError: with all that is wrong in `model.toml`.
    """
    manifest = folder / MANIFEST
    bundle = toml_file.validate(manifest, toml_tables.read(manifest), Bundle)
    _stay_inside(folder, bundle, manifest)
    if bundle.labels_file is not None:
        try:
            labels = label_files.from_text(folder / bundle.labels_file)
        except ValueError as error:
            raise ConfigError.one(manifest, "labels_file", f"{bundle.labels_file} {error}") from error
        return bundle.model_copy(update={"labels": labels})
    return (
        bundle if bundle.labels else bundle.model_copy(update={"labels": label_files.from_model(folder / bundle.file)})
    )


def missing_files(folder: Path, bundle: Bundle) -> tuple[Problem, ...]:
    """What `okko check` says of a bundle whose manifest is right and whose model is not there."""
    keys = ("file", bundle.taught_key)
    return tuple(
        Problem(key, f"{file!r} is not in {folder}", "Copy the file there, or correct the name")
        for key, file in zip(keys, bundle.files, strict=False)
        if not (folder / file).is_file()
    )


def _stay_inside(folder: Path, bundle: Bundle, manifest: Path) -> None:
    root = folder.resolve()
    for key, path in (
        *zip(("file", bundle.taught_key), bundle.files, strict=False),
        ("labels_file", bundle.labels_file),
    ):
        if path is not None and not (folder / path).resolve().is_relative_to(root):
            raise ConfigError.one(manifest, key, f"{path!r} leads out of the bundle's folder", "Copy the file into it")
