"""How a network is to be trained, as the command asks for it. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Training:
    """How to train: `minutes` at the most; `any_way`: the parts lie turned and mirrored as they come."""

    minutes: float = 10.0
    seed: int = 0
    any_way: bool = False
