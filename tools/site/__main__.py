"""`make site`: build the documentation as a site that needs no network to be read."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from tools.site.contents import BadLinkError, as_toml, contents, navigation

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
WORKER = "iframe-worker.js"


@click.command()
@click.option("--root", type=click.Path(path_type=Path), default=ROOT, help="The repository whose pages these are.")
@click.option("--output", type=click.Path(path_type=Path), default=ROOT / "site", help="Where the site goes.")
def main(root: Path, output: Path) -> None:
    """Build the site; exit 1, and the place, where a link leads nowhere."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            made = build(root, Path(folder))
            shutil.rmtree(output, ignore_errors=True)
            shutil.move(made, output)
    except BadLinkError as error:
        click.echo(error, err=True)
        sys.exit(1)
    click.echo(f"{output}/index.html")


def build(root: Path, folder: Path) -> Path:
    """Gather the pages in `folder` and build the site there; its folder. Raises BadLinkError."""
    pages = folder / "pages"
    for path in contents(root):
        (pages / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / path, pages / path)
    shutil.copy(HERE / WORKER, pages / WORKER)
    config = (HERE / "zensical.toml").read_text(encoding="utf-8")
    (folder / "zensical.toml").write_text(config.replace("nav = []", as_toml(navigation(root))), encoding="utf-8")
    done = subprocess.run(  # noqa: S603 - a program of this environment
        [sys.executable, "-m", "zensical", "build", "--strict", "--config-file", folder / "zensical.toml"],
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        # What it found stands on stderr, before the trace of its own end.
        raise BadLinkError(done.stderr.partition("Traceback")[0] or done.stdout)
    return folder / "site"


main()
