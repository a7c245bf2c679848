"""Which models look at which camera's frames, and how one follows another. Pure: what is wanted in, what is run out.

A model takes the place of another of its name at once: whoever awaits the name gets the new one. One of another name
joins, and the old one goes on answering until nobody awaits it any more; that is the decision agent's to say.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class Lineup:
    """The keys of each camera's models, in the order in which they run. `names` tells each key's name in topics."""

    deciding: dict[str, tuple[str, ...]]
    names: dict[str, str] = field(default_factory=dict)
    _wanted: dict[str, tuple[str, ...]] | None = None
    _unneeded_since_ns: dict[tuple[str, str], int] = field(default_factory=dict)

    def cameras(self) -> tuple[str, ...]:
        """The cameras that have models, or had."""
        return tuple(self.deciding)

    def models_of(self, camera: str) -> tuple[str, ...]:
        """The keys of the models that answer for a frame of this camera."""
        return self.deciding.get(camera, ())

    def keys(self) -> set[str]:
        """The keys of all models that answer for any camera."""
        return {key for keys in self.deciding.values() for key in keys}

    def want(self, wanted: Mapping[str, tuple[str, ...]]) -> None:
        """From the next frame on each camera has these models, and beside them what other names are awaited still."""
        self._wanted = dict(wanted)
        for camera in (*self.deciding, *wanted):
            new = wanted.get(camera, ())
            replaced = {self.names[key] for key in new}
            staying = (key for key in self.models_of(camera) if self.names[key] not in replaced)
            # The old ones first: items that were begun before wait for them alone.
            self.deciding[camera] = (*staying, *new)

    def is_leaving(self) -> bool:
        """Whether a model answers that is not wanted any more."""
        return next(iter(self._leaving()), None) is not None

    def needed(self, awaited: Iterable[tuple[str, str]], now_ns: int, after_ns: int) -> bool:
        """Whether a model went now: it is not wanted any more, and was not awaited for `after_ns`.

        `awaited` are the pairs of camera and model that new items wait for.
        """
        awaited = set(awaited)
        gone = False
        for camera, key in tuple(self._leaving()):
            if (camera, self.names[key]) in awaited:
                self._unneeded_since_ns.pop((camera, key), None)
            elif now_ns - self._unneeded_since_ns.setdefault((camera, key), now_ns) > after_ns:
                del self._unneeded_since_ns[camera, key]
                self.deciding[camera] = tuple(k for k in self.deciding[camera] if k != key)
                gone = True
        return gone

    def serves(self) -> tuple[str, ...]:
        """`camera/model` for each pair."""
        return tuple(f"{camera}/{self.names[key]}" for camera, keys in self.deciding.items() for key in keys)

    def _leaving(self) -> Iterable[tuple[str, str]]:
        if self._wanted is None:
            return
        for camera, keys in self.deciding.items():
            yield from ((camera, key) for key in keys if key not in self._wanted.get(camera, ()))
