"""All that `okko model inspect` finds out about a file: what it says, what LiteRT says, what it looks like."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from inference_agent import labels as label_files
from inference_agent.bundle import Input
from inference_agent.runtime import Network
from okko.errors import ModelError
from workshop.models import model_file, running, tflite_metadata
from workshop.models.guess import Guess, guess
from workshop.models.model_file import ModelFile
from workshop.models.new_bundle import Draft, name_of
from workshop.models.running import Speed
from workshop.models.tflite_metadata import Metadata

THREADS = (1, 2)
_DELEGATES = {
    "edgetpu-custom-op": "an Edge TPU with its delegate (compiled by edgetpu_compiler)",
    "DISPATCH_OP": "the NPU it was compiled for, with its vendor's library",
}
_FLEX = "Flex"
_BUILT_IN = frozenset({"TFLite_Detection_PostProcess"})


@dataclass(frozen=True)
class Findings:
    """`refused`: why okko can't use the file, None where it can. `needs`: what else than LiteRT must be there.

    `litert`: LiteRT's own words, where it does not load or run it. `shapes` are of the outputs after a run.
    """

    path: Path
    file: ModelFile
    metadata: Metadata
    labels: tuple[str, ...]
    guess: Guess | None
    speeds: tuple[Speed, ...]
    needs: tuple[str, ...]
    refused: str | None
    shapes: tuple[tuple[int, ...], ...] = ()
    litert: str | None = None

    @property
    def draft(self) -> Draft | None:
        """The `model.toml` to begin with, where it looks like something."""
        if self.guess is None or not self.guess.can_decode:
            return None
        return Draft(
            name=name_of(self.path),
            version=self.metadata.version or "1",
            input=self.guess.input,
            decoder={"kind": self.guess.kind, **self.guess.decoder},
            labels=self.guess.labels,
            notes=self.guess.notes,
        )

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        draft = self.draft
        return {
            "file": str(self.path),
            **asdict(self.file),
            "author": asdict(self.metadata),
            "labels": self.labels,
            "looks_like": None if self.guess is None else asdict(self.guess),
            "invoke": [asdict(speed) for speed in self.speeds],
            "needs": self.needs,
            "refused": self.refused,
            "litert": self.litert,
            "output_shapes": self.shapes,
            "model_toml": None if draft is None else draft.toml(),
        }


def examine(path: Path, *, measure: bool = True) -> Findings:
    """Look at a file from all sides.

    Raises:
        ModelError: if it can't be read at all.
    """
    content = model_file.read_bytes(path)
    file = model_file.read(content)
    metadata = tflite_metadata.read(content)
    labels = label_files.from_model(path)
    needs = tuple(_needs(file))
    if file.damage is not None and not file.inputs:
        return Findings(path, file, metadata, labels, None, (), needs, _refused(path, Input()) or file.damage)
    ran = running.run(content)
    shapes = ran.shapes or tuple(tensor.shape for tensor in file.outputs)
    found = guess(file, shapes, labels, metadata, ran.values[0] if ran.values else None)
    speeds = tuple(running.speed(content, threads) for threads in THREADS) if measure and ran.why is None else ()
    if found.input:
        refused = _refused(path, Input.model_validate_json(json.dumps(found.input)))
    else:
        refused = f"{found.kind}: {found.why}"
    return Findings(path, file, metadata, labels, found, speeds, needs, refused, ran.shapes, ran.why)


def _needs(file: ModelFile) -> list[str]:
    needs = []
    for op in file.ops:
        if not op.custom or op.name in _BUILT_IN:
            continue
        if op.name.startswith(_FLEX):
            needs.append(f"TensorFlow's own operator {op.name.removeprefix(_FLEX)}, which LiteRT does not have")
        else:
            needs.append(_DELEGATES.get(op.name, f"the custom operator {op.name}"))
    return needs


def _refused(path: Path, settings: Input) -> str | None:
    try:
        Network(path, settings)
    except ModelError as error:
        return error.why
    return None
