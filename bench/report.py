"""What was found, for people on stdout and for programs as JSON."""

import os
import platform
import subprocess
from collections.abc import Iterator
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec

from bench import page
from bench.figures import STAGES
from bench.measure import Latency, Processes, Results
from okko import clock
from okko.broker import find_mosquitto

_MIB = 1024 * 1024
_STAGE_TEXTS = {
    "exposure": "trigger to exposure: PLC's wire, journal, capture, wire, wait",
    "expose": "grab: the picture out of the source",
    "encode": "encode",
    "hash": "hash (sha256 of the picture)",
    "wire": "frame: pack, publish, broker, read",
    "wait": "wait for the model",
    "decode": "decode",
    "preprocess": "preprocess",
    "invoke": "invoke",
    "postprocess": "postprocess",
    "back": "prediction: thread, publish, broker, read",
    "decide": "decide",
    "plc": "PLC's ends: publish to the trigger's reading, verdict to PLC",
}


def machine() -> dict[str, Any]:
    """What it was measured on."""
    return {
        "at": clock.utc_now(),
        "cores": os.cpu_count(),
        "cpu": _cpu_model(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "litert": version("ai-edge-litert"),
        "opencv": version("opencv-python-headless"),
        "paho": version("paho-mqtt"),
        "mosquitto": _mosquitto_version(),
        "load_average": os.getloadavg(),
    }


def table(results: Results) -> str:
    """Everything in one text."""
    parts: list[Iterator[str]] = []
    if results.latency:
        parts.append(_latency_lines(results.latency))
        parts += [_budget_lines(one) for one in results.latency if one.budget]
    if results.sustained:
        parts.append(_sustained_lines(results))
    parts += [_process_lines(one, results.latency) for one in results.processes]
    if results.bursts or results.searches:
        parts.append(_record_lines(results))
    parts += [page.lines(one) for one in results.pages]
    return "\n".join("\n".join(lines) + "\n" for lines in parts)


def write_json(path: Path, about: dict[str, Any], results: Results) -> None:
    """The same for programs, with all that the table leaves out."""
    found = {"machine": about, **asdict(results)}
    path.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")


def _latency_lines(found: list[Latency]) -> Iterator[str]:
    yield "Trigger to verdict in ms, seen by an independent client: median (least-greatest) of the repeats"
    yield "others: how many cores other programs took meanwhile"
    head = ("", "ours p50", "bare p50", "ratio", "more", "ours p99", "bare p99", "ratio", "more", "others")
    yield "{:<16}{:>22}{:>18}{:>7}{:>8}{:>25}{:>18}{:>7}{:>8}{:>8}".format(*head)
    for one in found:
        p50, p99 = one.p50, one.p99
        yield (
            f"{one.name:<16}{p50.ours!s:>22}{p50.bare!s:>18}{p50.ratio:>7.2f}{p50.more_ms:>+8.1f}"
            f"{p99.ours!s:>25}{p99.bare!s:>18}{p99.ratio:>7.2f}{p99.more_ms:>+8.1f}{one.others_cores:>8.1f}"
        )
        if one.without_evidence or one.unrecorded:
            yield f"  of {one.items} items {one.without_evidence} without evidence, {one.unrecorded} not recorded"


def _budget_lines(one: Latency) -> Iterator[str]:
    yield f"{one.name}: where the time goes, in ms (bare: p50, p99 of the same stage in the bare loop)"
    for stage in STAGES:
        if (found := one.budget.get(stage)) is None:
            continue
        bare = one.bare_budget.get(stage)
        beside = f"{bare.p50_ms:>10.2f}{bare.p99_ms:>8.2f}" if bare is not None else ""
        yield f"  {_STAGE_TEXTS[stage]:<62}{found.p50_ms:>8.2f}{found.p99_ms:>8.2f}{beside}"


def _sustained_lines(results: Results) -> Iterator[str]:
    yield "Items/s sustained: all verdicts on evidence, in time, all recorded. Bare: a loop on each core, no pause"
    yield f"{'':<22}{'ours':>22}{'bare':>22}{'share':>8}{'others':>8}"
    for one in results.sustained:
        share = one.rate.median / one.bare_rate.median
        yield f"{one.name:<22}{one.rate!s:>22}{one.bare_rate!s:>22}{share:>8.2f}{one.others_cores:>8.1f}"


def _process_lines(one: Processes, latency: list[Latency]) -> Iterator[str]:
    yield f"{one.name}: agents; ready {one.start_s:.1f} s after the start"
    measured = [found for found in latency if found.name.startswith(f"{one.name}-")]
    heads = [f"ms/item {found.rate:g}/s" for found in measured]
    yield f"  {'':<14}{'RSS MB':>9}{'at end':>9}{'idle %':>9}" + "".join(f"{head:>16}" for head in heads)
    for agent in one.rss_at_start:
        cells = "".join(f"{found.cpu_ms_per_item[agent]:>16.2f}" for found in measured)
        rss = f"{one.rss_at_start[agent] / _MIB:>9.0f}{one.rss_at_end[agent] / _MIB:>9.0f}"
        yield f"  {agent:<14}{rss}{one.idle_cpu_percent[agent]:>9.1f}{cells}"
    total = sum(one.rss_at_start.values()) / _MIB, sum(one.rss_at_end.values()) / _MIB
    sums = "".join(f"{sum(found.cpu_ms_per_item.values()):>16.2f}" for found in measured)
    yield f"  {'together':<14}{total[0]:>9.0f}{total[1]:>9.0f}{sum(one.idle_cpu_percent.values()):>9.1f}{sums}"


def _record_lines(results: Results) -> Iterator[str]:
    yield "The recorder alone"
    for one in results.bursts:
        yield (
            f"  {one.name}: {one.received} of {one.items} items (one picture each) stored, sent at {one.rate:g}/s for "
            f"{one.seconds:g} s; the last receipt {one.last_receipt_s:g} s later; {one.cpu_ms_per_item:g} ms CPU each"
        )
    for found in results.searches:
        yield (
            f"  {found.name}: the newest 100 KO of {found.items} items in {found.process_ms:.0f} ms, of which Python's "
            f"start takes {found.bare_process_ms:.0f}; {found.bytes_per_item:g} bytes a row with its indexes"
        )


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith(("model name", "Model")):
            return line.partition(":")[2].strip()
    return platform.machine()


def _mosquitto_version() -> str:
    said = subprocess.run([find_mosquitto(), "-h"], capture_output=True, text=True, check=False).stdout
    return said.split("\n", 1)[0].removeprefix("mosquitto version ")
