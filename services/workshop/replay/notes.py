"""What a reader must know to believe the figures: what was other when the items were decided. Pure."""

from collections.abc import Iterator, Mapping

from okko.contracts import ModelRef
from workshop.replay.evidence import Seer
from workshop.replay.tally import Tally

_SHOWN = 8


def notes_of(tally: Tally, looking: Mapping[Seer, ModelRef]) -> Iterator[str]:
    """A sentence each."""
    for (camera, model), ref in sorted(looking.items()):
        yield f"camera {camera}: model {model} {ref.version} ({ref.sha256[:_SHOWN]}) looks now"
    for (camera, name, version, sha256), count in sorted(tally.decided_by.items()):
        now = looking.get((camera, name))
        if now is None or now.sha256 != sha256:
            plural = "" if count == 1 else "s"
            yield f"camera {camera}: {count} item{plural} recorded with model {name} {version} ({sha256[:_SHOWN]})"
    if tally.other_configuration:
        count = tally.other_configuration
        yield f"items decided under another configuration than the station has now: {count} of {tally.replayed}"
    if tally.classes:
        named = ", ".join(f"{label} ({count})" for label, count in tally.classes.most_common(_SHOWN))
        yield f"labels that are neither OK nor KO count as bad parts: {named}"
