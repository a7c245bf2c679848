"""The station as its page shows it: from what the broker has told, whatever is missing."""

from dashboard.setup.state import seen_now
from okko import contracts as c
from okko.watch.seen import SILENT_NS, Now, Seen

AT = "2026-11-23T06:00:00.000Z"


def seen() -> Seen:
    """A station of which the recorder and a camera have been heard; the camera has gone."""
    found = Seen((), Now(0, 0))
    for name, state in (("recorder", "online"), ("camera-top", "offline")):
        found.states[name] = c.AgentState(
            agent=name,
            state=state,  # type: ignore[arg-type] # one of the three words
            instance_id="i",
            version="1",
            since=AT,
            host="box",
        )
        found.heard_ns[name] = 0
        found.stats[name] = c.Stats(
            agent=name,
            instance_id="i",
            at=AT,
            uptime_s=1.0,
            rss_bytes=1000,
            counters={},
            stages={"write": c.Percentiles(p50_ms=1.0, p99_ms=2.0, n=3)},
            gauges={"uplink_connected": 0.0, "uplink_backlog": 7.0, "kept_bytes": 5e9, "kept_images": 12.0},
        )
    return found


def test_what_is_away_has_no_figures_any_more() -> None:
    """The last ones of an agent that has ended would look like those of one that lives."""
    camera, recorder = seen_now(seen(), Now(0, 0), connected=True, disk=(1, 2)).agents
    assert (camera.name, camera.state, camera.rss_bytes, camera.stages) == ("camera-top", "offline", None, {})
    assert (recorder.state, recorder.rss_bytes) == ("online", 1000)


def test_an_agent_that_tells_nothing_is_silent() -> None:
    """Unless it has said goodbye."""
    agents = seen_now(seen(), Now(SILENT_NS + 1, 0), connected=True, disk=None).agents
    assert [agent.state for agent in agents] == ["offline", "silent"]


def test_the_gauges_are_there_where_somebody_tells_them() -> None:
    """Disk and uplink; without a record neither."""
    shown = seen_now(seen(), Now(0, 0), connected=True, disk=(10, 100))
    assert shown.disk is not None
    assert (shown.disk.free_bytes, shown.disk.kept_bytes, shown.disk.kept_images) == (10, 5_000_000_000, 12)
    assert shown.uplink is not None
    assert (shown.uplink.connected, shown.uplink.backlog, shown.uplink.given_up) == (False, 7, 0)
    nothing = seen_now(Seen((), Now(0, 0)), Now(0, 0), connected=False, disk=None)
    assert (nothing.disk, nothing.uplink, nothing.agents) == (None, None, [])
