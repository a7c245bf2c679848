"""What teaching from good parts finds, on sets of pictures: the figures of docs/explanation/teaching.md.

    python -m training.measure_teaching [SET ...]

Sets whose pictures are not there are left out, and named. For each of five seeds 50 good pictures teach, and the rest
is judged by what came of it: method and threshold as `okko teach` would choose them, and each method for itself.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from camera_agent.simulator.duck import make_duck
from camera_agent.simulator.render import render
from inference_agent.images import Bgr
from workshop.teaching.backbone import Backbone, find_backbone
from workshop.teaching.choose import auroc, judge
from workshop.teaching.defects import KINDS, with_defects
from workshop.teaching.example import example_of
from workshop.teaching.features import Features, features
from workshop.teaching.methods import METHODS
from workshop.teaching.threshold import choose_threshold

GOOD, SEEDS, WANTED = 50, 5, 0.01
MOST_TAUGHT_FROM = 200
TEXTURES = ("brick", "grass", "gravel")


@dataclass(frozen=True, slots=True)
class Set:
    """`shown`: good pictures of which some teach; `judged`: pictures and whether they are KO."""

    name: str
    shown: Callable[[], Iterable[bytes]]
    judged: Callable[[], Iterable[tuple[bytes, bool]]]


def main() -> None:
    """Print a table of the sets that were asked for, by default of all that are there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", help="which sets")
    asked = parser.parse_args().sets
    backbone = Backbone(find_backbone())
    titles = ("set", "OK, KO", "chosen", "AUROC: mean, least", *METHODS, "escapes", "false rejects")
    print("| " + " | ".join(titles) + " |")
    print("|---" * len(titles) + "|")
    for one in sets():
        if not asked or one.name in asked:
            print(_measured(backbone, one), flush=True)


def sets() -> Iterator[Set]:
    """All sets whose pictures are there."""
    yield Set("ducks", lambda: _ducks(5001, 200, 0.0), lambda: _known_ducks(5002, 600))
    yield Set("ducks, turned", lambda: map(_turned, _ducks(5001, 200, 0.0), range(200)), _turned_ducks)
    folder = Path(os.environ.get("OKKO_TEST_DATA", "../shared/data")) / "images" / "casting_subset"
    if folder.is_dir():
        shown = sorted((folder / "train" / "OK").iterdir())
        judged = [(path, kind == "KO") for kind in ("OK", "KO") for path in sorted((folder / "test" / kind).iterdir())]
        yield Set("castings", lambda: _read(shown), lambda: ((path.read_bytes(), ko) for path, ko in judged))
    else:
        print(f"castings: {folder} is not there", file=sys.stderr)
    if (cells := find_spec("elpv_dataset")) is not None and cells.origin is not None:
        data = Path(cells.origin).parent / "data"
        rows = [row.split() for row in (data / "labels.csv").read_text().splitlines()]
        good = [data / path for path, share, kind in rows if kind == "mono" and float(share) == 0]
        bad = [data / path for path, share, kind in rows if kind == "mono" and float(share) == 1]
        split = _order(len(good), 0)
        taught, rest = [good[i] for i in split[:MOST_TAUGHT_FROM]], [good[i] for i in split[MOST_TAUGHT_FROM:]]
        pairs = [(path, False) for path in rest] + [(path, True) for path in bad]
        yield Set("solar cells", lambda: _read(taught), lambda: ((path.read_bytes(), ko) for path, ko in pairs))
    else:
        print("solar cells: the package elpv-dataset is not installed", file=sys.stderr)
    if (photos := find_spec("skimage")) is not None and photos.origin is not None:
        for name in TEXTURES:
            yield _texture(name, Path(photos.origin).parent / "data")
    else:
        print("textures: the package scikit-image is not installed", file=sys.stderr)


def _measured(backbone: Backbone, one: Set) -> str:
    shown = [backbone.decoded(example_of(data, "", "OK").open()) for data in one.shown()]
    good = features(backbone, shown)
    known = [(backbone.decoded(example_of(data, "", "OK").open()), ko) for data, ko in one.judged()]
    others, ko = features(backbone, (image for image, _ in known)), np.array([ko for _, ko in known])
    chosen, found, escapes, rejects = [], [], [], []
    by_method: dict[str, list[float]] = {name: [] for name in METHODS}
    for seed in range(SEEDS):
        which = _order(len(good), seed)[:GOOD]
        taught = good.take(which)
        for name, method in METHODS.items():
            by_method[name].append(_auroc(method.scores(method.fit(taught), others), ko))
        best = judge(taught, _made_up(backbone, [shown[i] for i in which]))[0]
        method = METHODS[best.method]
        scores = method.scores(method.fit(taught), others)
        threshold = choose_threshold(best.good.tolist(), WANTED).value
        chosen.append(best.method)
        found.append(_auroc(scores, ko))
        escapes.append(int((scores[ko] <= threshold).sum()))
        rejects.append(int((scores[~ko] > threshold).sum()))
    names = ", ".join(f"{name} {chosen.count(name)}" for name in METHODS if name in chosen)
    each = " | ".join(f"{np.mean(by_method[name]):.3f}" for name in METHODS)
    return (
        f"| {one.name} | {(~ko).sum()}, {ko.sum()} | {names} | **{np.mean(found):.3f}**, {min(found):.3f} | {each} "
        f"| {_list(escapes)} | {_list(rejects)} |"
    )


def _made_up(backbone: Backbone, images: list[Bgr]) -> list[Features]:
    spoilt = [with_defects(image, number) for number, image in enumerate(images)]
    return [features(backbone, (kinds[kind] for kinds in spoilt)) for kind in range(len(KINDS))]


def _auroc(scores: NDArray[np.float32], ko: NDArray[np.bool_]) -> float:
    return auroc(scores[~ko], scores[ko])


def _list(counts: list[int]) -> str:
    return " ".join(str(count) for count in counts)


def _order(count: int, seed: int) -> list[int]:
    return [int(index) for index in np.random.Generator(np.random.PCG64(seed)).permutation(count)]


def _read(paths: list[Path]) -> Iterator[bytes]:
    return (path.read_bytes() for path in paths)


def _jpeg(image: Bgr) -> bytes:
    return bytes(cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, 90))[1])


def _ducks(seed: int, count: int, defect_rate: float) -> Iterator[bytes]:
    for number in range(1, count + 1):
        yield _jpeg(render(make_duck(seed, number, defect_rate=defect_rate), "left"))


def _known_ducks(seed: int, count: int) -> Iterator[tuple[bytes, bool]]:
    for number in range(1, count + 1):
        duck = make_duck(seed, number, defect_rate=0.5)
        yield _jpeg(render(duck, "left")), duck.truth("left") == "KO"


def _turned_ducks() -> Iterator[tuple[bytes, bool]]:
    for number, (data, ko) in enumerate(_known_ducks(5002, 600)):
        yield _turned(data, 1000 + number), ko


def _turned(data: bytes, number: int) -> bytes:
    """The picture turned about its middle by any angle: a part that lies as it fell."""
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    height, width = image.shape[:2]
    angle = float(np.random.Generator(np.random.PCG64(number)).uniform(0, 360))
    place = cv2.getRotationMatrix2D((width / 2, height * 0.6), angle, 0.8)
    return _jpeg(cv2.warpAffine(image, place, (width, height), borderMode=cv2.BORDER_REFLECT).astype(np.uint8))


def _texture(name: str, folder: Path) -> Set:
    """Pieces of a photograph of a surface; bad ones have a round spot of another surface, as bright, set in."""
    photo = cv2.imread(str(folder / f"{name}.png"), cv2.IMREAD_COLOR)
    other = cv2.imread(str(folder / f"{TEXTURES[TEXTURES.index(name) - 1]}.png"), cv2.IMREAD_COLOR)
    if photo is None or other is None:
        raise SystemExit(f"{folder} lacks a photograph of {name}")

    def piece(of: Bgr, random: np.random.Generator, rows: slice) -> Bgr:
        side = 200
        y = int(random.integers(rows.start, rows.stop - side))
        x = int(random.integers(0, of.shape[1] - side))
        return np.asarray(of[y : y + side, x : x + side], np.uint8)

    def shown() -> Iterator[bytes]:
        random = np.random.Generator(np.random.PCG64(1))
        return (_jpeg(piece(photo, random, slice(0, 280))) for _ in range(MOST_TAUGHT_FROM))

    def judged() -> Iterator[tuple[bytes, bool]]:
        random = np.random.Generator(np.random.PCG64(2))
        for number in range(300):
            image = piece(photo, random, slice(232, 512)).copy()
            if ko := number % 2 == 1:
                strange = piece(other, random, slice(0, 512)).astype(np.float32)
                strange += image.mean() - strange.mean()
                mask = np.zeros(image.shape[:2], np.float32)
                centre = tuple(int(v) for v in random.integers(40, 160, 2))
                cv2.circle(mask, centre, int(random.integers(8, 20)), 1.0, cv2.FILLED, cv2.LINE_AA)
                mixed = image * (1 - mask[..., None]) + strange * mask[..., None]
                image = np.clip(mixed, 0, 255).astype(np.uint8)
            yield _jpeg(image), ko

    return Set(f"texture: {name}", shown, judged)


if __name__ == "__main__":
    main()
