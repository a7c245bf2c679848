"""`python -m tools.duck_pictures FOLDER`: draws simulated ducks into a folder, for whoever has no pictures at hand."""

from pathlib import Path

import click
import cv2

from camera_agent.simulator.duck import make_duck
from camera_agent.simulator.render import render

SEED = 7
WIDTH_PX, HEIGHT_PX = 640, 480


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--count", default=12, show_default=True, type=click.IntRange(1), metavar="N", help="How many ducks.")
@click.option(
    "--defects", default=0.3, show_default=True, type=click.FloatRange(0, 1), metavar="SHARE", help="Bad ones."
)
def main(folder: Path, count: int, defects: float) -> None:
    """Draw ducks, seen from the left, as JPEG files whose names say what is wrong with them."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, count + 1):
        duck = make_duck(SEED, number, defect_rate=defects)
        kind = duck.defect.kind if duck.defect is not None and duck.truth("left") == "KO" else "good"
        cv2.imwrite(str(folder / f"duck-{number:03d}-{kind}.jpg"), render(duck, "left", WIDTH_PX, HEIGHT_PX))


if __name__ == "__main__":
    main()
