"""`make soak`: the long forms. `python -m soak --help`."""

import random
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from soak import flow, report
from soak.faults import BROKER, chaos, stops
from soak.run import Outcome, line, torment
from soak.station import SoakStation

STOP_LENGTHS_MS = (50, 70, 100, 140, 200, 280, 400, 560, 800, 1100, 1600, 2200, 3200, 4500, 6400, 10_000)
STOPPED = ("camera-left", "decision", BROKER)
WRONG_SHOWN = 20


@click.group()
@click.option("--folder", type=click.Path(path_type=Path), help="Where the station's data go; default: a new one.")
@click.pass_context
def main(context: click.Context, folder: Path | None) -> None:
    """Hurt a station of two cameras for long, or run it for long, and report what came of it (also as soak-*.json)."""
    context.obj = folder or Path(tempfile.mkdtemp(prefix="okko-soak-"))
    click.echo(f"the station is in {context.obj}", err=True)


@main.command("chaos")
@click.option("--minutes", default=30.0, show_default=True)
@click.option("--rate", default=20.0, show_default=True, help="Triggers a second.")
@click.option("--seed", default=1, show_default=True)
@click.pass_obj
def chaos_(folder: Path, minutes: float, rate: float, seed: int) -> None:
    """Kill and stop agents and brokers at random, under triggers."""
    faults = chaos(random.Random(seed), SoakStation.agents)  # noqa: S311 - a plan, no secret
    _tell("chaos", _outcome(torment(folder, faults, seconds=minutes * 60, rate=rate, seed=seed, say=_Say())))


@main.command("stops")
@click.option("--rate", default=10.0, show_default=True, help="Triggers a second.")
@click.pass_obj
def stops_(folder: Path, rate: float) -> None:
    """Stop a camera, the decision agent and the broker for 50 ms to 10 s: is a part ever judged by another's frame?"""
    faults = stops(STOP_LENGTHS_MS, STOPPED)
    _tell("stops", _outcome(torment(folder, faults, seconds=3600, rate=rate, seed=1, say=_Say())))


@main.command()
@click.option("--rate", default=300.0, show_default=True, help="Triggers a second.")
@click.option("--seconds", default=60.0, show_default=True)
@click.pass_obj
def overload(folder: Path, rate: float, seconds: float) -> None:
    """More triggers than the station can take, then ten a second again."""
    with line(folder, rate=5, uplink=False) as (station, _world, plc, broker, _far):
        say = _Say()
        say("ten a second")
        told: dict[str, Any] = {"before": flow.told(flow.at_a_rate(plc, 1, 10, 5))}
        rss = [station.rss()]
        say(f"{rate:g} a second for {seconds:g} s")
        told["overload"] = flow.told(flow.at_a_rate(plc, 1_000_000, rate, seconds))
        rss.append(station.rss())
        for second in range(1, 6):
            told[f"second {second} after"] = flow.told(flow.at_a_rate(plc, 2_000_000 + 1000 * second, 10, 1))
        items = station.items_at_least(len(plc.fates), 60)
        rss.append(station.rss())
        told["items recorded"] = f"{len(items)} of {len(plc.fates)}"
        told["memory MB"] = report.memory(rss)
        del broker
    _tell("overload", {"wrong": [] if len(items) == len(plc.fates) else ["not all is recorded"], **told})


@main.command()
@click.option("--items", default=86_400, show_default=True)
@click.pass_obj
def day(folder: Path, items: int) -> None:
    """A day of ducks as fast as they go: is memory flat, and the disk?"""
    with line(folder, rate=5, uplink=True, retention=True) as (station, _world, plc, broker, _far):
        began_s = time.monotonic()
        samples = flow.as_fast_as_they_go(plc, station, broker, items, _Say())
        seconds = time.monotonic() - began_s
        recorded = station.count_at_least(len(plc.fates), 120)
        told: dict[str, Any] = {
            "parts a second": round(items / seconds, 1),
            "parts": flow.told(plc.fates.values()),
            "items recorded": f"{recorded} of {len(plc.fates)}",
            "memory MB": report.memory([sample.rss for sample in samples]),
            "disk MB": {
                f"after {sample.parts}": {
                    "all": round(sample.sizes.all / report.MIB, 1),
                    "store": round(sample.sizes.store / report.MIB, 1),
                    "journal": round(sample.sizes.journal / report.MIB, 1),
                    "outbox": round(sample.sizes.outbox / report.MIB, 1),
                }
                for sample in samples[:: max(1, len(samples) // 8)]
            },
        }
    lost = [] if recorded == len(plc.fates) else ["not all is recorded"]
    _tell("day", {"wrong": lost, **told})


class _Say:
    """Progress, with the time since the start, to stderr."""

    def __init__(self) -> None:
        self._began_s = time.monotonic()

    def __call__(self, text: str) -> None:
        click.echo(f"{time.monotonic() - self._began_s:8.1f} s  {text}", err=True)


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "wrong": list(outcome.findings.wrong),
        "seconds": round(outcome.seconds, 1),
        "faults survived": sum(outcome.faults.values()),
        "faults": dict(sorted(outcome.faults.items())),
        "figures": dict(outcome.findings.figures),
        "memory MB": report.memory([rss for _, rss in outcome.rss]),
        "exit code of okko up": outcome.exit_code,
    }


def _tell(name: str, told: Mapping[str, Any]) -> None:
    file = report.write(name, told)
    wrong = told["wrong"]
    shown = {**told, "wrong": "nothing" if not wrong else f"{len(wrong)}: {'; '.join(wrong[:WRONG_SHOWN])}"}
    click.echo("\n".join(report.lines(shown)))
    click.echo(f"written to {file}", err=True)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
