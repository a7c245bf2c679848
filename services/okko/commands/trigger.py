"""`okko trigger`: play the PLC."""

import asyncio
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from okko import contracts as c
from okko.commands.argument import station_argument
from okko.errors import ConfigError
from okko.player import Outcome, Player
from okko.station import Station, load

CONNECT_TIMEOUT_S = 10.0


@click.command(short_help="Play the PLC: publish triggers.")
@station_argument
@click.option("--count", default=1, show_default=True, type=click.IntRange(1), help="How many triggers.")
@click.option("--rate", default=1.0, show_default=True, type=click.FloatRange(0, min_open=True), help="Triggers per s.")
@click.option("--part-prefix", default="part", show_default=True, help="Parts are called PREFIX-1, PREFIX-2, ...")
@click.option("--part", "parts", multiple=True, metavar="ID", help="A part of this name; several: one trigger each.")
@click.option(
    "--first-seq", type=click.IntRange(0, c.MAX_SEQ), help="The first `seq`.  [default: after the last verdict's]"
)
@click.option("--recipe", help="Ask for this recipe.")
@click.option("--camera", "cameras", multiple=True, help="Only these cameras (may be given several times).")
@click.option("--wait", is_flag=True, help="Wait for each verdict, print it as a JSON line, then a summary.")
@click.option(
    "--timeout", "timeout_s", type=click.FloatRange(0, min_open=True), help="How long to wait for a verdict (s)."
)
def trigger(  # noqa: PLR0913, PLR0917 - one argument for each option
    station: Path,
    count: int,
    rate: float,
    part_prefix: str,
    parts: tuple[str, ...],
    first_seq: int | None,
    recipe: str | None,
    cameras: tuple[str, ...],
    wait: bool,
    timeout_s: float | None,
) -> int:
    """Publish triggers to STATION, as its PLC would: each once, with a counter.

    With --wait, a trigger whose verdict does not come within the deadline and a second is asked for again with `ask`,
    as a PLC should. Exit 1 where a verdict is missing at the end.

    \b
    Examples:
      okko trigger stations/ducks
      okko trigger stations/ducks --count 100 --rate 10 --wait
      okko trigger stations/ducks --wait | jq -r .verdict
      okko trigger stations/ducks --part GOLD-OK-1 --part GOLD-KO-1 --wait
    """
    loaded = load(station)
    if loaded.trigger.kind != "mqtt":
        raise ConfigError.one(
            loaded.path,
            "trigger.kind",
            f"{loaded.trigger.kind!r} makes its own triggers and does not listen to the broker",
            'Set kind = "mqtt" to trigger by hand',
        )
    known = {camera.name for camera in loaded.cameras}
    if unknown := [name for name in cameras if name not in known]:
        message = f"there is no camera {', '.join(unknown)}; cameras here: {', '.join(sorted(known))}"
        raise click.BadParameter(message, param_hint="--camera")
    names = parts * count or tuple(f"{part_prefix}-{index + 1}" for index in range(count))
    wish = Wish(names, rate, first_seq, recipe, cameras or None)
    return asyncio.run(_play(loaded, wish, wait=wait, timeout_s=timeout_s))


@dataclass(frozen=True)
class Wish:
    """Which triggers to make, one for each of `parts`, `rate` of them a second."""

    parts: Sequence[str]
    rate: float
    first_seq: int | None
    recipe: str | None
    cameras: tuple[str, ...] | None

    def triggers(self, next_seq: int) -> Iterator[c.Trigger]:
        """The triggers, counted from `first_seq`, or from `next_seq` where none was given."""
        first = next_seq if self.first_seq is None else self.first_seq
        for index, part_id in enumerate(self.parts):
            yield c.Trigger(
                seq=(first + index) % (c.MAX_SEQ + 1),
                part_id=part_id,
                cameras=self.cameras,
                recipe=self.recipe,
            )


async def _play(station: Station, wish: Wish, *, wait: bool, timeout_s: float | None) -> int:
    show = _print if wait else None
    async with Player(station, on_verdict=show, timeout_s=timeout_s) as player:
        await player.connected(CONNECT_TIMEOUT_S)
        await player.settled()
        outcome = await player.play(wish.triggers(player.next_seq()), wish.rate, wait=wait)
    if wait:
        click.echo(summary(outcome), err=True)
        return 0 if not outcome.missing else 1
    return 0


def _print(verdict: c.Verdict) -> None:
    try:
        sys.stdout.buffer.write(c.encode(verdict) + b"\n")
        sys.stdout.buffer.flush()
    except OSError as error:
        if not isinstance(error, BrokenPipeError):  # else the reader (`head`) has all it wants
            click.echo(f"okko: the verdicts cannot be written: {error.strerror}", err=True)
        # What is still buffered must not fail at exit; and an exception would only end the connection, and leave the
        # player waiting for verdicts.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None


def summary(outcome: Outcome) -> str:
    """What came of some triggers, in a line or two."""
    reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(outcome.by_reason.items()))
    text = (
        f"{outcome.triggers} triggers: {outcome.ok} OK, {outcome.ko} KO"
        + (f" ({reasons})" if reasons else "")
        + f", {len(outcome.missing)} without a verdict"
        + (
            f"; trigger to verdict p50 {outcome.p50_ms:.1f} ms, p99 {outcome.p99_ms:.1f} ms"
            if outcome.ok + outcome.ko
            else ""
        )
    )
    if outcome.missing:
        text += f"\nno verdict for seq {', '.join(str(seq) for seq in outcome.missing[:10])}"
        text += ": is `okko up` running, and `ready` 1?"
    return text
