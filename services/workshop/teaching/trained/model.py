"""What a training gives: a model of its own, as the bytes of its file."""

from dataclasses import dataclass
from pathlib import Path

from inference_agent.bundle import MANIFEST, Bundle
from inference_agent.decoders import Classification
from inference_agent.decoders.anomaly import LABELS
from workshop.teaching.whole import lines, write_whole

METHOD = "cnn"
MODEL = "model.tflite"


DECODER = Classification(activation="softmax")


@dataclass(frozen=True, slots=True)
class Trained:
    """An int8 `.tflite` that takes RGB as it is and gives a score for each label, before the softmax."""

    model: bytes


def bundle_of(name: str, version: str) -> Bundle:
    """The settings of its bundle. The threshold is a rule's: a classifier says how probable each label is."""
    return Bundle(
        name=name,
        version=version,
        file=MODEL,
        labels=LABELS,
        decoder=DECODER,
    )


def write_trained(  # noqa: PLR0913 - all that a bundle holds, by name
    folder: Path, trained: Trained, *, name: str, version: str, card: str = "", beside: dict[str, bytes] | None = None
) -> None:
    """Write the bundle: whole, or not at all; the folder must not be there yet.

    Raises:
        ConfigError: if the folder is there, or what is to be written would be no bundle.
        OSError: if the disk does not take it; nothing is left of it then.
    """
    bundle = bundle_of(name, version)
    head = {"name": name, "version": version, "file": MODEL, "labels": LABELS, "threads": bundle.threads}
    tables = {key: getattr(bundle, key).model_dump(mode="json", exclude_none=True) for key in ("input", "decoder")}

    def fill(draft: Path) -> None:
        (draft / MODEL).write_bytes(trained.model)
        text = "".join(f"\n[{key}]\n{lines(table)}" for key, table in tables.items())
        (draft / MANIFEST).write_text(f"# Trained by okko.\n{lines(head)}{text}", encoding="utf-8")

    write_whole(folder, fill, card, beside)
