"""What is wrong with how the cameras are spread over inference agents: one left out, one served twice, one unknown."""

from collections.abc import Iterator

from okko.errors import Problem
from okko.station_file import StationFile


def problems_of_inference(settings: StationFile) -> Iterator[Problem]:
    """All that is wrong; nothing where one agent serves all cameras."""
    if not settings.inference:
        return
    cameras = [camera.name for camera in settings.camera]
    seen = {camera for model in settings.model if not model.shadow for camera in model.cameras}
    names: set[str] = set()
    servers: dict[str, int] = {}
    for index, table in enumerate(settings.inference):
        where = f"inference[{index}]"
        if table.name in names:
            yield Problem(f"{where}.name", f"{table.name!r} is the name of two inference agents", "Give each its own")
        names.add(table.name)
        for camera in table.cameras:
            if camera not in cameras:
                known = ", ".join(cameras)
                yield Problem(f"{where}.cameras", f"there is no camera {camera!r}", f"Cameras here: {known}")
            elif camera in servers:
                what = f"camera {camera!r} is served by inference[{servers[camera]}] already"
                yield Problem(f"{where}.cameras", what, "Name each camera once")
            elif camera not in seen:
                remedy = "Add a [[model]] with this camera, or take it out here"
                yield Problem(f"{where}.cameras", f"no model sees camera {camera!r}", remedy)
            servers.setdefault(camera, index)
    for camera in cameras:
        if camera in seen and camera not in servers:
            what = f"no inference agent serves camera {camera!r}, which a model is to see"
            yield Problem("inference", what, "Name it under `cameras` of one of them")
