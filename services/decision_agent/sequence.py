"""The PLC's counter: what a `seq` says about the triggers before it. Pure."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Step:
    """What one more `seq` means: nothing special, triggers that were missed, or a counter that began again."""

    kind: Literal["next", "missed", "reset"]
    missed: int = 0


def step(last: int | None, seq: int) -> Step:
    """What `seq` means after `last`.

    Any step back is a reset: a wrap, or a restart at 0 or 1. The same number again, which is a new part once the
    duplicate window is over, is neither.
    """
    if last is None or seq in (last, last + 1):
        return Step("next")
    if seq > last:
        return Step("missed", seq - last - 1)
    return Step("reset")
