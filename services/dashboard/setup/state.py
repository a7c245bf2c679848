"""What the station page shows at one moment, as values: pure."""

from collections.abc import Mapping

from msgspec import Struct

from okko import contracts as c
from okko.watch.seen import Now, Seen


class AgentSeen(Struct, frozen=True, kw_only=True):
    """An agent's health. `state` is also `silent`: it should tell its figures and does not."""

    name: str
    state: str
    why: str
    since: str
    version: str
    host: str
    rss_bytes: int | None
    rate: float | None
    stages: Mapping[str, c.Percentiles]


class Disk(Struct, frozen=True, kw_only=True):
    """Where the record lies: bytes free and in all."""

    free_bytes: int
    total_bytes: int
    kept_bytes: int | None
    kept_images: int | None


class UplinkSeen(Struct, frozen=True, kw_only=True):
    """The way up: whether it stands, how many items wait for it."""

    connected: bool
    backlog: int
    given_up: int


class StationSeen(Struct, frozen=True, kw_only=True):
    """One moment of the station."""

    connected: bool
    ready: bool
    agents: list[AgentSeen]
    disk: Disk | None
    uplink: UplinkSeen | None


def seen_now(seen: Seen, now: Now, *, connected: bool, disk: tuple[int, int] | None) -> StationSeen:
    """The moment, from what has come; `disk` is free and total bytes as this machine sees them."""
    recorder = seen.stats.get("recorder")
    gauges = recorder.gauges if recorder is not None else {}
    return StationSeen(
        connected=connected,
        ready=seen.is_ready(now),
        agents=[_agent(seen, name, now) for name in sorted(seen.states)],
        disk=None
        if disk is None
        else Disk(
            free_bytes=disk[0],
            total_bytes=disk[1],
            kept_bytes=_whole(gauges.get("kept_bytes")),
            kept_images=_whole(gauges.get("kept_images")),
        ),
        uplink=None
        if "uplink_connected" not in gauges
        else UplinkSeen(
            connected=bool(gauges["uplink_connected"]),
            backlog=int(gauges.get("uplink_backlog", 0)),
            given_up=int(gauges.get("uplink_given_up", 0)),
        ),
    )


def _agent(seen: Seen, name: str, now: Now) -> AgentSeen:
    state, stats = seen.states[name], seen.stats.get(name)
    away = state.state == "offline"
    return AgentSeen(
        name=name,
        state="silent" if not away and seen.is_silent(name, now) else state.state,
        why=state.why,
        since=state.since,
        version=state.version,
        host=state.host,
        rss_bytes=None if stats is None or away else stats.rss_bytes,
        rate=None if away else seen.rates.get(name),
        stages={} if stats is None or away else stats.stages,
    )


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)
