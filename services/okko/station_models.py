"""`models.toml` beside a station file: which bundle was given to which camera since, by whom and when.

The station file is a person's; this one is written by `okko model`. Its changes are a history, the oldest first, and
what is in force follows from all of them: `set` puts a bundle in the place of a model, `rollback` takes the last `set`
of its camera back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from decision_agent.rules import ImageRule, Rule
from okko import toml_file, toml_tables
from okko.durable_file import replace_file
from okko.errors import Problem
from okko.settings import Name, Settings
from okko.station_file import ModelTable, StationFile
from okko.toml_text import toml_table

FILE_NAME = "models.toml"
_HEAD = """\
# Which bundle each camera was given since the station file was written. `okko model set`, `rollback` and `shadow` write
# this, agents read it while they run; `okko model list` shows what follows from it. The oldest change comes first.
"""

FileStamp = tuple[int, int, int] | None


class Change(Settings):
    """One `[[change]]`: what somebody did about a camera's model."""

    camera: Name
    kind: Literal["set", "rollback", "shadow", "shadow_off"]
    at: Annotated[str, Field(max_length=40)]
    by: Annotated[str, Field(max_length=200)]
    bundle: Annotated[str | None, Field(description="its folder, relative to the station file")] = None
    place: Annotated[
        str | None, Field(description="the `bundle` of the [[model]] in the station file whose place it takes")
    ] = None
    instead_of: Annotated[Name | None, Field(description="the name of the model whose place it takes")] = None
    name: Name | None = None
    version: str | None = None
    sha256: Annotated[str | None, Field(description="of the model file")] = None
    rules: Annotated[
        tuple[Rule, ...], Field(description="in the place of the rules that judged the model before it")
    ] = ()


class ModelsFile(Settings):
    """A whole `models.toml`."""

    change: tuple[Change, ...] = ()

    def sets_of(self, camera: str) -> tuple[Change, ...]:
        """The changes of a camera that stand, the oldest first: those that were not rolled back."""
        standing: list[Change] = []
        for change in self.change:
            if change.camera == camera and change.kind == "set":
                standing.append(change)
            elif change.camera == camera and change.kind == "rollback" and standing:
                standing.pop()
        return tuple(standing)

    def in_force(self, camera: str) -> tuple[Change, ...]:
        """The last change of each place of a camera."""
        return tuple({change.place: change for change in self.sets_of(camera)}.values())

    def shadow_of(self, camera: str) -> Change | None:
        """The last thing that was said about a camera's shadow; None where the station file alone says it."""
        said = [c for c in self.change if c.camera == camera and c.kind in {"shadow", "shadow_off"}]
        return said[-1] if said else None

    def cameras(self) -> tuple[str, ...]:
        """The cameras that it speaks of, each once."""
        return tuple(dict.fromkeys(change.camera for change in self.change))

    def and_then(self, change: Change) -> "ModelsFile":
        """The file with one more change."""
        return ModelsFile(change=(*self.change, change))


NO_CHANGES = ModelsFile()


@dataclass(frozen=True, slots=True)
class Placed:
    """A `[[model]]` as it is in force, and where a person finds it."""

    table: ModelTable
    where: str


@dataclass(frozen=True, slots=True)
class Applied:
    """A station file with `models.toml` applied."""

    settings: StationFile
    placed: tuple[Placed, ...]
    problems: list[Problem] = field(default_factory=list)


def read(folder: Path) -> ModelsFile:
    """What stands in the station's `models.toml`; nothing where there is none.

    Raises:
        ConfigError: if it is not what `okko model` writes.
    """
    path = folder / FILE_NAME
    return toml_file.validate(path, toml_tables.read(path), ModelsFile) if path.exists() else ModelsFile()


def write(folder: Path, models: ModelsFile) -> None:
    """Put it in the place of what stood there; it survives a power cut when this returns.

    Raises:
        OSError: if the disk does not take it; the file is then as it was.
    """
    tables = [toml_table("[[change]]", _shown(change)) for change in models.change]
    replace_file(folder / FILE_NAME, "\n".join([_HEAD, *tables]).encode())


def stamp(folder: Path) -> FileStamp:
    """What changes whenever the file does; None where there is none."""
    try:
        stat = (folder / FILE_NAME).stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def apply(own: StationFile, models: ModelsFile) -> Applied:
    """The station file with the changes that are in force, and what does not fit."""
    tables = [Placed(table, f"model[{index}]") for index, table in enumerate(own.model)]
    rules = list(own.rule)
    problems: list[Problem] = []
    known = {camera.name for camera in own.camera}
    for camera in models.cameras():
        if camera not in known:
            what = f"{FILE_NAME} speaks of camera {camera!r}, which the station does not have"
            problems.append(Problem("", what, f"Mend the name, or take its [[change]] out of {FILE_NAME}"))
            continue
        for change in models.in_force(camera):
            where = f"{FILE_NAME}, camera {camera!r}"
            if change.place is not None and not _in_charge(tables, camera, change.place):
                what = f"{change.bundle} stands in the place of {change.place!r}, which is not given this camera"
                remedy = f"`okko model rollback` takes it back; then `okko model set` it anew, or remove {FILE_NAME}"
                problems.append(Problem(where, what, remedy))
                continue
            tables = _without(tables, camera, change.place, shadow=False) if change.place is not None else tables
            tables.append(Placed(ModelTable(bundle=Path(change.bundle or ""), cameras=(camera,)), where))
            rules = _rules_with(rules, change)
        shadow = models.shadow_of(camera)
        if shadow is not None:
            tables = _without(tables, camera, None, shadow=True)
        # While what looked on is in charge it does not look on too: each frame would go through the same model twice.
        if shadow is not None and shadow.kind == "shadow" and not _in_charge(tables, camera, shadow.bundle or ""):
            table = ModelTable(bundle=Path(shadow.bundle or ""), cameras=(camera,), shadow=True)
            tables.append(Placed(table, f"{FILE_NAME}, shadow of camera {camera!r}"))
    changed = own.model_copy(update={"model": tuple(placed.table for placed in tables), "rule": tuple(rules)})
    return Applied(changed, tuple(tables), problems)


def _in_charge(tables: Iterable[Placed], camera: str, place: str) -> bool:
    """Whether a bundle, as the tables name it, is in charge of a camera."""
    return any(
        camera in p.table.cameras and str(p.table.bundle) == str(Path(place)) and not p.table.shadow for p in tables
    )


def _without(tables: Sequence[Placed], camera: str, place: str | None, *, shadow: bool) -> list[Placed]:
    """The tables with a camera taken out: of the model in that place, or of each; deciding ones or shadows."""
    left: list[Placed] = []
    for placed in tables:
        table = placed.table
        meant = table.shadow == shadow and (place is None or str(table.bundle) == str(Path(place)))
        cameras = tuple(name for name in table.cameras if name != camera) if meant else table.cameras
        if cameras:
            left.append(Placed(table.model_copy(update={"cameras": cameras}), placed.where))
    return left


def _rules_with(rules: Sequence[Rule], change: Change) -> list[Rule]:
    """The rules with those that judged the model before given to the new one, or replaced by its own."""
    kept: list[Rule] = []
    for rule in rules:
        judges = (
            rule.camera == change.camera
            and not isinstance(rule, ImageRule)
            and change.instead_of is not None
            and getattr(rule, "model", None) in {None, change.instead_of}
        )
        if not judges:
            kept.append(rule)
        elif not change.rules:
            named = getattr(rule, "model", None) is not None
            kept.append(rule.model_copy(update={"model": change.name}) if named else rule)
    return [*kept, *change.rules]


def _shown(change: Change) -> dict[str, object]:
    fields = change.model_dump(mode="json", exclude_none=True, exclude={"rules"})
    if change.rules:
        fields["rules"] = [rule.model_dump(mode="json", exclude_none=True) for rule in change.rules]
    return fields
