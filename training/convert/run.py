"""The conversion from its beginning to its end: nothing is left in the bundle's folder unless all went well."""

import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

from inference_agent.bundle import MANIFEST, Bundle, load_bundle
from okko.errors import ConfigError
from training.convert.card import card
from training.convert.manifest import write_manifest
from training.convert.options import Options
from training.convert.pictures import find_pictures, prepare, spread
from workshop.conversion.needs import needs
from workshop.conversion.whole_range import with_whole_range

if TYPE_CHECKING:
    from training.convert.compare import Answers
    from training.convert.torch_model import TorchModel

_FLOAT = ".float"
_CARD = "CARD.md"


@dataclass(frozen=True, slots=True)
class _Work:
    """What the steps share: `folder` becomes the bundle's at the end, `taught` are those of the pictures for int8."""

    options: Options
    folder: Path
    bundle: Bundle
    pictures: tuple[Path, ...]
    taught: tuple[Path, ...]

    @property
    def float_file(self) -> Path:
        """Where the float model is, under the name that its maker knows: errors have it."""
        if self.options.tflite is not None:
            return self.options.tflite.resolve()
        name = str(self.options.model).rpartition("/")[2].partition(".")[0]
        return self.folder / _FLOAT / f"{name}.tflite"

    @property
    def target(self) -> Path:
        return self.folder / self.bundle.file


def run(options: Options) -> str:
    """Write the bundle; gives the comparison, for people.

    Raises:
        ConfigError: if what was asked for cannot be done as it was asked.
        ModelError: if the model cannot be converted, quantised or run.
    """
    _refuse(options)
    pictures = find_pictures(options.images) if options.images else ()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".convert-", dir=options.out.parent) as name:
        folder = Path(name).resolve()
        write_manifest(options, folder)
        taught = spread(pictures, options.calibrate) if options.quantize == "int8" else ()
        work = _Work(options, folder, _for_measuring(load_bundle(folder)), pictures, taught)
        torch_model = _write_float(work)
        comparison = _quantise_and_compare(work, torch_model)
        shutil.rmtree(folder / _FLOAT, ignore_errors=True)
        source = Path(str(options.tflite or options.model)).name
        text = card(load_bundle(folder), source, options.quantize, comparison)
        (folder / _CARD).write_text(text, encoding="utf-8")
        _move(folder, options.out)
    return comparison


def _refuse(options: Options) -> None:
    if (options.model is None) == (options.tflite is None):
        raise ConfigError.one("training.convert", "MODEL", "give a PyTorch model or --tflite FILE, and not both")
    if options.tflite is not None and not options.tflite.is_file():
        raise ConfigError.one(options.tflite, "--tflite", "there is no such file")
    if options.quantize == "int8" and options.images is None:
        raise ConfigError.one(
            "training.convert",
            "--images",
            "is missing: int8 learns the ranges of all values from pictures",
            "Name a folder of 100 or more of the camera's own, or take --quantize dynamic",
        )
    if (options.out / MANIFEST).exists() and not options.replace:
        raise ConfigError.one(options.out, "--out", "holds a bundle", "Name another folder, or say --replace")


def _for_measuring(bundle: Bundle) -> Bundle:
    """The bundle on one thread and reporting every score, so that a difference below `min_score` shows."""
    decoder = bundle.decoder
    if decoder.kind == "classification":
        decoder = decoder.model_copy(update={"min_score": 0.0})
    return bundle.model_copy(update={"threads": 1, "decoder": decoder})


def _write_float(work: _Work) -> "TorchModel | None":
    options = work.options
    if options.tflite is not None:
        return None
    from training.convert.torch_model import export_float, load_torch

    model = load_torch(options, 1 if work.bundle.input.color == "gray" else 3)
    work.float_file.parent.mkdir()
    export_float(model, work.float_file)
    return model


def _quantise_and_compare(work: _Work, torch_model: "TorchModel | None") -> str:
    with needs("ai_edge_litert", "inference"):
        from inference_agent.model import Model
    from training.convert.compare import answers, lines

    how, pictures = work.options.quantize, work.pictures
    # Loaded before the work begins: labels that do not fit the outputs are found here.
    float_model = Model(work.folder, work.bundle.model_copy(update={"file": str(work.float_file)}))
    work.target.parent.mkdir(parents=True, exist_ok=True)
    if how == "none":
        shutil.copyfile(work.float_file, work.target)
    else:
        _quantise(work, how)
    written = Model(work.folder, work.bundle)
    if not pictures:
        return f"Not compared, for want of --images. The model has {work.target.stat().st_size / 1000:.1f} kB."
    others = [] if torch_model is None else [_of_torch(torch_model, work)]
    reference = answers("float", work.float_file, float_model, pictures)
    if how != "none":
        others.append(answers(how, work.target, written, pictures))
    taught = f", {len(work.taught)} of which taught int8 its ranges" if work.taught else ""
    return f"{lines(reference, others)}\n\nOn {len(pictures)} pictures{taught}."


def _quantise(work: _Work, how: Literal["dynamic", "int8"]) -> None:
    from inference_agent.runtime import Network
    from workshop.conversion.quantise import quantise

    settings = work.bundle.input
    tensor = Network(work.float_file, settings).input
    samples = [with_whole_range(it.values, settings, tensor) for it in prepare(work.taught, settings, tensor)]
    quantise(work.float_file, work.target, how, samples)


def _of_torch(model: "TorchModel", work: _Work) -> "Answers":
    from inference_agent.anomaly.reader import Reader
    from inference_agent.decoders.decoded import Output
    from inference_agent.model import ready
    from inference_agent.runtime import Network
    from training.convert.compare import Answers, scores_of

    bundle = work.bundle
    network = Network(work.float_file, bundle.input)
    decoder, tensor = ready(work.target.parent, bundle, network), network.input
    scores, times = [], []
    for prepared in prepare(work.pictures, bundle.input, tensor):
        began = time.perf_counter()
        outputs = model.run(prepared.values)
        times.append((time.perf_counter() - began) * 1e3)
        if isinstance(decoder, Reader) and decoder.needs_input:
            outputs = (*outputs, Output("input", prepared.values))
        scores.append(scores_of(decoder.decode(outputs, prepared.geometry, bundle.labels)))
    return Answers("PyTorch", None, median(times), tuple(scores))


def _move(work: Path, out: Path) -> None:
    """The manifest last: a folder with a manifest has the model that belongs to it."""
    files = sorted((path for path in work.rglob("*") if path.is_file()), key=lambda path: path.name == MANIFEST)
    for path in files:
        target = out / path.relative_to(work)
        if path.name == _CARD and target.exists():
            continue  # what people wrote there is worth more than this stub
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)
