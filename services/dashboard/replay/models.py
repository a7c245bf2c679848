"""The models that recorded items can be replayed through, each by a key: nothing else can be named from a browser."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dashboard.teach.bundles import Models, Taught

Kind = Literal["taught", "shadow", "in_force"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model, and where it is from. `camera`: the one that it is for, where that is known."""

    key: str
    kind: Kind
    name: str
    folder: Path
    camera: str | None = None
    taught: Taught | None = None


def candidates(models: Models) -> Iterator[Candidate]:
    """All that there are: taught ones, those in the shadow, those in force."""
    for bundle in models.taught:
        name = f"{bundle.name} {bundle.version}"
        yield Candidate(f"taught/{bundle.key}", "taught", name, bundle.folder, bundle.camera, bundle)
    kinds: tuple[tuple[Kind, str], ...] = (("shadow", "shadows"), ("in_force", "models"))
    for kind, table in kinds:
        for camera, about in models.in_force["cameras"].items():
            for model in about[table]:
                name = f"{model['name']} {model['version']}"
                yield Candidate(f"{kind}/{camera}/{model['name']}", kind, name, Path(model["bundle"]), camera)
