"""What is learnt from all that was shown: a method, what it learnt, a threshold, and what a person must know of it."""

import math
from dataclasses import dataclass, replace

import numpy as np

from inference_agent.anomaly.state import State
from inference_agent.decoders.anomaly import LABELS
from inference_agent.linear_head import LinearHead
from okko.errors import ConfigError
from workshop.teaching.account import Account, Scored
from workshop.teaching.album import Album
from workshop.teaching.amounts import LEAST_GOOD
from workshop.teaching.choose import Judged, judge
from workshop.teaching.features import Features
from workshop.teaching.learner import COMPARED, Learner
from workshop.teaching.methods import METHODS
from workshop.teaching.progress import Telling
from workshop.teaching.suspects import suspects
from workshop.teaching.threshold import Threshold, choose_threshold, warnings_of
from workshop.teaching.trained.model import Trained

_DIGITS = 6
_LOWEST = 1e-6
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: `false_rejects` in 0..1; `method` None: the one that suits; `all_good`: nothing is doubted.

    `classes`: defects are told apart by the names that people gave them.
    """

    false_rejects: float
    method: str | None = None
    all_good: bool = False
    classes: bool = False


@dataclass(frozen=True, slots=True)
class Lesson:
    """What was learnt. `suspects` are the names of parts shown as good that taught nothing, the oddest first."""

    state: State | LinearHead | Trained
    method: str
    threshold: Threshold
    scored: tuple[Scored, ...]
    tried: tuple[str, ...]
    warnings: tuple[str, ...]
    suspects: tuple[str, ...]
    labels: tuple[str, ...] = LABELS

    def account(self, learner: Album, *, name: str, version: str, station: str, camera: str) -> Account:
        """All of it, for the card and the report of a bundle of this name."""
        backbone, backbone_sha256 = learner.based_on
        return Account(
            name,
            version,
            station,
            camera,
            backbone,
            backbone_sha256,
            self.method,
            self.threshold,
            self.scored,
            self.tried,
            self.warnings,
            self.labels,
        )


def check_shown(learner: Album, what: str) -> None:
    """Refuse what nothing can be learnt from; `what` names where it came from.

    Raises:
        ConfigError: if there are too few good parts, or all are one and the same picture.
    """
    good = len(learner.good)
    if good == 1 and learner.twice:
        seen = f"all {learner.twice + 1} good pictures are the same, byte for byte"
        raise ConfigError.one(what, "", seen, "Show different parts; is the camera hung, or one image played again?")
    if good < LEAST_GOOD:
        again = f" ({learner.twice} more are pictures that came before)" if learner.twice else ""
        few = f"{good} good parts are too few{again}: nothing can be said of the next one"
        raise ConfigError.one(what, "", few, f"Show {LEAST_GOOD} at the least; 50 and more are better")


def learn(learner: Learner, wish: Wish, telling: Telling) -> Lesson:
    """What the parts shown teach.

    A part among the good ones that looks very unlike all others is left out, since it would teach that its like are
    good, and lift the threshold above others: unless a person says that all are good.
    """
    good, ko = learner.good_features(), learner.ko_features()
    telling.stage("comparing the methods" if wish.method is None else "learning")
    first, tried = _method(learner, good, ko, wish.method)
    method = METHODS[first.method]
    kept = np.arange(len(good))
    left_out = first.good if len(first.good) == len(good) else method.left_out(good)
    odd = () if wish.all_good else suspects(_views(good))
    if odd and len(good) - len(odd) >= LEAST_GOOD:
        # Once, not again and again: of what is left some would look odd each time, until little is left.
        kept = np.delete(kept, list(odd))
        telling.stage(f"learning without {len(odd)} suspicious parts")
        left_out = method.left_out(good.take(kept))
    state = method.fit(good.take(kept))
    suspicious = np.setdiff1d(np.arange(len(good)), kept)
    of_suspects = method.scores(state, good.take(suspicious)) if len(suspicious) else np.zeros(0, np.float32)
    of_ko = method.scores(state, ko) if len(ko) else np.zeros(0, np.float32)
    threshold = choose_threshold(left_out.tolist(), wish.false_rejects, of_ko.tolist())
    # As the bundle carries it: six digits, and not a hair below the score that it is.
    threshold = replace(
        threshold, value=max(round(math.ceil(threshold.value * 10**_DIGITS) / 10**_DIGITS, _DIGITS), _LOWEST)
    )
    score = dict(zip(kept.tolist(), left_out.tolist(), strict=True))
    odd_score = dict(zip(suspicious.tolist(), of_suspects.tolist(), strict=True))
    scored = (
        *(
            Scored(shown, odd_score[place], "suspect") if place in odd_score else Scored(shown, score[place], "good")
            for place, shown in enumerate(learner.good)
        ),
        *(Scored(shown, value, "KO") for shown, value in zip(learner.ko, of_ko.tolist(), strict=True)),
    )
    doubted = tuple(sorted((one for one in scored if one.role == "suspect"), key=lambda one: -one.score))
    return Lesson(
        state,
        method.name,
        threshold,
        scored,
        tried,
        (*_doubts(doubted, len(good), threshold), *of_pictures(learner), *warnings_of(threshold)),
        tuple(one.shown.name for one in doubted),
    )


def _views(good: Features) -> list[list[float]]:
    """The scores by which a part is doubted: of the methods that are quickly asked, whichever is chosen."""
    asked = [METHODS[name] for name in ("mahalanobis", "padim")]
    return [method.left_out(good).tolist() for method in asked if good.patches.size or not method.needs_patches]


def _method(learner: Learner, good: Features, ko: Features, wanted: str | None) -> tuple[Judged, tuple[str, ...]]:
    if wanted is not None:
        return judge(good, methods=(wanted,))[0], ()
    some = good.take(np.arange(min(len(good), COMPARED)))
    judged = judge(some, learner.made_up_features(), ko if len(ko) else None)
    return judged[0], tuple(_told(one) for one in judged)


def _told(judged: Judged) -> str:
    said = [
        f"{share:.3f} of {what}"
        for share, what in ((judged.separation_made_up, "made-up defects"), (judged.separation_ko, "KO parts"))
        if share is not None
    ]
    return f"{judged.method}: good parts told from {' and '.join(said)} (AUROC)" if said else judged.method


def _doubts(doubted: tuple[Scored, ...], shown: int, threshold: Threshold) -> tuple[str, ...]:
    if not doubted:
        return ()
    names = ", ".join(f"{one.shown.name} (score {one.score:.4g})" for one in doubted[:_NAMED])
    more = f" and {len(doubted) - _NAMED} more" if len(doubted) > _NAMED else ""
    told = (
        f"{len(doubted)} of {shown} parts shown as good look very unlike the others (threshold {threshold.value:.4g}), "
        f"so that nothing was taught from them: {names}{more}; if they are good, teach again with --all-good, since "
        "their like would be rejected"
    )
    return (told,)


def of_pictures(learner: Album) -> tuple[str, ...]:
    """What is to be said of the pictures themselves."""
    told = []
    if learner.twice:
        told.append(f"{learner.twice} pictures came twice, byte for byte, and count once")
    sizes = {(shown.width_px, shown.height_px) for shown in (*learner.good, *learner.ko)}
    if len(sizes) > 1:
        listed = ", ".join(f"{width} x {height}" for width, height in sorted(sizes)[:_NAMED])
        told.append(f"the pictures have different sizes ({listed}): those of one camera have one")
    return tuple(told)
