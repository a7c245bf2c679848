"""`python -m tools.screenshots`: photographs each page of the dashboard, and the live page for the README."""

import tempfile
from pathlib import Path

import click

from tools.chromium import program, running_chromium
from tools.screenshots.camera import SIZES, THEMES, pages, photographs
from tools.screenshots.readme import picture_of_live
from tools.screenshots.running import ROOT, duck_line


@click.command()
@click.option("--only", multiple=True, metavar="NAME", help="Only these pages: live, items, ...")
@click.option("--size", "sizes", multiple=True, type=click.Choice(list(SIZES)), help="Only these sizes.")
@click.option("--theme", "themes", multiple=True, type=click.Choice(THEMES), help="Only these colours.")
@click.option("--readme", is_flag=True, help="Only docs/images/dashboard.png.")
@click.option("--to", "folder", type=click.Path(path_type=Path), default=ROOT / "screenshots", show_default=False)
def main(only: tuple[str, ...], sizes: tuple[str, ...], themes: tuple[str, ...], *, readme: bool, folder: Path) -> None:
    """Start a duck line, put parts and labels into it, and photograph its pages into screenshots/."""
    if program() is None:
        raise click.UsageError("no Chromium: sh tools/setup test")
    with (
        tempfile.TemporaryDirectory(prefix="okko-pages-") as place,
        duck_line(Path(place)) as line,
        running_chromium() as chromium,
    ):
        if readme or not only:
            picture_of_live(chromium, line, ROOT / "docs" / "images" / "dashboard.png")
        if not readme:
            wanted = {name: path for name, path in pages(line).items() if not only or name in only}
            for file in photographs(chromium, line, wanted, folder, sizes or tuple(SIZES), themes or THEMES):
                click.echo(file)


if __name__ == "__main__":
    main()
