"""Models that tell how odd a part looks: taught from good parts, autoencoders, and networks that give a heat map."""

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from inference_agent.decoders.decoded import OutputSpec
from okko.settings import Settings, Share

LABELS = ("OK", "KO")


class Anomaly(Settings):
    """Odd, `KO`, where the score is above `threshold`; else `OK`.

    `padim`, `mahalanobis` and `nearest` compare a backbone's features with what good parts taught, which stands in
    `state`: such bundles are made by teaching. `autoencoder`: the model gives its input back, and errs where it is odd:
    the score is the mean squared error. `heatmap`: the model says of each place how odd it is, and the `quantile` of
    them is the score. The score that a label gets is 0.5 at the threshold; it is no probability.
    """

    kind: Literal["anomaly"] = "anomaly"
    method: Annotated[
        Literal["padim", "mahalanobis", "nearest", "autoencoder", "heatmap"],
        Field(description="how the outputs become a score"),
    ]
    threshold: Annotated[float, Field(gt=0.0, description="a part with a higher anomaly score is KO")]
    state: Annotated[
        str | None,
        Field(description="the .npz with what was taught, relative to the bundle's folder; of the first three methods"),
    ] = None
    quantile: Annotated[
        Share, Field(description="of a heat map: which place's value is the score; 1 is the highest of all")
    ] = 1.0
    map: Annotated[
        bool, Field(description="whether predictions carry a map of where it is odd, if the method has one")
    ] = True

    @field_validator("state")
    @classmethod
    def _inside(cls, path: str | None) -> str | None:
        if path is not None and (not path or path.startswith("/") or ".." in path.split("/")):
            message = "must name a file inside the bundle's folder"
            raise ValueError(message)
        return path

    @model_validator(mode="after")
    def _state_where_taught(self) -> Self:
        if self.is_taught and self.state is None:
            message = f'method = "{self.method}" needs `state`, the file with what was taught'
            raise ValueError(message)
        if not self.is_taught and self.state is not None:
            message = f'method = "{self.method}" has no `state`'
            raise ValueError(message)
        return self

    @property
    def task(self) -> str:
        """What a Prediction calls it."""
        return "anomaly"

    @property
    def is_taught(self) -> bool:
        """Whether it needs what good parts taught."""
        return self.method not in ("autoencoder", "heatmap")

    def check(self, outputs: tuple[OutputSpec, ...], _labels: tuple[str, ...]) -> str | None:
        """Why these outputs can't be scored, or None; `inference_agent.anomaly.reader` asks the rest of the state."""
        if self.is_taught:
            from inference_agent.anomaly.features import sizes_of  # every agent reads bundles, only this one has numpy

            try:
                sizes = sizes_of(outputs)
            except ValueError as error:
                return str(error)
            if self.method != "mahalanobis" and 0 in sizes.grid:
                return f'method = "{self.method}" looks at maps [1, h, w, c], this model gives none'
        elif len(outputs) != 1:
            return f'method = "{self.method}" takes one output, this model has {len(outputs)}'
        return None
