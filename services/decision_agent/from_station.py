"""What a station file means to the decision agent: what it judges by, what must serve, what it tells of itself."""

from decision_agent.policy import MS, Policy
from decision_agent.rules import Rule
from okko import clock
from okko import contracts as c
from okko.station import Station


def policy_of(station: Station) -> Policy:
    """What the engine decides by, from the station's configuration."""
    table = station.station
    return Policy(
        station=table.name,
        recipe=table.recipe,
        cameras=tuple(camera.name for camera in station.cameras),
        models={camera.name: station.models_of(camera.name) for camera in station.cameras},
        rules=station.rules,
        combine=station.combine,
        deadline_ns=table.deadline_ms * MS,
        capture_window_ns=table.capture_window_ms * MS,
        duplicate_window_ns=table.duplicate_window_ms * MS,
        max_items_in_flight=table.max_items_in_flight,
        boot_id=clock.boot_id(),
        config_sha256=station.config_sha256,
        golden=station.golden,
        shadows={c.name: tuple(m.bundle.name for m in station.shadows if c.name in m.cameras) for c in station.cameras},
    )


def shadow_rules_of(station: Station, camera: str) -> tuple[Rule, ...]:
    """The rules that came with what looks on at a camera, where any did."""
    change = station.changes.shadow_of(camera)
    return () if change is None else change.rules


def needed_of(station: Station) -> dict[str, tuple[str, ...]]:
    """What must be served for the station to be ready, and by which agents it may be."""
    needed: dict[str, tuple[str, ...]] = {camera.name: (f"camera-{camera.name}",) for camera in station.cameras}
    for agent, models in station.inference.items():
        for model in models:
            needed |= {f"{camera}/{model.bundle.name}": (agent,) for camera in model.cameras}
    if station.recorder is not None and station.station.ready_needs_recorder:
        needed["record"] = ("recorder",)
    return needed


def info_of(station: Station) -> c.StationInfo:
    """The configuration in force, as it is told on `station`."""
    return c.StationInfo(
        station=station.station.name,
        recipe=station.station.recipe,
        deadline_ms=station.station.deadline_ms,
        capture_window_ms=station.station.capture_window_ms,
        trigger=station.trigger.kind,
        cameras=tuple(
            c.CameraInfo(name=camera.name, source=camera.source.kind, encoding=camera.encoding.kind, roi=camera.roi)
            for camera in station.cameras
        ),
        models=tuple(
            c.ModelInfo(name=model.bundle.name, version=model.bundle.version, cameras=model.cameras)
            for model in station.models
        ),
        shadows=tuple(
            c.ModelInfo(name=model.bundle.name, version=model.bundle.version, cameras=model.cameras)
            for model in station.shadows
        ),
        rules=tuple(f"{rule.kind} on {rule.camera}" for rule in station.rules),
        combine=station.combine.kind,
        config_sha256=station.config_sha256,
    )
