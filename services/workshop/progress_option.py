"""The option `--progress` of long commands."""

import click

progress_option = click.option(
    "--progress",
    type=click.Choice(["people", "json"]),
    default="people",
    show_default=True,
    help="How far it is, on stderr: for people, or a JSON object a line.",
)
