"""`okko doctor`: what is wrong with a station, its broker and its machine, and what to do about it."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from okko.commands.argument import station_argument
from okko.doctor.examine import examine
from okko.doctor.finding import Finding, Severity, exit_code
from okko.station import load

_STYLES = {
    Severity.GOOD: "green",
    Severity.NOTE: "cyan",
    Severity.WARNING: "yellow",
    Severity.GRAVE: "bold red",
}
_WIDTH = 110
"""Where the output is no terminal."""


@click.command(short_help="Find what is wrong, and what to do about it.")
@station_argument
@click.option("--json", "as_json", is_flag=True, help="One finding a line, as JSON.")
@click.option("--all", "show_all", is_flag=True, help="In the table, what is good too.")
def doctor(station: Path, as_json: bool, show_all: bool) -> int:
    """Examine STATION: broker, agents, clocks, disk, cameras, models, machine; each finding with its remedy.

    It takes up to ten seconds and changes nothing: the line may run. Findings are good, a note, a warning or grave;
    exit 1 if any is grave, 2 if the station file is wrong.

    \b
    Examples:
      okko doctor stations/ducks
      okko doctor stations/ducks --all
      okko doctor stations/ducks --json | grep grave
    """
    findings = asyncio.run(examine(load(station)))
    if as_json:
        for finding in findings:
            click.echo(as_line(finding))
    else:
        _print(findings, show_all=show_all)
    return exit_code(findings)


def as_line(finding: Finding) -> str:
    """A finding as a line of JSON."""
    fields = {
        "subject": finding.subject,
        "severity": finding.severity.name.lower(),
        "what": finding.what,
        "remedy": finding.remedy,
    }
    return json.dumps(fields, ensure_ascii=False)


def _print(findings: Sequence[Finding], *, show_all: bool) -> None:
    console = Console()
    if not console.is_terminal:
        console.width = _WIDTH
    shown = [finding for finding in findings if show_all or finding.severity is not Severity.GOOD]
    table = Table("subject", "", "what was found, and what to do", show_lines=True)
    for finding in sorted(shown, key=lambda one: -one.severity):
        text = Text(finding.what)
        if finding.remedy:
            text.append(f"\n-> {finding.remedy}", style="bold")
        table.add_row(finding.subject, Text(finding.severity.name.lower(), style=_STYLES[finding.severity]), text)
    if shown:
        console.print(table)
    counts = {severity: sum(finding.severity is severity for finding in findings) for severity in Severity}
    told = ", ".join(f"{count} {severity.name.lower()}" for severity, count in reversed(counts.items()))
    console.print(f"{len(findings)} findings: {told}", highlight=False)
