"""How a job is told of on a page: its name, how far it is, when it was, in the page's language. Pure."""

import re
from datetime import datetime, tzinfo

from dashboard.jobs.job import Job
from dashboard.jobs.reading import Progress
from dashboard.texts import Texts
from okko.clock import parse_utc

_STEPS = (
    (re.compile(r"looking at recorded pictures"), "looking"),
    (re.compile(r"comparing the methods"), "comparing"),
    (re.compile(r"learning.*"), "learning"),
    (re.compile(r"train.*"), "training"),
    (re.compile(r"writing the bundle"), "writing"),
    (re.compile(r"items"), "items"),
)
_MINUTE, _HOUR = 60, 3600
_FIELD = re.compile(r"(?P<what>.*) - at `\$\.(?P<key>[a-z_]+).*`")
"""How msgspec says what is wrong, and where."""


def title(t: Texts, job: Job) -> str:
    """What the job is, in a few words."""
    camera = str(job.about.get("camera") or "")
    if job.kind == "model":
        return t(f"jobs.model_{job.about.get('verb', 'set')}", camera=camera, file=str(job.about.get("name") or ""))
    return t(f"jobs.kind_{job.kind}", camera=camera)


def step(t: Texts, progress: Progress) -> str:
    """What is being done; in the command's own words where the page has none for it."""
    if not progress.step:
        return t("jobs.begins")
    known = next((name for pattern, name in _STEPS if pattern.fullmatch(progress.step)), None)
    said = progress.step if known is None else t(f"jobs.step_{known}")
    return f"{said}: {progress.done} / {progress.total}" if progress.total else said


def left(t: Texts, eta_s: float | None) -> str:
    """How long it will still take, rounded as people do."""
    if eta_s is None:
        return ""
    if eta_s < _MINUTE:
        return t("jobs.left_s", count=max(1, round(eta_s)))
    if eta_s < 2 * _HOUR:
        return t("jobs.left_min", count=round(eta_s / _MINUTE))
    return t("jobs.left_h", count=round(eta_s / _HOUR))


def when(instant: str | None, zone: tzinfo | None = None) -> str:
    """An instant (ISO 8601) in the box's own time, to the minute; `zone`: in another's."""
    return "" if instant is None else f"{parse_utc(instant).astimezone(zone):%Y-%m-%d %H:%M}"


def local_ms(text: str) -> int | None:
    """What a field for date and time holds, in the box's own time, as Unix milliseconds; None where it is empty.

    Raises:
        ValueError: if it is no instant.
    """
    return None if not text.strip() else int(datetime.fromisoformat(text.strip()).astimezone().timestamp() * 1000)


def problem(t: Texts, page: str, error: Exception) -> str:
    """What is wrong in a form, with the name of the field where one is to blame."""
    said = str(error)
    if (found := _FIELD.fullmatch(said)) is None or not t.has(label := f"{page}.{found['key']}"):
        return said
    return f"{t(label)}: {found['what']}"
