"""A training from end to end: shown, trained, written. Nothing is written before all is learnt."""

from importlib.util import find_spec
from pathlib import Path

from okko.errors import ConfigError
from workshop.teaching.account import Account
from workshop.teaching.beside import beside
from workshop.teaching.card import card
from workshop.teaching.lesson import Lesson, check_shown
from workshop.teaching.run import Ask, Taught
from workshop.teaching.showing import show
from workshop.teaching.trained.model import Trained, write_trained
from workshop.teaching.trained.pupil import Pupil
from workshop.teaching.trained.settings import Training
from workshop.teaching.versions import check_place, write_version

_NEEDED = ("torch", "litert_torch", "ai_edge_quantizer")


def run_training(ask: Ask, training: Training) -> Taught:
    """Train, and write the bundle.

    Raises:
        ConfigError: if the input is wrong, or what training needs is not installed.
        BrokerUnavailable, SourceError: if the line does not run.
        ModelError: if as int8 the model says something else than as float.
        OSError: if the disk does not take the bundle.
    """
    _check_installed()
    check_place(ask.to)
    with ask.telling as telling:
        pupil = Pupil()
        what = show(ask.sources, ask.station, ask.camera, pupil, telling)
        check_shown(pupil, what)
        # Here: PyTorch takes seconds to load, and wrong input is told before.
        from workshop.teaching.trained.lesson import learn_trained

        lesson = learn_trained(pupil, ask.wish, training, telling)
        telling.stage("writing the bundle")
        bundle = write_version(ask.to, ask.name, lambda folder, version: _write(ask, pupil, lesson, folder, version))
    return Taught(bundle, _account(ask, pupil, lesson, bundle.name.rpartition("-")[2]), lesson)


def _check_installed() -> None:
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        raise ConfigError.one(
            "okko teach",
            "--train",
            f"needs PyTorch and the converter, and {', '.join(missing)} is not installed here",
            "Install them: pip install 'okko[train]' (some 2 GB; --method linear learns from labels without)",
        )


def _write(ask: Ask, pupil: Pupil, lesson: Lesson, folder: Path, version: str) -> None:
    account = _account(ask, pupil, lesson, version)
    assert isinstance(lesson.state, Trained)  # noqa: S101 - learn_trained gives nothing else
    write_trained(folder, lesson.state, name=ask.name, version=version, card=card(account), beside=beside(account))


def _account(ask: Ask, pupil: Pupil, lesson: Lesson, version: str) -> Account:
    return lesson.account(pupil, name=ask.name, version=version, station=ask.station.station.name, camera=ask.camera)
