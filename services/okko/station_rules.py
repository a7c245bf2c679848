"""What is wrong with the rules of a station as a whole: no model, a label nobody reports, a threshold out of reach."""

import difflib
from collections.abc import Iterator, Sequence

from decision_agent.combine import All, MinOk
from decision_agent.rules import ImageRule, MaxAnomaly, MaxCount, MinCount, Rule
from decision_agent.rules.area import AreaRule
from decision_agent.rules.common import LabelRule
from inference_agent.bundle import Bundle
from inference_agent.decoders import Anomaly, Classification, Features, Segmentation
from inference_agent.decoders.decoded import MAX_SCORES, NOTABLE_SCORE
from okko.errors import Problem
from okko.station_file import StationFile

Models = Sequence[tuple[Bundle, tuple[str, ...]]]
"""Each bundle and its cameras; two may share a name where they look at different cameras."""


def problems_of_rules(settings: StationFile, models: Models) -> list[Problem]:
    """All that is wrong, in the order of the rules."""
    problems: list[Problem] = []
    cameras = [camera.name for camera in settings.camera]
    for index, rule in enumerate(settings.rule):
        problems += _of_rule(f"rule[{index}]", rule, cameras, models)
    if models and not settings.rule:
        problems.append(
            Problem("rule", "there are models but no rule, so that nothing could ever be OK", "Add a [[rule]]")
        )
    if models and not isinstance(settings.combine, All):
        problems += _cameras_without_rule(settings)
    if isinstance(settings.combine, MinOk) and settings.combine.count > len(cameras):
        problems.append(Problem("combine.count", f"{settings.combine.count} of {len(cameras)} cameras can never be OK"))
    return problems


def _cameras_without_rule(settings: StationFile) -> Iterator[Problem]:
    """A camera that no rule is about is never bad: where some cameras suffice it would be one of them, unseen."""
    judged = {rule.camera for rule in settings.rule}
    for index, camera in enumerate(settings.camera):
        if camera.name not in judged and settings.rule:
            what = f"no rule is about camera {camera.name!r}, which would always count as OK"
            yield Problem(
                f"camera[{index}]",
                what,
                f'Add a [[rule]] for it: combine.kind = "{settings.combine.kind}" counts cameras',
            )


def _of_rule(where: str, rule: Rule, cameras: list[str], models: Models) -> Iterator[Problem]:
    if rule.camera not in cameras:
        yield Problem(f"{where}.camera", f"there is no camera {rule.camera!r}", f"Cameras here: {', '.join(cameras)}")
        return
    seeing = {bundle.name: bundle for bundle, seen in models if rule.camera in seen}
    if not seeing:
        remedy = "Add a [[model]] with this camera, or take the rule away"
        yield Problem(f"{where}.camera", f"no model sees camera {rule.camera!r}", remedy)
        return
    if isinstance(rule, ImageRule):
        return
    if rule.model is not None and rule.model not in seeing:
        yield Problem(
            f"{where}.model", f"{rule.model!r} does not see camera {rule.camera!r}", f"Choices: {', '.join(seeing)}"
        )
        return
    if rule.model is None and len(seeing) > 1:
        yield Problem(
            f"{where}.model", f"camera {rule.camera!r} has several models", f"Say which: {', '.join(sorted(seeing))}"
        )
        return
    bundle = seeing[rule.model or next(iter(seeing))]
    if why := _nothing_to_judge(rule, bundle):
        yield Problem(f"{where}.kind", f"model {bundle.name!r} {why}", f"Its decoder is {bundle.decoder.kind!r}")
        return
    if isinstance(rule, MaxAnomaly):
        return
    yield from _of_labels(f"{where}.{'label' if rule.labels is None else 'labels'}", rule.wanted, bundle)
    if isinstance(rule, LabelRule):
        yield from _of_threshold(where, rule, bundle)


def _nothing_to_judge(rule: Rule, bundle: Bundle) -> str | None:
    """Why a rule could never be OK with this model, whatever it sees."""
    if isinstance(rule, AreaRule) and bundle.decoder.task != "segmentation":
        return f"reports no areas, so that {rule.kind} would make every part KO"
    if isinstance(rule, MaxAnomaly) and bundle.decoder.task != "anomaly":
        return f"gives no anomaly score, so that {rule.kind} would make every part KO"
    if isinstance(bundle.decoder, Features):
        return "is a backbone, which says nothing of parts: teach a station with it (okko teach)"
    return None


def _of_labels(where: str, wanted: tuple[str, ...], bundle: Bundle) -> Iterator[Problem]:
    for label in wanted:
        if bundle.labels and label not in bundle.labels:
            near = difflib.get_close_matches(label, bundle.labels, n=1)
            known = ", ".join(bundle.labels[:12]) + (", ..." if len(bundle.labels) > 12 else "")  # noqa: PLR2004
            remedy = (f"Did you mean {near[0]!r}? " if near else "") + f"Its labels: {known}"
            yield Problem(where, f"model {bundle.name!r} never reports {label!r}", remedy)


def _of_threshold(where: str, rule: LabelRule, bundle: Bundle) -> Iterator[Problem]:
    floor = getattr(bundle.decoder, "min_score", 0.0)
    if rule.min_score < floor:
        yield Problem(
            f"{where}.min_score",
            f"{rule.min_score:g} is below what model {bundle.name!r} reports at all ({floor:g})",
            "Lower min_score under [decoder] in its model.toml, or raise this one",
        )
    if (
        isinstance(bundle.decoder, Classification)
        and len(bundle.labels) > MAX_SCORES
        and rule.min_score < NOTABLE_SCORE
    ):
        yield Problem(
            f"{where}.min_score",
            f"{rule.min_score:g} is too low: of so many labels scores below {NOTABLE_SCORE:g} are not reported",
            f"Raise it to {NOTABLE_SCORE:g} at least",
        )
    yield from _of_count(where, rule, bundle)


def _of_count(where: str, rule: LabelRule, bundle: Bundle) -> Iterator[Problem]:
    """A count that would make every part KO, or none ever."""
    if not isinstance(rule, MinCount | MaxCount):
        return
    if isinstance(bundle.decoder, Anomaly | Classification | Features | Segmentation):
        what = "classifier" if isinstance(bundle.decoder, Classification) else bundle.decoder.task
        most, why = len(set(rule.wanted)), f"of a {what} each label counts as one"
    else:
        most, why = bundle.decoder.max_detections, f"model {bundle.name!r} reports no more detections"
    if isinstance(rule, MinCount) and rule.count > most:
        yield Problem(f"{where}.count", f"{rule.count} can never be reached: {why}", f"At most {most} here")
    if isinstance(rule, MaxCount) and rule.count >= most:
        yield Problem(
            f"{where}.count",
            f"{rule.count} can never be exceeded, so that no part would ever be KO: {why}",
            f"Below {most} here",
        )
