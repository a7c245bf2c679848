"""The backbone: the network that teaching learns on, found, loaded and asked for features."""

from pathlib import Path

import numpy as np

from inference_agent.anomaly.features import Patches, Sizes, Vector, patches_of, pooled_of, sizes_of
from inference_agent.bundle import Bundle, Input, load_bundle
from inference_agent.decoders import Features as FeaturesDecoder
from inference_agent.images import Bgr, Picture
from inference_agent.preprocess import Preprocessor
from inference_agent.runtime import Network
from okko.errors import ConfigError

NAME = "backbone-lite0"
_PACKAGED = Path(__file__).parents[1] / NAME
_CHECKOUT = Path(__file__).parents[3] / "models" / NAME


class Backbone:
    """Loaded and warmed up; it looks at pictures by the very path of a running station. It belongs to one thread.

    `taken` says how pictures are brought to its input, where that is not as in its own `model.toml`.

    Raises:
        ConfigError: if there is no backbone in the folder.
        ModelError: if its file can't be used.
    """

    def __init__(self, folder: Path, taken: Input | None = None) -> None:
        self.folder = folder
        self.bundle: Bundle = load_bundle(folder)
        if not isinstance(self.bundle.decoder, FeaturesDecoder):
            raise ConfigError.one(
                folder / "model.toml",
                "decoder.kind",
                f'{self.bundle.decoder.kind!r} is no backbone: it must be "features"',
                "Name the folder of a backbone, such as models/backbone-lite0",
            )
        self.taken = taken or self.bundle.input
        self._network = Network(
            folder / self.bundle.file, self.taken, threads=self.bundle.threads, delegate=self.bundle.delegate
        )
        self.sha256 = self._network.sha256
        try:
            self.sizes: Sizes = sizes_of(self._network.outputs)
        except ValueError as error:
            raise ConfigError.one(folder / self.bundle.file, "", str(error)) from error
        self._preprocessor = Preprocessor(self.taken, self._network.input)

    def decoded(self, picture: Picture) -> Bgr:
        """The picture at the scale at which the station decodes it for this backbone.

        Raises:
            ImageError: if it can't be decoded.
        """
        return picture.at(self._preprocessor.scale_for(picture))

    def look(self, image: Bgr) -> tuple[Vector, Patches]:
        """What it makes of a decoded picture: pooled (d,), patches (h, w, c); without maps these are empty."""
        self._preprocessor.fill(image, self._network.input_view())
        outputs = self._network.invoke()
        patches = patches_of(outputs) if self.sizes.grid[0] else np.zeros((0, 0, 0), np.float32)
        return pooled_of(outputs), patches


def find_backbone() -> Path:
    """The folder of the backbone that comes with okko: of the installed package, or of the source tree.

    Raises:
        ConfigError: if it is in neither.
    """
    for folder in (_PACKAGED, _CHECKOUT):
        if (folder / "model.toml").is_file():
            return folder
    raise ConfigError.one(
        NAME, "", f"the backbone is neither in {_PACKAGED} nor in {_CHECKOUT}", "Name its folder with --backbone"
    )
