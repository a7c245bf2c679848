"""`python -m tools.budget_picture BENCH_JSON`: draws where the milliseconds go, as docs/images/budget.svg.

The figures are those of one run of `make bench`; the picture has no others.
"""

import json
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import click

FILE = Path(__file__).parents[1] / "docs" / "images" / "budget.svg"
SHOWN = ("duck-10", "classifier-10", "yolo-10")

GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "picture": ("grab, encode, hash", ("expose", "encode", "hash")),
    "model": ("decode, preprocess, invoke, postprocess", ("decode", "preprocess", "invoke", "postprocess")),
    "trigger": ("trigger to exposure", ("exposure",)),
    "frame": ("frame on its way, and its turn", ("wire", "wait")),
    "verdict": ("prediction on its way, decision", ("back", "decide")),
    "plc": ("the PLC's own ends", ("plc",)),
}
"""What a colour stands for, and the stages that it sums up; the first two are work in the bare loop too."""

WIDTH, LEFT, RIGHT, BAR, GAP, TOP = 960, 150, 40, 30, 18, 66

STYLE = """
    .page { fill: #ffffff; stroke: #d0d7de }
    .name { font-size: 15px; font-weight: 600; fill: #1f2328 }
    .what { font-size: 13px; fill: #57606a }
    .in { font-size: 12px; fill: #ffffff; text-anchor: middle }
    .picture { fill: #0b4f8a } .model { fill: #10694b } .trigger { fill: #9a3412 }
    .frame { fill: #7c2d7c } .verdict { fill: #6b4e00 } .plc { fill: #57606a }
    @media (prefers-color-scheme: dark) {
      .page { fill: #161b22; stroke: #30363d } .name { fill: #e6edf3 } .what { fill: #9da7b3 }
    }"""


@click.command()
@click.argument("bench_json", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def main(bench_json: Path) -> None:
    """Draw the budgets of a run of the benchmarks."""
    found = json.loads(bench_json.read_text(encoding="utf-8"))
    FILE.write_text(drawn(found), encoding="utf-8")


def drawn(found: dict[str, Any]) -> str:
    """The picture of a run, as SVG.

    Raises:
        ClickException: if a workload that is shown was not measured in it.
    """
    latency = {one["name"]: one for one in found["latency"]}
    if missing := [name for name in SHOWN if name not in latency]:
        message = f"{', '.join(missing)} is not in that run"
        raise click.ClickException(message)
    longest_ms = max(sum(_medians(latency[name]["budget"]).values()) for name in SHOWN)
    scale = (WIDTH - LEFT - RIGHT) / longest_ms
    lines = list(_legend())
    y = TOP
    for name in SHOWN:
        one = latency[name]
        lines += _bar(y, f"{name.partition('-')[0]}, bare", _medians(one["bare_budget"]), scale)
        lines += _bar(y + BAR + 4, f"{name.partition('-')[0]}, okko", _medians(one["budget"]), scale)
        y += 2 * BAR + 4 + GAP
    about = (
        f"Median milliseconds of each stage at {latency[SHOWN[0]]['rate']:g} parts a second, one camera of 640 x 480"
    )
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 24}"',
            '     role="img" aria-labelledby="title"',
            "     font-family=\"ui-sans-serif, system-ui, 'Segoe UI', Helvetica, Arial, sans-serif\">",
            f'  <title id="title">{escape(about)}</title>',
            f"  <style>{STYLE}\n  </style>",
            f'  <rect class="page" x="0.5" y="0.5" width="{WIDTH - 1}" height="{y + 23}" rx="8"/>',
            *lines,
            f'  <text class="what" x="16" y="{y + 12}">{escape(about)}</text>',
            "</svg>\n",
        )
    )


def _medians(budget: dict[str, dict[str, float]]) -> dict[str, float]:
    """The ms of each colour."""
    return {
        group: sum(budget[stage]["p50_ms"] for stage in stages if stage in budget)
        for group, (_, stages) in GROUPS.items()
    }


def _legend() -> Iterator[str]:
    for index, (group, (text, _)) in enumerate(GROUPS.items()):
        x, y = 16 + index % 3 * 315, 14 + index // 3 * 22
        yield f'  <rect class="{group}" x="{x}" y="{y}" width="14" height="14"/>'
        yield f'  <text class="what" x="{x + 20}" y="{y + 12}">{escape(text)}</text>'


def _bar(y: int, name: str, of: dict[str, float], scale: float) -> Iterator[str]:
    yield f'  <text class="name" x="16" y="{y + 20}">{escape(name)}</text>'
    x = float(LEFT)
    for group, ms in of.items():
        width = ms * scale
        if width <= 0:
            continue
        yield f'  <rect class="{group}" x="{x:.1f}" y="{y}" width="{width:.1f}" height="{BAR}"/>'
        if width > 30:  # noqa: PLR2004 - what the figure needs
            yield f'  <text class="in" x="{x + width / 2:.1f}" y="{y + 20}">{ms:.1f}</text>'
        x += width


if __name__ == "__main__":
    main()
