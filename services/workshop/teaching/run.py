"""A teaching from end to end: shown, learnt, written. Nothing is written before all is learnt."""

from dataclasses import dataclass, field
from pathlib import Path

from inference_agent.bundle import load_bundle
from inference_agent.locate import Locate
from okko.station import Station
from workshop.teaching.account import Account
from workshop.teaching.backbone import Backbone, find_backbone
from workshop.teaching.beside import beside
from workshop.teaching.card import card
from workshop.teaching.learner import Learner
from workshop.teaching.lesson import Lesson, Wish, check_shown, learn
from workshop.teaching.lesson_linear import METHOD, learn_linear
from workshop.teaching.progress import Telling, TellingPeople
from workshop.teaching.showing import Sources, show
from workshop.teaching.trained.model import Trained
from workshop.teaching.versions import check_place, write_version
from workshop.teaching.write import write_bundle


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked for; `backbone` None: the one that comes with okko. `locate`: how the part is found first."""

    station: Station
    camera: str
    sources: Sources
    wish: Wish
    name: str
    to: Path
    backbone: Path | None = None
    locate: Locate | None = None
    telling: Telling = field(default_factory=TellingPeople)


@dataclass(frozen=True, slots=True)
class Taught:
    """A bundle on disk, and what there is to say of it."""

    bundle: Path
    account: Account
    lesson: Lesson


def run(ask: Ask) -> Taught:
    """Teach, and write the bundle.

    Raises:
        ConfigError: if the input is wrong: what is shown, the backbone, the folder.
        BrokerUnavailable, SourceError: if the line does not run.
        ModelError: if the backbone cannot be used.
        OSError: if the disk does not take the bundle.
    """
    check_place(ask.to)
    backbone = _backbone(ask)
    with ask.telling as telling:
        learner = Learner(backbone, compare=ask.wish.method is None)
        what = show(ask.sources, ask.station, ask.camera, learner, telling)
        check_shown(learner, what)
        teaches = learn_linear if ask.wish.method == METHOD else learn
        lesson = teaches(learner, ask.wish, telling)
        telling.stage("writing the bundle")
        bundle = write_version(ask.to, ask.name, lambda folder, version: _write(ask, learner, lesson, folder, version))
    version = bundle.name.rpartition("-")[2]
    return Taught(bundle, _account(ask, learner, lesson, version), lesson)


def _backbone(ask: Ask) -> Backbone:
    folder = ask.backbone or find_backbone()
    if ask.locate is None:
        return Backbone(folder)
    return Backbone(folder, load_bundle(folder).input.model_copy(update={"locate": ask.locate}))


def _write(ask: Ask, learner: Learner, lesson: Lesson, folder: Path, version: str) -> None:
    account = _account(ask, learner, lesson, version)
    assert not isinstance(lesson.state, Trained)  # noqa: S101 - a training has a run of its own
    write_bundle(
        folder,
        learner.backbone,
        lesson.state,
        lesson.threshold.value,
        name=ask.name,
        version=version,
        card=card(account),
        beside=beside(account),
        labels=lesson.labels,
    )


def _account(ask: Ask, learner: Learner, lesson: Lesson, version: str) -> Account:
    return lesson.account(learner, name=ask.name, version=version, station=ask.station.station.name, camera=ask.camera)
