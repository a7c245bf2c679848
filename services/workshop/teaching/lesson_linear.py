"""What labelled parts teach: a linear head, its threshold, and what a person must know of it."""

from collections import Counter
from dataclasses import replace

import numpy as np

from inference_agent.decoders.anomaly import LABELS
from okko.errors import ConfigError
from workshop.teaching import linear
from workshop.teaching.account import Scored
from workshop.teaching.album import Album
from workshop.teaching.amounts import LEAST_KO, LEAST_OF_CLASS
from workshop.teaching.learner import Learner
from workshop.teaching.lesson import Lesson, Wish, of_pictures
from workshop.teaching.progress import Telling
from workshop.teaching.threshold import choose_probability, warnings_of

METHOD = "linear"
_OK, _KO = 0, 1
_HIGHEST = 0.999999


def learn_linear(learner: Learner, wish: Wish, telling: Telling) -> Lesson:
    """A head that tells KO parts from good ones. A part's score is its probability of KO, as other folds teach it.

    Raises:
        ConfigError: if there are too few KO parts, or the backbone sees no difference between any two parts.
    """
    if len(learner.ko) < LEAST_KO:
        what = f"{len(learner.ko)} KO parts are too few for method {METHOD!r}"
        remedy = f"Show {LEAST_KO} at the least (--ko, or label them), or leave --method out"
        raise ConfigError.one("KO parts", "", what, remedy)
    telling.stage("learning")
    good, ko = learner.good_features().pooled, learner.ko_features().pooled
    names, which = kinds_of(learner, classes=wish.classes)
    taught = np.asarray([kind is not None for kind in which])
    ko = ko[taught]
    shown_ko = [shown for shown, kind in zip(learner.ko, which, strict=True) if kind is not None]
    labels = np.asarray([_OK] * len(good) + [kind for kind in which if kind is not None], np.intp)
    try:
        learnt = linear.learn(np.concatenate([good, ko]), labels, len(names))
    except ValueError as error:
        raise ConfigError.one(
            "the parts shown", "", str(error), "Is the camera hung, or one image played again?"
        ) from error
    # As the rule takes it: the highest of what says that a part is bad.
    scores = np.minimum(learnt.held_out[:, _KO:].max(axis=1), _HIGHEST).round(6)
    of_good, of_ko = scores[: len(good)].tolist(), scores[len(good) :].tolist()
    threshold = choose_probability(of_good, wish.false_rejects, of_ko)
    threshold = replace(threshold, value=min(round(threshold.value, 6), _HIGHEST))
    shown = (*learner.good, *shown_ko)
    roles = ("good",) * len(good) + ("KO",) * len(ko)
    scored = tuple(Scored(*one) for one in zip(shown, (*of_good, *of_ko), roles, strict=True))  # type: ignore[arg-type] # of two words
    by = "at 0.5" if len(names) == len(LABELS) else f"each by its own label of {len(names)}"
    found = (
        f"{METHOD}: {learnt.accuracy(labels):.1%} of the parts right where they were left out, {by}; "
        f"penalty {learnt.strength:g}, temperature {learnt.temperature:.2f}"
    )
    left = len(learner.ko) - len(shown_ko)
    few = f"{left} KO parts without the name of a defect that {LEAST_OF_CLASS} have taught nothing"
    warnings = (*((few,) if left else ()), *of_pictures(learner), *warnings_of(threshold))
    return Lesson(learnt.head, METHOD, threshold, scored, (found,), warnings, (), names)


def kinds_of(learner: Album, *, classes: bool) -> tuple[tuple[str, ...], list[int | None]]:
    """The labels to be told apart, OK first, and which of them each KO part has; None: it teaches none.

    With `classes` a defect that enough parts have is a label of its own; all others together are KO, if they are
    enough.

    Raises:
        ConfigError: if no defect has a name that enough parts have.
    """
    if not classes:
        return LABELS, [_KO] * len(learner.ko)
    counts = Counter(shown.defect for shown in learner.ko if shown.defect)
    named = sorted(defect for defect, count in counts.items() if count >= LEAST_OF_CLASS)
    if not named:
        what = f"no defect has {LEAST_OF_CLASS} parts"
        remedy = "Label more of them by the name of their defect (`okko label`), or leave --classes out"
        raise ConfigError.one("KO parts", "--classes", what, remedy)
    rest = sum(shown.defect not in named for shown in learner.ko)
    others = ("KO",) if rest >= LEAST_OF_CLASS else ()
    names = ("OK", *named, *others)
    other = len(names) - 1 if others else None
    return names, [names.index(shown.defect) if shown.defect in named else other for shown in learner.ko]
