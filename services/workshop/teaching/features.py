"""What a backbone makes of many pictures: all that the methods learn from."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference_agent.images import Bgr
from workshop.teaching.backbone import Backbone


@dataclass(frozen=True, slots=True)
class Features:
    """What a backbone makes of n pictures. pooled: (n, d) float32; patches: (n, h, w, c) float32.

    `blocks`: how many numbers of the pooled vector are of one kind: embedding, mean, spread.
    """

    pooled: NDArray[np.float32]
    patches: NDArray[np.float32]
    blocks: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.pooled)

    def take(self, which: "NDArray[np.intp] | list[int]") -> "Features":
        """Those of some of the pictures."""
        return Features(self.pooled[which], self.patches[which], self.blocks)


def features(backbone: Backbone, images: Iterable[Bgr], progress: Callable[[int], None] | None = None) -> Features:
    """What the backbone makes of the decoded pictures, in order; `progress` hears how many are done."""
    seen = []
    for number, image in enumerate(images, 1):
        seen.append(backbone.look(image))
        if progress is not None:
            progress(number)
    if not seen:
        return Features(
            np.zeros((0, backbone.sizes.pooled), np.float32),
            np.zeros((0, *backbone.sizes.grid), np.float32),
            backbone.sizes.blocks,
        )
    pooled, patches = zip(*seen, strict=True)
    return Features(np.stack(pooled), np.stack(patches), backbone.sizes.blocks)
