"""A taught bundle on disk: the backbone's file, what was taught, and a `model.toml`; the same bytes each time."""

import shutil
from pathlib import Path
from typing import Any

from inference_agent import linear_head
from inference_agent.anomaly.state import METHODS, State, packed
from inference_agent.bundle import MANIFEST, Input
from inference_agent.decoders.anomaly import LABELS
from inference_agent.linear_head import LinearHead
from workshop.teaching.backbone import Backbone
from workshop.teaching.whole import lines, write_whole

MODEL = "model.tflite"
STATE = "state.npz"
HEAD = "head.npz"


def write_bundle(  # noqa: PLR0913 - all that a bundle holds, by name
    folder: Path,
    backbone: Backbone,
    state: State | LinearHead,
    threshold: float,
    *,
    name: str,
    version: str,
    card: str = "",
    beside: dict[str, bytes] | None = None,
    labels: tuple[str, ...] = LABELS,
) -> None:
    """Write the bundle: whole, or not at all; `beside` are more files, by name. The folder must not be there yet.

    Raises:
        ConfigError: if the folder is there, or what is to be written would be no bundle.
        OSError: if the disk does not take it; nothing is left of it then.
    """

    def fill(draft: Path) -> None:
        shutil.copyfile(backbone.folder / backbone.bundle.file, draft / MODEL)
        for notice in ("NOTICE", "LICENSE"):
            if (backbone.folder / notice).is_file():
                shutil.copyfile(backbone.folder / notice, draft / notice)
        if isinstance(state, LinearHead):
            (draft / HEAD).write_bytes(linear_head.packed(state))
        else:
            (draft / STATE).write_bytes(packed(state))
        (draft / MANIFEST).write_text(manifest(backbone, state, threshold, name, version, labels), encoding="utf-8")

    write_whole(folder, fill, card, beside)


def manifest(  # noqa: PLR0913, PLR0917 - all that it says
    backbone: Backbone,
    state: State | LinearHead,
    threshold: float,
    name: str,
    version: str,
    labels: tuple[str, ...] = LABELS,
) -> str:
    """The text of `model.toml`."""
    head = {
        "name": name,
        "version": version,
        "file": MODEL,
        "labels": labels,
        "threads": backbone.bundle.threads,
    }
    if isinstance(state, LinearHead):
        # Its threshold is a rule's: a classifier says how probable each label is.
        decoder: dict[str, Any] = {"kind": "classification", "head": HEAD}
    else:
        method = next(method for method, kind in METHODS.items() if isinstance(state, kind))
        decoder = {"kind": "anomaly", "method": method, "state": STATE, "threshold": round(threshold, 6)}
    return (
        f"# Taught by okko on {backbone.bundle.name} {backbone.bundle.version}.\n"
        f"{lines(head)}\n[input]\n{lines(_input(backbone.taken))}\n[decoder]\n{lines(decoder)}"
    )


def _input(taken: Input) -> dict[str, Any]:
    return taken.model_dump(mode="json", exclude_none=True)
