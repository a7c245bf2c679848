"""Decoders: what a model's outputs mean. One file each, told apart by `kind`."""

from typing import Annotated

from pydantic import Field

from inference_agent.decoders.anchors import Anchors
from inference_agent.decoders.anomaly import Anomaly
from inference_agent.decoders.classification import Classification
from inference_agent.decoders.features import Features
from inference_agent.decoders.segmentation import Segmentation
from inference_agent.decoders.ssd import Ssd
from inference_agent.decoders.yolo import Yolo

Decoder = Annotated[
    Anchors | Anomaly | Classification | Features | Segmentation | Ssd | Yolo, Field(discriminator="kind")
]

__all__ = ["Anchors", "Anomaly", "Classification", "Decoder", "Features", "Segmentation", "Ssd", "Yolo"]
