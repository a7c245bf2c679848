"""`okko doctor` as a page: run as a process of its own, its findings as they come out."""

import asyncio
import json
import sys
from typing import Any

from nicegui import ui

from dashboard.access.role import Role
from dashboard.setup.around import tabs
from dashboard.shell.html import words
from dashboard.shell.page import page
from dashboard.visit import Visit

LONGEST_S = 60.0
_running = asyncio.Semaphore(1)


@page("/station/doctor", "setup.doctor", role=Role.TECHNICIAN)
def doctor(visit: Visit) -> None:
    """What is found, the gravest first."""
    tabs(visit, "/station/doctor")
    words("p", visit.t("setup.doctor_about"), "okko-quiet")
    again = ui.button(visit.t("setup.examine"))
    found = ui.element("div").classes("setup-findings").props("aria-live=polite")

    async def examine() -> None:
        again.enabled = False
        found.clear()
        with found:
            words("p", visit.t("setup.examining"))
        findings, why = await examined(str(visit.desk.station.path))
        found.clear()
        with found:
            if why:
                words("p", why, "setup-bad")
            for finding in sorted(findings, key=lambda one: GRAVEST_FIRST.get(one["severity"], 9)):
                _finding(visit, finding)
        again.enabled = True

    again.on_click(examine)
    ui.timer(0.1, examine, once=True)


GRAVEST_FIRST = {"grave": 0, "warning": 1, "note": 2, "good": 3}


async def examined(station: str) -> tuple[list[dict[str, Any]], str]:
    """What `okko doctor` finds; else why it found nothing. One at a time."""
    async with _running:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "okko", "doctor", station, "--json"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(LONGEST_S):
                said, errors = await process.communicate()
        except TimeoutError:
            return [], f"okko doctor has not ended within {LONGEST_S:g} s"
        finally:
            if process.returncode is None:
                process.kill()
    findings = [json.loads(line) for line in said.decode("utf-8", "replace").splitlines() if line.startswith("{")]
    return findings, "" if findings else errors.decode("utf-8", "replace").strip()[-2000:]


def _subject(visit: Visit, name: str) -> str:
    return visit.t(f"setup.subject_{name}") if visit.t.has(f"setup.subject_{name}") else name


def _finding(visit: Visit, finding: dict[str, Any]) -> None:
    level = finding["severity"]
    with ui.element("section").classes(f"okko-card setup-finding {level}"):
        with ui.element("div").classes("okko-row"):
            words("strong", visit.t(f"setup.level_{level}"), "setup-level")
            words("h2", _subject(visit, str(finding["subject"])))
        words("p", str(finding["what"]))
        if finding["remedy"]:
            words("p", str(finding["remedy"]), "okko-quiet")
