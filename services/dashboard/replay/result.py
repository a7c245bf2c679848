"""What came of a replay, on the page of its job: sums, labels, and the flips with their pictures side by side."""

from typing import Any

from nicegui import ui

from dashboard.desk import beside
from dashboard.jobs.job import Job
from dashboard.jobs.page import RESULTS
from dashboard.jobs.shelf import STDOUT
from dashboard.jobs.words import when
from dashboard.replay.flips import Flip, Flips, Pictured, Said, agreement, name_of, read_flips
from dashboard.shell.frame import link
from dashboard.shell.html import words
from dashboard.shell.verdict import verdict
from dashboard.visit import Visit

PAGE = 20


async def replayed(visit: Visit, job: Job) -> None:
    """Sums and flips, if it came so far."""
    t = visit.t
    result = job.result
    if result is None or not isinstance(summary := result.get("summary"), dict):
        return
    with ui.element("section").classes("okko-card"):
        words("h2", t("replay.summary"))
        _sums(visit, summary)
        _against_labels(visit, summary)
        for note in summary.get("notes", ()):
            words("p", str(note), "okko-quiet")
        with ui.element("div").classes("okko-row"):
            link(f"/api/jobs/{job.id}/report", t("replay.report")).props("target=_blank")
            link(f"/api/jobs/{job.id}/report?download=true", t("replay.export"))
    with ui.element("section").classes("okko-card"):
        words("h2", t("replay.flips"))
        await _flips(visit, job, int(summary.get("flips", 0)))


def _sums(visit: Visit, summary: dict[str, Any]) -> None:
    t = visit.t
    same = agreement(summary)
    rows = [
        ("replayed", str(summary.get("replayed", 0))),
        ("agreement", "-" if same is None else f"{t.number(100 * same, 1)} %"),
        ("same", str(summary.get("same", 0))),
        ("to_ko", str(summary.get("ok_to_ko", 0))),
        ("to_ok", str(summary.get("ko_to_ok", 0))),
        ("left_out", str(sum(summary.get("left_out", {}).values()))),
    ]
    with ui.element("dl").classes("okko-numbers"):
        for key, value in rows:
            with ui.element("div"):
                words("dt", t(f"replay.{key}"))
                words("dd", value)
    if left_out := summary.get("left_out"):
        told = ", ".join(f"{why} {count}" for why, count in left_out.items())
        words("p", f"{t('replay.left_out')}: {told}", "okko-quiet")


def _against_labels(visit: Visit, summary: dict[str, Any]) -> None:
    t = visit.t
    before, after, labelled = summary["before"], summary["after"], summary["labelled"]
    if not labelled["good"] and not labelled["bad"]:
        return
    words("h3", t("replay.against"))
    with ui.element("div").classes("okko-scroll").props("tabindex=0"), ui.element("table").classes("okko-table narrow"):
        with ui.element("thead"), ui.element("tr"):
            words("th", t("replay.labelled_as")).props("scope=col")
            for key in ("was_ok", "was_ko", "now_ok", "now_ko"):
                words("th", t(f"replay.{key}"), "number").props("scope=col")
        with ui.element("tbody"):
            for truth in ("good", "bad"):
                with ui.element("tr"):
                    words("th", t(f"replay.{truth}_parts")).props("scope=row")
                    for side in (before, after):
                        for word in ("ok", "ko"):
                            words("td", str(side[f"{truth}_{word}"]), "number")
    escapes = {"before": before["bad_ok"], "after": after["bad_ok"], "of": labelled["bad"]}
    rejects = {"before": before["good_ko"], "after": after["good_ko"], "of": labelled["good"]}
    words("p", t("replay.escapes", **escapes))
    words("p", t("replay.false_rejects", **rejects))


async def _flips(visit: Visit, job: Job, count: int) -> None:
    t = visit.t
    if not count:
        words("p", t("replay.no_flips"), "okko-quiet")
        return
    place = {"first": 0}
    box = ui.element("div")

    async def draw() -> None:
        path = visit.desk.jobs.shelf.of(job.id) / STDOUT
        try:
            found = await beside(lambda: read_flips(path, place["first"], PAGE))
        except OSError:
            found = Flips((), 0)
        box.clear()
        with box:
            first = place["first"]
            words("p", t("replay.flips_shown", first=first + 1, last=first + len(found.shown), count=found.count))
            if found.count < count:
                words("p", t("replay.flips_listed", listed=found.count, count=count), "okko-quiet")
            for flip in found.shown:
                _flip(visit, job, flip)
            with ui.element("div").classes("okko-row"):
                earlier = ui.button(t("replay.earlier"), on_click=lambda: go(-PAGE), icon="chevron_left")
                earlier.props("no-caps outline").set_enabled(first > 0)
                later = ui.button(t("replay.later"), on_click=lambda: go(PAGE), icon="chevron_right")
                later.props("no-caps outline").set_enabled(first + PAGE < found.count)

    async def go(by: int) -> None:
        place["first"] += by
        await draw()

    await draw()


def _flip(visit: Visit, job: Job, flip: Flip) -> None:
    t = visit.t
    part = flip.part_id or t("replay.no_part")
    with ui.element("article").classes("okko-flip"):
        with ui.element("div").classes("okko-row"):
            with ui.element("h3"):
                link(f"/items/{flip.item_id}", part)
            words("span", when(flip.decided_at), "okko-quiet")
            if flip.label:
                words("span", t("replay.labelled_so", label=flip.label), "okko-quiet")
        with ui.element("div").classes("okko-sides"):
            for side, said in (("recorded", flip.before), ("now", flip.after)):
                with ui.element("div").classes("okko-side"):
                    _said(t(f"replay.{side}"), said)
        for pictured in flip.pictures:
            with ui.element("div").classes("okko-sides"):
                for side in ("recorded", "now"):
                    with ui.element("div").classes("okko-side"):
                        _picture(visit, job, pictured, part, side)


def _said(side: str, said: Said) -> None:
    with ui.element("p").classes("okko-row"):
        words("span", side, "okko-quiet")
        verdict(said.verdict)
        if said.reason != "rules":
            words("span", said.reason)
    if said.finding:
        words("p", said.finding)


def _picture(visit: Visit, job: Job, pictured: Pictured, part: str, side: str) -> None:
    t = visit.t
    path = pictured.before if side == "recorded" else pictured.after
    if path is None:
        words("p", t("replay.no_picture", why=pictured.why or ""), "okko-quiet")
        return
    picture = ui.element("img").props("loading=lazy")
    picture.props["src"] = f"/api/jobs/{job.id}/picture/{name_of(path)}"
    picture.props["alt"] = t("replay.picture_of", part=part, camera=pictured.camera, side=t(f"replay.{side}"))


RESULTS["replay"] = replayed
