"""The options by which commands choose items: one place for their words and bounds."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar, get_args

import click

from okko.contracts import Reason, VerdictWord
from recorder.instants import typed_instant_ms

F = TypeVar("F", bound=Callable[..., Any])


def instant_ms(_context: click.Context, _option: click.Parameter, text: str | None) -> int | None:
    """The instant (Unix, ms) that an option of this or another command names."""
    try:
        return None if text is None else typed_instant_ms(text, datetime.now(UTC))
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


_FILTERS = (
    click.option(
        "--verdict", type=click.Choice(get_args(VerdictWord), case_sensitive=False), metavar="OK|KO", help="Only these."
    ),
    click.option(
        "--reason",
        type=click.Choice(get_args(Reason)),
        metavar="REASON",
        help=f"Only these: {', '.join(get_args(Reason))}.",
    ),
    click.option(
        "--since",
        "since_ms",
        metavar="WHEN",
        callback=instant_ms,
        help="Decided at this time (ISO 8601) or later; 2h: ago.",
    ),
    click.option("--until", "until_ms", metavar="WHEN", callback=instant_ms, help="Decided before this time."),
    click.option("--camera", metavar="NAME", help="Only items in which this camera had a part, and only its frames."),
    click.option("--part", "part_id", metavar="PART", help="Only items of the part of this name."),
    click.option(
        "--text", metavar="TEXT", help="Only with this in the part's name or the trigger's extra keys: mould=17."
    ),
    click.option("--finding", metavar="TEXT", help="Only with this in a finding that is KO or borderline."),
    click.option("--rule", metavar="KIND", help="Only where a rule of this kind found something: min_count."),
    click.option("--model", metavar="NAME", help="Only items that this model looked at."),
    click.option(
        "--min-score", type=float, metavar="X", help="Only with a prediction, of --model and --camera, of this or more."
    ),
    click.option("--max-score", type=float, metavar="X", help="Likewise, of this or less."),
    click.option("--borderline/--not-borderline", default=None, help="Only items near a threshold, or all others."),
    click.option("--labelled/--unlabelled", default=None, help="Only items that someone has labelled, or all others."),
    click.option("--label", metavar="LABEL", help="Only items with this label."),
    click.option(
        "--golden/--no-golden", default=None, help="Only items of golden parts (`okko golden`), or all others."
    ),
)


def filters(command: F) -> F:
    """The command with these options; what they give is the fields of a `recorder.query.Query`, by their names."""
    for option in reversed(_FILTERS):
        command = option(command)
    return command
