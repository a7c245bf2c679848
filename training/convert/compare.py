"""How the written model compares with the float one, on pictures: same labels, scores, size, time."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from inference_agent.decoders.decoded import Decoded
from inference_agent.model import Model
from okko.errors import ConfigError, ImageError
from training.convert.pictures import open_file

Scores = dict[str, float]


@dataclass(frozen=True, slots=True)
class Answers:
    """What one form of the model said of each picture. `size_bytes` is None for what is no file."""

    name: str
    size_bytes: int | None
    invoke_ms: float
    scores: tuple[Scores, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """How the answers of two forms differ: pictures with the same best label, biggest difference of a score."""

    same_label: int
    pictures: int
    biggest: float


def answers(name: str, path: Path, model: Model, pictures: Sequence[Path]) -> Answers:
    """What the loaded model says of the pictures, each gone through as the agent does, and its median time.

    Raises:
        ConfigError: if a picture cannot be decoded.
    """
    scores, times = [], []
    for picture in pictures:
        try:
            seen = model.look(open_file(picture))
        except ImageError as error:
            raise ConfigError.one(picture, "--images", str(error), "Take it out of the folder") from error
        scores.append(scores_of(seen.decoded))
        times.append(seen.timings_ms["invoke"])
    return Answers(name, path.stat().st_size, median(times), tuple(scores))


def scores_of(decoded: Decoded) -> Scores:
    """The score of each label; of a detector the best score of each."""
    if decoded.detections is None:
        return dict(decoded.scores or {})
    scores: Scores = {}
    for detection in decoded.detections:
        scores[detection.label] = max(detection.score, scores.get(detection.label, 0.0))
    return scores


def difference(reference: Answers, other: Answers) -> Difference:
    """A label that one of them does not report counts as 0 there; none reported by either is the same answer."""
    pairs = list(zip(reference.scores, other.scores, strict=True))
    gaps = [abs(a.get(label, 0.0) - b.get(label, 0.0)) for a, b in pairs for label in a.keys() | b.keys()]
    return Difference(sum(_best(a) == _best(b) for a, b in pairs), len(pairs), max(gaps, default=0.0))


def lines(reference: Answers, others: Sequence[Answers]) -> str:
    """A table for people, and for a model card: it is Markdown."""
    rows = ["| model | size | invoke, 1 thread | same label as float | biggest difference |", "|---|---|---|---|---|"]
    for it in sorted((reference, *others), key=lambda it: it.size_bytes is not None):
        size = "-" if it.size_bytes is None else f"{it.size_bytes / 1000:.1f} kB"
        gap = difference(reference, it)
        told = "- | -" if it is reference else f"{gap.same_label} of {gap.pictures} | {gap.biggest:.4f}"
        rows.append(f"| {it.name} | {size} | {it.invoke_ms:.3f} ms | {told} |")
    return "\n".join(rows)


def _best(scores: Scores) -> str | None:
    return max(scores, key=scores.__getitem__, default=None)
