"""What people look for in an item, as short columns of the table `facts`: a few of its pages tell of many items. Pure.

An item as JSON takes 2 kB and more, and to look through a million of them is to read the whole store. `facts` has one
row an item, in the order of the decisions, written in the commit that adds the item.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from okko import contracts as c

MAX_TEXT = 600
"""How many letters of what a trigger carried, or of the findings, can be searched for: longer rows are read slowly."""

_NAMED = frozenset({"part_id", "seq", "triggered_at", "cameras", "recipe"})
"""Keys of a trigger that are no extras."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The columns that the table `items` does not have.

    `low` and `high` are the least and the greatest score of any prediction, `margin` how near it was
    (`margin_of`). `scores` is JSON: [[model, camera, score], ...]. `findings` has a line `rule|camera|text` for each
    that is KO or borderline, `carried` what the trigger had: its part, and `key=value` of each extra. Both are folded,
    so that they are found whatever their case, and each line has its line feed before it.
    """

    low: float | None = None
    high: float | None = None
    margin: float | None = None
    scores: str = "[]"
    findings: str = ""
    carried: str = ""


NO_FACTS = Facts()


def facts_of(item: c.Item) -> Facts:
    """What can be searched for in an item."""
    scores = [
        (prediction.model.name, prediction.camera, score_of(prediction))
        for prediction in item.predictions
        if prediction.error is None
    ]
    known = [score for _, _, score in scores if score is not None]
    return Facts(
        low=min(known, default=None),
        high=max(known, default=None),
        margin=margin_of(item),
        scores=json.dumps(scores, separators=(",", ":"), ensure_ascii=False),
        findings=_folded(_findings(item)),
        carried=_folded(_carried(item)),
    )


def score_of(prediction: c.Prediction) -> float | None:
    """The one number of a prediction: how odd the part is, how sure the label, or the surest of what was found."""
    if prediction.anomaly_score is not None:
        return prediction.anomaly_score
    if prediction.score is not None:
        return prediction.score
    return max((found.score for found in prediction.detections or ()), default=None)


def margin_of(item: c.Item) -> float | None:
    """How near it was, by the nearest prediction that has a say; None where nothing tells.

    An anomaly's distance from its threshold, as a share of that; of a classifier, by how much its best label leads.
    """
    return min((margin for one in item.predictions if (margin := _margin(one)) is not None), default=None)


def _margin(prediction: c.Prediction) -> float | None:
    if prediction.shadow or prediction.error is not None:
        return None
    if prediction.anomaly_score is not None:
        threshold = prediction.anomaly_threshold
        return abs(prediction.anomaly_score / threshold - 1) if threshold else None
    best = sorted((prediction.scores or {}).values())[-2:]
    return best[1] - best[0] if len(best) == 2 else None  # noqa: PLR2004 - the two best


def folded(text: str) -> str:
    """Text as it is searched for: without case, in one line."""
    return " ".join(text.casefold().split())


def _folded(lines: Iterator[str]) -> str:
    kept = ""
    for line in lines:
        kept += f"\n{folded(line)}"
        if len(kept) > MAX_TEXT:
            return kept[:MAX_TEXT]
    return kept


def _findings(item: c.Item) -> Iterator[str]:
    told = [finding for finding in item.findings if finding.verdict == "KO" or finding.borderline]
    yield from (f"{finding.rule}|{finding.camera or ''}|{finding.text}" for finding in told)
    # Of a part that no rule has judged: it came too late, or its trigger could not be read.
    if item.finding and not any(finding.verdict == "KO" for finding in told):
        yield f"||{item.finding}"


def _carried(item: c.Item) -> Iterator[str]:
    yield item.part_id
    if isinstance(item.trigger, dict):
        yield from (f"{key}={_plain(value)}" for key, value in item.trigger.items() if key not in _NAMED)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
