"""A bundle that looks at picture files, by the very code of the pipeline."""

from dataclasses import dataclass
from pathlib import Path

from inference_agent.answers import prediction, refusal
from inference_agent.bundle import MANIFEST, load_bundle
from inference_agent.images import Picture, open_picture
from inference_agent.jobs import Job
from inference_agent.model import Model
from okko import clock
from okko.contracts import Fault, Frame, Prediction
from okko.errors import ConfigError, ImageError, ModelError
from workshop.models import pictures


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of one file; `picture` is None where there is none in it."""

    path: Path
    prediction: Prediction
    picture: Picture | None


class Looker:
    """A bundle, loaded and warmed up.

    Raises:
        ConfigError: if its model.toml is not right.
        ModelError: if its model can't be used.
    """

    def __init__(self, folder: Path) -> None:
        folder = folder.parent if folder.name == MANIFEST else folder
        if not (folder / MANIFEST).is_file():
            remedy = "`okko model inspect FILE --write FOLDER` begins one"
            raise ConfigError.one(folder, "", f"is no bundle: there is no {MANIFEST} in it", remedy)
        self.bundle = load_bundle(folder)
        self.model = Model(folder, self.bundle)

    def look(self, path: Path) -> Looked:
        """What the model says of a picture, or the error in its place: a bad picture ends nothing."""
        frame = pictures.no_frame(path.name)
        try:
            frame = pictures.frame(pictures.read(path), path.name)
            job = _job(frame)
            picture = open_picture(frame)
            seen = self.model.look(picture)
        except ImageError as error:
            return self._refused(path, frame, Fault(kind="image", text=error.why[:4096]))
        except ModelError as error:
            return self._refused(path, frame, Fault(kind="model", text=error.why[:4096]))
        return Looked(path, prediction(job, self.model.ref, seen, None, {}), picture)

    def _refused(self, path: Path, frame: Frame, fault: Fault) -> Looked:
        return Looked(path, refusal(_job(frame), self.model.ref, self.model.task, fault), None)


def _job(frame: Frame) -> Job:
    return Job(frame, clock.mono_ns(), 0, ())
