"""`python -m tools.duck_sheet`: draws docs/images/ducks.png, a contact sheet of the simulator's ducks."""

import sys
from pathlib import Path

import click
import cv2
import numpy as np
from numpy.typing import NDArray

from camera_agent.simulator.duck import make_duck
from camera_agent.simulator.kinds import DEFECT_KINDS, DefectKind, View
from camera_agent.simulator.render import render

FILE = Path(__file__).parents[1] / "docs" / "images" / "ducks.png"
SEED = 7
WIDTH, HEIGHT = 240, 180
COLUMNS = 5
GAP = 6
STEP = 5
"""255 is a multiple of it: white stays white."""

Picture = NDArray[np.uint8]


TOLERANCE = 1.0
"""Mean difference in grey levels: another OpenCV may round otherwise."""


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; exit 1 where the sheet is not what the simulator draws.")
def main(*, check: bool) -> None:
    """Draw the simulator's ducks for the README."""
    drawn = few_colors(sheet())
    if check:
        kept = cv2.imread(str(FILE))
        if kept is None or kept.shape != drawn.shape or cv2.absdiff(kept, drawn).mean() > TOLERANCE:
            click.echo(f"docs/images/{FILE.name} is not what the simulator draws: run `make docs`", err=True)
            sys.exit(1)
        return
    FILE.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(FILE), drawn, [cv2.IMWRITE_PNG_COMPRESSION, 9])


def sheet() -> Picture:
    """Two good ducks, then one for each defect, on white."""
    tiles = [
        _tile(_good("left"), "OK, from the left"),
        _tile(_good("right"), "the same, from the right"),
        *(_tile(_bad(kind), kind.replace("_", " ")) for kind in DEFECT_KINDS),
    ]
    rows = [tiles[start : start + COLUMNS] for start in range(0, len(tiles), COLUMNS)]
    return np.vstack([np.hstack(row) for row in rows])


def few_colors(image: Picture) -> Picture:
    """The same picture without its noise, in steps of colour: that compresses well."""
    smooth = cv2.bilateralFilter(image, 5, 18, 5)
    return np.asarray((smooth // STEP) * (255 // (255 // STEP)), np.uint8)


def _good(view: View) -> Picture:
    return render(make_duck(SEED, 1, defect_rate=0.0), view, WIDTH * 2, HEIGHT * 2)


def _bad(kind: DefectKind) -> Picture:
    """A duck with this defect, from the side that shows it."""
    for number in range(1 + 10 * DEFECT_KINDS.index(kind), 1000):
        duck = make_duck(SEED, number, defect_rate=1.0, defects=(kind,))
        for view in ("left", "right"):
            if duck.truth(view) == "KO":
                return render(duck, view, WIDTH * 2, HEIGHT * 2)
    raise LookupError(kind)


def _tile(picture: Picture, text: str) -> Picture:
    small = cv2.resize(picture, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    tile = np.full((HEIGHT + 26 + GAP, WIDTH + GAP, 3), 255, np.uint8)
    tile[:HEIGHT, :WIDTH] = small
    cv2.putText(tile, text, (2, HEIGHT + 17), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (40, 40, 40), 1, cv2.LINE_AA)
    return tile


if __name__ == "__main__":
    main()
