"""Decoders: what a model's outputs mean. One file each, told apart by `kind`."""

from typing import Annotated

from pydantic import Field

from inference_agent.decoders.anchors import Anchors
from inference_agent.decoders.classification import Classification
from inference_agent.decoders.segmentation import Segmentation
from inference_agent.decoders.ssd import Ssd
from inference_agent.decoders.yolo import Yolo

Decoder = Annotated[Anchors | Classification | Segmentation | Ssd | Yolo, Field(discriminator="kind")]

__all__ = ["Anchors", "Classification", "Decoder", "Segmentation", "Ssd", "Yolo"]
