"""What the live page shows at one moment, as values: pure."""

from collections.abc import Iterable, Mapping

from msgspec import Raw, Struct

from dashboard.live.why import Reason, reasons_of, remedy_of
from okko import contracts as c
from okko.watch.seen import Now, Seen, Shot
from okko.watch.tally import Tally

STRIP = 48
"""How many of the last items stand in the strip."""

PARETO = 6
EVENTS = 6


class Shown(Struct, frozen=True, kw_only=True):
    """One moment of the line. `cameras` are those with something new since the number that was asked about."""

    number: int
    connected: bool
    ready: bool
    why: list[Reason]
    remedy: str
    last: c.Verdict | None
    strip: list["Bead"]
    rate_per_min: float | None
    target_per_min: float | None
    shift: "Shift"
    pareto: list["Bar"]
    stages: Mapping[str, c.Percentiles]
    whole: c.Percentiles | None
    deadline_ms: int
    cameras: Mapping[str, Raw]
    events: list[c.Event]
    agents: list["AgentShown"]


class Bead(Struct, frozen=True, array_like=True):
    """An item in the strip: id, verdict, whether borderline, whether golden, part."""

    item_id: str
    verdict: c.VerdictWord
    borderline: bool
    golden: bool
    part_id: str


class Shift(Struct, frozen=True, kw_only=True):
    """What came of the parts since the shift began, golden ones left out."""

    since_ms: int
    total: int
    ok: int
    ko: int
    late: int
    golden: int


class Bar(Struct, frozen=True, array_like=True):
    """A finding, without its numbers, and how often it was."""

    text: str
    count: int


class AgentShown(Struct, frozen=True, kw_only=True):
    """An agent's health, in short."""

    name: str
    state: str
    why: str
    rate: float | None
    rss_bytes: int | None


class CameraShown(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The last frame of a camera, and what was found in it."""

    frame_id: str
    item_id: str
    part_id: str
    verdict: c.VerdictWord
    finding: str
    width_px: int
    height_px: int
    roi: tuple[float, float, float, float] | None
    predictions: tuple[c.Prediction, ...]


def camera_of(shot: Shot) -> CameraShown:
    """What the page draws of a shot."""
    frame = shot.frame
    return CameraShown(
        frame_id=frame.frame_id,
        item_id=frame.item_id,
        part_id=shot.part_id,
        verdict=shot.word,
        finding=shot.finding,
        width_px=frame.width_px,
        height_px=frame.height_px,
        roi=frame.roi,
        predictions=shot.predictions,
    )


def beads(verdicts: Iterable[c.Verdict]) -> list[Bead]:
    """The last items, the oldest first; one that was told again stands there once."""
    found: dict[str, Bead] = {}
    for verdict in verdicts:
        if not verdict.duplicate or verdict.item_id not in found:
            found[verdict.item_id] = Bead(
                verdict.item_id, verdict.verdict, verdict.borderline, verdict.golden, verdict.part_id
            )
    return list(found.values())[-STRIP:]


def pareto(tally: Tally) -> list[Bar]:
    """What made items KO, the most frequent first."""
    return [Bar(text, count) for text, count in tally.findings.most_common(PARETO)]


def agents(seen: Seen, now: Now) -> list[AgentShown]:
    """Each agent that is known; `silent` is one that says nothing though it should."""
    found = []
    for name, state in sorted(seen.states.items()):
        silent = state.state != "offline" and seen.is_silent(name, now)
        stats = seen.stats.get(name)
        found.append(
            AgentShown(
                name=name,
                state="silent" if silent else state.state,
                why=state.why,
                rate=seen.rates.get(name),
                rss_bytes=stats.rss_bytes if stats is not None else None,
            )
        )
    return found


def readiness(seen: Seen, now: Now, *, connected: bool) -> tuple[list[Reason], str]:
    """Why the station is not ready, and the name of what to do about it (`live.remedy_...`); both empty where it is."""
    if not connected:
        return [], "broker"
    if seen.is_ready(now):
        return [], ""
    decision = seen.states.get("decision")
    if decision is None or decision.state == "offline":
        return [], "stopped" if _others_run(seen, now) else "decision"
    if seen.ready and not seen.has_ready(now):
        return [], "silent"
    reasons = reasons_of(decision.why)
    return reasons, remedy_of(reasons)


def _others_run(seen: Seen, now: Now) -> bool:
    """Whether agents of the line are at work: the page's own is no sign of that."""
    return any(
        state.state != "offline" and not seen.is_silent(name, now)
        for name, state in seen.states.items()
        if name not in {"decision", "dashboard"}
    )
