"""What came of a teaching, on the page of its job: figures, warnings, the report, and what to do next."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from nicegui import ui

from dashboard.desk import beside
from dashboard.jobs.job import Job
from dashboard.jobs.page import RESULTS
from dashboard.jobs.shelf import STDOUT
from dashboard.shell.frame import link
from dashboard.shell.html import words
from dashboard.teach.bundles import models_of
from dashboard.teach.expected import to_be_expected
from dashboard.teach.models_view import to_work
from dashboard.visit import Visit

MOST_PRINTED_BYTES = 20 << 20
DIFFERENCES = 50
"""So many items that two models judge otherwise are listed, the newest."""


async def taught(visit: Visit, job: Job) -> None:
    """A bundle, if it was made."""
    t = visit.t
    result = job.result
    if result is None or "bundle" not in result:
        return
    key = Path(str(result["bundle"])).name
    with ui.element("section").classes("okko-card"):
        words("h2", f"{result.get('name')} {result.get('version')}")
        with ui.element("dl").classes("okko-figures"):
            for name, value in _figures(visit, result):
                words("dt", name)
                words("dd", value)
        await _next(visit, key)
    with ui.element("section").classes("okko-card"):
        words("h2", t("teach.report"))
        frame = ui.element("iframe").classes("okko-report")
        frame.props["sandbox"] = ""
        frame.props["src"] = f"/api/taught/{quote(key, safe='')}/report"
        frame.props["title"] = t("teach.report")


async def _next(visit: Visit, key: str) -> None:
    models = await beside(lambda: models_of(visit.desk.station.path))
    bundle = models.find(key)
    if bundle is None:
        words("p", visit.t("teach.bundle_gone"), "okko-concern")
        return

    async def again() -> None:
        """Nothing on this page changes with it."""

    to_work(visit, models, bundle, again)


def _figures(visit: Visit, result: dict[str, Any]) -> list[tuple[str, str]]:
    t = visit.t
    rows = [
        (t("teach.method"), str(result.get("method", ""))),
        (t("teach.from"), t("teach.from_so_many", good=result.get("good", 0), ko=result.get("ko", 0))),
        (t("teach.threshold"), f"{result.get('threshold', 0):.4g}"),
    ]
    return [*rows, *to_be_expected(t, result)]


async def changed(visit: Visit, job: Job) -> None:
    """What a command about models said: a comparison, what a file is, or what is in charge now."""
    match job.about.get("verb"):
        case "compare":
            found = await beside(lambda: _printed(visit.desk.jobs.shelf.of(job.id) / STDOUT))
            _compared(visit, found if isinstance(found, list) else [])
        case "upload":
            found = await beside(lambda: _printed(visit.desk.jobs.shelf.of(job.id) / STDOUT))
            await _looked_at(visit, job, found if isinstance(found, dict) else {})
        case _ if job.result is not None and job.result.get("name"):
            words("p", f"{job.result['name']} {job.result.get('version', '')}")


def _printed(path: Path) -> Any:
    """What a command printed as JSON; None where it is none, or too long for a page."""
    try:
        if path.stat().st_size > MOST_PRINTED_BYTES:
            return None
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _compared(visit: Visit, found: list[dict[str, Any]]) -> None:
    t = visit.t
    if not found:
        words("p", t("teach.nothing_compared"), "okko-concern")
    for one in found:
        with ui.element("section").classes("okko-card"):
            words("h2", f"{one['name']} {one['version']}")
            words("p", t("teach.agreement", agree=one["agree"], compared=one["compared"]))
            if one["not_comparable"]:
                words("p", t("teach.not_comparable", count=one["not_comparable"]), "okko-quiet")
            with ui.element("ul"):
                for item in one["differences"][-DIFFERENCES:]:
                    with ui.element("li"):
                        link(f"/items/{item['item_id']}", item["part_id"] or item["item_id"])
                        words("span", f" {item['decided']} → {item['shadow']}  {item['text'] or ''}")


async def _looked_at(visit: Visit, job: Job, found: dict[str, Any]) -> None:
    """What a file that was sent here looks like, and what can be done with the bundle that was begun of it."""
    with ui.element("section").classes("okko-card"):
        looks = found.get("looks_like") or {}
        if isinstance(looks, dict) and looks.get("kind"):
            words("p", visit.t("teach.looks_like", kind=looks["kind"], why=looks.get("why") or ""))
        if job.state == "done":
            await _next(visit, Path(job.args[-1]).name)


RESULTS["teach"] = taught
RESULTS["model"] = changed
