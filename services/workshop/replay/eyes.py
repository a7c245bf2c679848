"""The models of a station, loaded as the inference agent loads them, looking at recorded frames."""

from collections.abc import Mapping, Sequence

from inference_agent import quality
from inference_agent.answers import prediction, refusal
from inference_agent.images import open_picture
from inference_agent.jobs import Job
from inference_agent.model import Model
from okko import clock
from okko.contracts import Fault, Frame, ModelRef, Prediction
from okko.errors import ImageError, ModelError
from okko.station import Station
from workshop.replay.evidence import Seer


class Eyes:
    """All models of a station, each loaded once. They belong to the thread that made them.

    Raises:
        ModelError: if one cannot be loaded.
    """

    def __init__(self, station: Station) -> None:
        self._models: dict[Seer, Model] = {}
        for entry in station.models:
            model = Model(entry.bundle_path, entry.bundle)
            self._models |= {(camera, entry.bundle.name): model for camera in entry.cameras}
        self._measured = {c.name for c in station.cameras if station.wants_image_quality(c.name)}

    @property
    def refs(self) -> Mapping[Seer, ModelRef]:
        """Which model sees what."""
        return {seer: model.ref for seer, model in self._models.items()}

    def look(self, frame: Frame, models: Sequence[str]) -> list[Prediction]:
        """What these models say of a frame, each as the inference agent would have said it."""
        job = Job(frame, clock.mono_ns(), 0, ())
        seeing = [self._models[frame.camera, name] for name in models]
        try:
            picture = open_picture(frame)
            image = quality.measure(picture) if frame.camera in self._measured else None
        except ImageError as error:
            fault = Fault(kind="image", text=error.why[:4096])
            return [refusal(job, model.ref, model.task, fault) for model in seeing]
        predictions = []
        for model in seeing:
            try:
                predictions.append(prediction(job, model.ref, model.look(picture, frame.roi), image, {}))
            except (ImageError, ModelError) as error:
                fault = Fault(kind="image" if isinstance(error, ImageError) else "model", text=error.why[:4096])
                predictions.append(refusal(job, model.ref, model.task, fault))
        return predictions
