"""`okko model import`: a bundle made of a model that another system describes in its `metadata.json`."""

from pathlib import Path
from typing import Any

import click

from okko.errors import ModelError, OkkoError
from workshop.models.elsewhere import Taken
from workshop.models.predict import need_litert


@click.command(
    name="import",
    short_help="A bundle of a model with a metadata.json.",
    epilog="""\b
Examples:
  okko model import their-models/caps/metadata.json --to models/caps
  okko model import metadata.json --model caps-v3.tflite --to models/caps
""",
)
@click.argument("metadata", metavar="METADATA_JSON", type=click.Path(path_type=Path))
@click.option(
    "--model",
    "model",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The .tflite; without it the one that the metadata names, or the only one beside it.",
)
@click.option("--to", "folder", metavar="FOLDER", required=True, type=click.Path(path_type=Path, file_okay=False))
@click.option("--force", is_flag=True, help="Over the bundle that is there.")
def import_(metadata: Path, model: Path | None, folder: Path, *, force: bool) -> None:
    """A bundle in FOLDER, made of a model that METADATA_JSON describes, as model servers of other systems have it.

    Read are its output_type, class_names, normalization (mobilenet, yolo, uint8) and what else it says of a model;
    each key is told, with what became of it. What it leaves open is taken from the model file. The bundle is loaded
    in the end to see whether it works; exit 1 where it does not.
    """
    need_litert()
    from workshop.models import elsewhere, new_bundle
    from workshop.models.findings import examine
    from workshop.models.guess_input import bytes_as_they_are
    from workshop.models.looking import Looker

    taken = elsewhere.read(metadata)
    file = model or _file(metadata, taken)
    if not file.is_file():
        message = f"there is no file {str(file)!r}"
        raise click.BadParameter(message, param_hint="--model")
    found = examine(file, measure=False)
    for line in taken.said:
        click.echo(f"taken     {line}")
    for line in taken.left:
        click.echo(f"left out  {line}")
    kind = taken.kind or (found.guess.kind if found.guess is not None else None)
    if kind is None or found.guess is None or not found.guess.input:
        raise ModelError(file.name, found.refused or "it can't be told what it gives; see okko model inspect")
    decoder = _decoder(kind, found.guess.decoder if found.guess.kind == kind else {}, taken)
    for line in _differences(kind, found.guess.kind):
        click.echo(f"beware    {line}")
    settings = {**found.guess.input, **taken.input}
    if taken.is_raw and (scaled := bytes_as_they_are(found.file.inputs[0])) not in {None, (0.0, 1.0)}:
        settings["mean"], settings["std"] = scaled
        click.echo(f"taken     as its input is quantised, that is mean = {scaled[0]}, std = {scaled[1]} here")
    draft = new_bundle.Draft(
        name=new_bundle.name_of(Path(taken.name)) if taken.name else new_bundle.name_of(file),
        version=(taken.version or "1")[:64],
        input=settings,
        decoder=decoder,
        labels=taken.labels or found.guess.labels,
        notes=_notes(found.guess.notes, taken),
    )
    manifest = new_bundle.write(folder, file, draft, force=force)
    try:
        Looker(folder)
    except OkkoError:
        click.echo(f"wrote {manifest}; it does not load as it is: mend it", err=True)
        raise
    click.echo(f"wrote {manifest}; it loads. See what it says: okko model try {folder} IMAGES...", err=True)


def _file(metadata: Path, taken: Taken) -> Path:
    """The model that the metadata names, or the only one beside it."""
    if taken.file is not None and (named := metadata.parent / Path(taken.file).name).suffix == ".tflite":
        return named
    beside = sorted(metadata.parent.glob("*.tflite"))
    if len(beside) == 1:
        return beside[0]
    message = f"{len(beside)} .tflite files lie beside {metadata}: say which with --model FILE"
    raise click.UsageError(message)


def _decoder(kind: str, guessed: dict[str, Any], taken: Taken) -> dict[str, Any]:
    """The decoder's settings: what was guessed of the file, and over it what the metadata says and the kind has."""
    from inference_agent import decoders

    known: set[str] = set()
    for value in vars(decoders).values():
        fields = getattr(value, "model_fields", None)
        if isinstance(value, type) and fields and "kind" in fields and fields["kind"].default == kind:
            known |= set(fields)
    said = {key: value for key, value in taken.decoder.items() if key in known}
    return {"kind": kind, **{key: value for key, value in guessed.items() if key in known}, **said}


def _differences(said: str, looks: str) -> list[str]:
    return [] if said == looks else [f"the metadata says {said}, the file looks like {looks}"]


def _notes(guessed: tuple[str, ...], taken: Taken) -> tuple[str, ...]:
    """What was guessed and the metadata does not say."""
    answered = [f"{key} " for key in taken.input] + (["it tells "] if taken.labels else [])
    return tuple(note for note in guessed if not note.startswith(tuple(answered)))
