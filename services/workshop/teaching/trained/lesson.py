"""What labelled parts teach a network: trained, written as int8, compared, its threshold chosen on that very file."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from okko.errors import ConfigError
from workshop.teaching import linear
from workshop.teaching.account import Role, Scored
from workshop.teaching.amounts import LEAST_TRAINED
from workshop.teaching.lesson import Lesson, Wish, of_pictures
from workshop.teaching.progress import Telling
from workshop.teaching.threshold import choose_probability, warnings_of
from workshop.teaching.trained.agreement import agreement
from workshop.teaching.trained.exported import FLOAT, INT8, chances, export
from workshop.teaching.trained.fit import Lot, scores
from workshop.teaching.trained.model import METHOD, Trained
from workshop.teaching.trained.network import cool
from workshop.teaching.trained.pupil import Pupil
from workshop.teaching.trained.settings import Training
from workshop.teaching.trained.split import held_out
from workshop.teaching.trained.train import train

_KO = 1
_HIGHEST = 0.999999


def check_enough(pupil: Pupil) -> None:
    """Refuse too few parts of a kind.

    Raises:
        ConfigError: with how many it takes.
    """
    for what, shown, how in (("good", pupil.good, "--from"), ("KO", pupil.ko, "--ko")):
        if len(shown) < LEAST_TRAINED:
            raise ConfigError.one(
                f"{what} parts",
                "",
                f"{len(shown)} are too few to train a network",
                f"Show {LEAST_TRAINED} at the least ({how}, or label them); 100 and more are better. "
                "From fewer parts --method linear learns more",
            )


def learn_trained(pupil: Pupil, wish: Wish, training: Training, telling: Telling) -> Lesson:
    """A network that tells KO parts from good ones. A part's score is its probability of KO by the int8 file.

    Raises:
        ConfigError: if there are too few parts.
        ModelError: if as int8 it says something else than as float.
    """
    check_enough(pupil)
    pictures = pupil.pictures()
    shown = (*pupil.good, *pupil.ko)
    held = np.concatenate([held_out(len(pupil.good)), held_out(len(pupil.ko))])
    labels = np.repeat(np.array([0, _KO], np.int64), [len(pupil.good), len(pupil.ko)])
    network, course = train(Lot(pictures[~held], labels[~held]), training, telling)
    temperature = linear.temperature_of(scores(network, pictures[held]).astype(np.float64), labels[held])
    cool(network, temperature)
    telling.stage("converting and quantising")
    with TemporaryDirectory(prefix="okko-train-") as name:
        folder = Path(name)
        export(network, folder, pictures[~held])
        telling.stage("comparing int8 with float", 2 * len(pictures))
        of_float = chances(folder / FLOAT, pictures, telling.step)
        of_int8 = chances(folder / INT8, pictures, telling.step)
        model = (folder / INT8).read_bytes()
    found = agreement(of_float.tolist(), of_int8.tolist(), (labels == _KO).tolist(), held.tolist())
    found.check()
    values = np.minimum(of_int8, _HIGHEST).round(6)
    of_good, of_ko = values[held & (labels != _KO)].tolist(), values[held & (labels == _KO)].tolist()
    threshold = choose_probability(of_good, wish.false_rejects, of_ko)
    right = int(((values > 0.5) == (labels == _KO))[held].sum())  # noqa: PLR2004 - even odds
    said = (
        f"{METHOD}: {right} of {int(held.sum())} parts right that were held out, at 0.5; {course.epochs} rounds on "
        f"{int((~held).sum())} parts, seed {training.seed}, temperature {temperature:.2f}"
    )
    scored = tuple(
        Scored(one, value, _role(ko=ko, held=apart))
        for one, value, ko, apart in zip(shown, values.tolist(), (labels == _KO).tolist(), held.tolist(), strict=True)
    )
    warnings = (*of_pictures(pupil), *course.warnings, *warnings_of(threshold))
    return Lesson(Trained(model), METHOD, threshold, scored, (said, str(found)), warnings, ())


def _role(*, ko: bool, held: bool) -> Role:
    if held:
        return "KO" if ko else "good"
    return "taught KO" if ko else "taught good"
