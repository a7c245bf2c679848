"""Other models while it runs: which ones new items are judged by, and from when on."""

from collections.abc import Callable, Iterator

from okko import contracts as c
from okko.agent import Runtime
from okko.models_watch import ModelsWatch
from okko.station import Station, StationModel

Pair = tuple[str, str]


class Models:
    """Has the station with the models of `models.toml` taken over as soon as they are served.

    A model of another name is awaited by new items only once an inference agent answers for it: an item that waited
    for nobody would be KO. `is_served(station, "camera/model")` says so. Until then everything stays as it is.
    """

    def __init__(
        self,
        runtime: Runtime,
        station: Station,
        is_served: Callable[[Station, str], bool],
        take_over: Callable[[Station], None],
    ) -> None:
        self._runtime = runtime
        self._in_force = station
        self._is_served = is_served
        self._take_over = take_over
        self._next: Station | None = None
        self._asked: c.Command | None = None
        self._watch = ModelsWatch(runtime, station, self._on_change, self.look)
        self.run = self._watch.run

    def rebase(self, station: Station) -> None:
        """Go on from another station file, which is in force at once."""
        self._watch.rebase(station)
        self._next, self._in_force = None, station
        self._answer("another station file came before this one was taken over")
        self._take_over(station)

    def look(self) -> None:
        """See whether what is to be next may be: called when an agent has said what it serves, and now and then."""
        station = self._next
        if station is None or any(not self._is_served(station, what) for what in joining(self._in_force, station)):
            return
        self._next = None
        before, self._in_force = self._in_force, station
        if station.config_sha256 != before.config_sha256:
            self._take_over(station)
            for text in changes(before, station):
                self._runtime.event("info", "model_changed", text)
        self._answer(None)

    async def _on_change(self, station: Station, command: c.Command | None) -> None:
        self._answer("another change came before this one was taken over")
        self._next, self._asked = station, command
        self.look()

    def _answer(self, error: str | None) -> None:
        command, self._asked = self._asked, None
        if command is not None:
            self._runtime.reply(command.request_id, {"config_sha256": self._in_force.config_sha256}, error)


def joining(before: Station, after: Station) -> list[str]:
    """What `after` waits for and `before` did not: `camera/model`."""
    known = set(_models(before))
    return [f"{camera}/{name}" for camera, name in _models(after) if (camera, name) not in known]


def changes(before: Station, after: Station) -> Iterator[str]:
    """What is another one than before, camera by camera, as people read it."""
    for camera in (camera.name for camera in after.cameras):
        was, now = _told(before.models, camera), _told(after.models, camera)
        if was != now:
            yield f"camera {camera}: {now} in the place of {was}"
        was, now = _told(before.shadows, camera), _told(after.shadows, camera)
        if was != now:
            yield f"camera {camera}, in the shadow: {now} in the place of {was}"


def _models(station: Station) -> dict[Pair, StationModel]:
    return {(camera, model.bundle.name): model for model in station.models for camera in model.cameras}


def _told(models: tuple[StationModel, ...], camera: str) -> str:
    seen = [f"{m.bundle.name} {m.bundle.version} ({m.bundle_path.name})" for m in models if camera in m.cameras]
    return " and ".join(seen) or "no model"
