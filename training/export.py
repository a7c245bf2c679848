"""From the trained network to the file that is shipped: float32, then int8 from end to end."""

from pathlib import Path

import litert_torch
import numpy as np
import torch
from ai_edge_litert.interpreter import Interpreter
from ai_edge_quantizer import quantizer, recipe
from numpy.typing import NDArray

from training.data import INPUT_PX
from training.network import DuckNet


def export_float(network: DuckNet, path: Path) -> None:
    """Write the network as float32 with the channels last, as cameras give them."""
    channels_last = litert_torch.to_channel_last_io(network, args=[0])
    example = torch.full((1, INPUT_PX, INPUT_PX, 3), 127.0)
    litert_torch.convert(channels_last, (example,)).export(str(path))


def quantise(source: Path, target: Path, images: NDArray[np.uint8]) -> None:
    """Write `source` with weights and activations in int8, their ranges learnt from `images`."""
    signatures = Interpreter(str(source)).get_signature_list()
    signature = next(iter(signatures))
    name = signatures[signature]["inputs"][0]
    pixels = images.astype(np.float32)
    pixels[:, 0, 0], pixels[:, 0, 1] = 0.0, 255.0  # the input's range is all of 0..255: a pixel is one step
    tool = quantizer.Quantizer(str(source))
    tool.load_quantization_recipe(recipe.static_wi8_ai8())
    learnt = tool.calibrate({signature: [{name: picture[None]} for picture in pixels]})
    target.unlink(missing_ok=True)
    tool.quantize(learnt).export_model(str(target))


def run(path: Path, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The scores of KO, (n,), that the exported file gives, run by LiteRT as the inference agent does."""
    interpreter = Interpreter(str(path), num_threads=1)
    interpreter.allocate_tensors()
    entry, result = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    (in_scale, in_zero), (out_scale, out_zero) = entry["quantization"], result["quantization"]
    scores = np.empty(len(images), np.float32)
    for number, image in enumerate(images):
        values = np.round(image[None].astype(np.float32) / in_scale) + in_zero
        interpreter.set_tensor(entry["index"], np.clip(values, -128, 127).astype(np.int8))
        interpreter.invoke()
        scores[number] = (float(interpreter.get_tensor(result["index"])[0, 1]) - out_zero) * out_scale
    return scores
