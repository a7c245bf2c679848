"""What labelled parts teach: a linear head, its threshold, and what a person must know of it."""

from dataclasses import replace

import numpy as np

from okko.errors import ConfigError
from workshop.teaching import linear
from workshop.teaching.account import Scored
from workshop.teaching.amounts import LEAST_KO
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
    labels = np.repeat([_OK, _KO], [len(good), len(ko)])
    try:
        learnt = linear.learn(np.concatenate([good, ko]), labels, 2)
    except ValueError as error:
        raise ConfigError.one(
            "the parts shown", "", str(error), "Is the camera hung, or one image played again?"
        ) from error
    scores = np.minimum(learnt.held_out[:, _KO], _HIGHEST).round(6)
    of_good, of_ko = scores[: len(good)].tolist(), scores[len(good) :].tolist()
    threshold = choose_probability(of_good, wish.false_rejects, of_ko)
    threshold = replace(threshold, value=min(round(threshold.value, 6), _HIGHEST))
    shown = (*learner.good, *learner.ko)
    roles = ("good",) * len(good) + ("KO",) * len(ko)
    scored = tuple(Scored(*one) for one in zip(shown, (*of_good, *of_ko), roles, strict=True))  # type: ignore[arg-type] # of two words
    found = (
        f"{METHOD}: {learnt.accuracy(labels):.1%} of the parts right where they were left out, at 0.5; "
        f"penalty {learnt.strength:g}, temperature {learnt.temperature:.2f}"
    )
    return Lesson(
        learnt.head, METHOD, threshold, scored, (found,), (*of_pictures(learner), *warnings_of(threshold)), ()
    )
