"""`okko teach`: teach a station from good parts."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from okko.commands.argument import station_argument
from okko.contracts import VerdictWord
from okko.errors import OkkoError
from okko.model_files import has_litert
from okko.settings import NAME_PATTERN
from okko.station import Station, load
from recorder.filters import instant_ms
from workshop.chosen_items import items_option
from workshop.progress_option import progress_option
from workshop.teaching.trained.settings import Training

if TYPE_CHECKING:
    from workshop.teaching.account import Account
    from workshop.teaching.progress import Telling

FOLDER = "taught"
_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*(%?)")


def _share(_context: click.Context, _option: click.Parameter, text: str) -> float:
    match = _SHARE.fullmatch(text.strip())
    share = float(match[1]) / (100 if match[2] else 1) if match else 0.0
    if not 0 < share < 1:
        message = f"{text!r} is no rate between 0 and 1; write 1%, 0.5% or 0.01"
        raise click.BadParameter(message)
    return share


@click.command(
    short_help="Teach a camera what good parts look like.",
    epilog="""\b
Examples:
  okko teach stations/ducks --camera left --good 50
  okko teach stations/ducks --camera left --good 50 --activate
  okko teach stations/press --from good --ko bad --false-rejects 0.5%
  okko teach stations/press --since 2h --verdict OK --activate
  okko teach stations/press --labels --json
  okko teach stations/press --labels --method linear --activate
  okko teach stations/press --labels --method linear --classes
  okko teach stations/feeder --good 50 --locate bright
  okko teach stations/press --from good --ko bad --train --minutes 5
""",
)
@station_argument
@click.option("--camera", metavar="NAME", help="The camera; may be left out where the station has one.")
@click.option("--good", type=int, metavar="N", help="The next N parts of the running line, all of them good.")
@click.option("--from", "folder", type=click.Path(path_type=Path), metavar="FOLDER", help="Pictures of good parts.")
@click.option("--ko", "ko_folder", type=click.Path(path_type=Path), metavar="FOLDER", help="Pictures of KO parts.")
@click.option(
    "--recorded", type=click.IntRange(1), metavar="N", help="The newest N recorded items; good unless labelled KO."
)
@click.option("--since", "since_ms", metavar="WHEN", callback=instant_ms, help="Recorded from then on; 2h: ago.")
@click.option("--until", "until_ms", metavar="WHEN", callback=instant_ms, help="Recorded before then.")
@click.option("--verdict", type=click.Choice(get_args(VerdictWord), case_sensitive=False), help="Only with it.")
@items_option
@click.option("--labels", is_flag=True, help="Recorded items that a person labelled; a defect's name is KO.")
@click.option("--leave-out", "leave_out", metavar="NAME", multiple=True, help="Not this picture (may be given again).")
@click.option("--all-good", is_flag=True, help="All parts shown as good are, also those that look very unlike.")
@click.option("--any-size", is_flag=True, help="Take pictures of another shape than the camera's.")
@click.option(
    "--false-rejects", "wanted", default="1%", show_default=True, metavar="RATE", callback=_share,
    help="How many good parts may be rejected.",
)  # fmt: skip
@click.option(
    "--method",
    type=click.Choice(["padim", "mahalanobis", "nearest", "linear"]),
    help="Not the one that suits the parts best; linear learns from KO parts too, 10 at the least.",
)
@click.option("--classes", is_flag=True, help="With --method linear: defects are told apart by the names of labels.")
@click.option(
    "--locate",
    type=click.Choice(["bright", "dark", "color"]),
    help="Find the part by what sets it off from what is around it, and turn it upright: for parts that lie anyhow.",
)
@click.option("--train", "trains", is_flag=True, help="A network of your own from good and KO parts: 20 each at least.")
@click.option(
    "--minutes", type=click.FloatRange(0, 24 * 60, min_open=True), help="How long it may train.  [default: 10]"
)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="Where training begins.  [default: 0]")
@click.option("--any-way", is_flag=True, help="The parts lie turned and mirrored as they come: train so.")
@click.option("--name", metavar="NAME", help="The bundle's name.  [default: STATION-CAMERA-taught]")
@click.option(
    "--to",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help=f"Where it goes.  [default: {FOLDER}/ of the station]",
)
@click.option("--backbone", type=click.Path(path_type=Path), metavar="FOLDER", help="Another one than okko's own.")
@click.option(
    "--patience", "patience_s", type=click.FloatRange(0, min_open=True), default=60.0, show_default=True,
    help="How long the line may stand still (s).",
)  # fmt: skip
@click.option("--activate", is_flag=True, help="Put it in charge of the camera, while the station runs.")
@click.option("--json", "as_json", is_flag=True, help="The result as a JSON object.")
@progress_option
def teach(  # noqa: PLR0913, PLR0917 - one argument for each option
    station: Path,
    camera: str | None,
    wanted: float,
    method: str | None,
    minutes: float | None,
    seed: int | None,
    name: str | None,
    to: Path | None,
    backbone: Path | None,
    locate: str | None,
    leave_out: tuple[str, ...],
    progress: str,
    *,
    all_good: bool,
    classes: bool,
    trains: bool,
    any_way: bool,
    activate: bool,
    as_json: bool,
    **shown: object,
) -> None:
    """Teach a camera of STATION what good parts look like, from a few dozen of them, in about a minute.

    Makes a bundle: a new version each time, with a card and a report of what to expect of it. Nothing changes on the
    line before --activate, or `okko model set`; while parts are shown, the model in charge decides. Show at least 10
    parts; 50 and more are better, and a few KO parts (--ko) tell how many would escape.

    A part among the good ones that looks very unlike the others is named and nothing is taught from it; then --activate
    leaves the old model in charge, until a person has looked.

    --train trains a small network of your own on labelled parts instead, with PyTorch (okko[train]), in minutes.
    """
    training = _training(trains=trains, minutes=minutes, seed=seed, any_way=any_way)
    if training is not None and (method or backbone or locate):
        raise click.UsageError("--train makes a network of its own: leave --method, --backbone and --locate out")
    if classes and method != "linear":
        raise click.UsageError("--classes tells defects apart by --method linear: give that too")
    loaded = load(station)
    name_of_camera = _camera(loaded, camera)
    if not has_litert():
        raise click.ClickException("LiteRT is not installed here: install okko[inference]")
    # Here, so that --help and wrong input wait for no LiteRT.
    from inference_agent.locate import Locate
    from workshop.teaching.lesson import Wish
    from workshop.teaching.naming import default_name
    from workshop.teaching.progress import TellingPeople, TellingPrograms
    from workshop.teaching.run import Ask, run
    from workshop.teaching.showing import Sources
    from workshop.teaching.trained.run import run_training

    sources = Sources(leave_out=frozenset(leave_out), **shown)  # type: ignore[arg-type] # click has checked their types
    if sources.problem is not None:
        raise click.UsageError(sources.problem)
    ask = Ask(
        loaded,
        name_of_camera,
        sources,
        Wish(wanted, method, all_good, classes),
        _name(name or default_name(loaded, name_of_camera, by_threshold=method != "linear" and not trains)),
        loaded.folder / FOLDER if to is None else to,
        backbone,
        None if locate is None else Locate.model_validate({"by": locate}),
        TellingPrograms() if progress == "json" else TellingPeople(),
    )
    taught = run(ask) if training is None else run_training(ask, training)
    account, lesson = taught.account, taught.lesson
    activated = False
    if activate and not lesson.suspects:
        activated = _activate(ask.station, name_of_camera, taught.bundle, account)
    _tell(ask.telling, taught.bundle, account, activated=activated, as_json=as_json)
    if activate and not activated:
        message = (
            f"{account.name} {account.version} is not put in charge: not all parts shown as good look good. Look at "
            f"{taught.bundle / 'report.html'}; then teach again with --all-good or --leave-out, or put it in charge: "
            f"okko model set {station} {name_of_camera} {taught.bundle}"
        )
        raise click.ClickException(message)


def _training(*, trains: bool, minutes: float | None, seed: int | None, any_way: bool) -> Training | None:
    if trains:
        return Training(10.0 if minutes is None else minutes, seed or 0, any_way)
    if minutes is not None or seed is not None or any_way:
        raise click.UsageError("--minutes, --seed and --any-way are for --train")
    return None


def _camera(station: Station, name: str | None) -> str:
    if name is not None:
        return station.camera(name).name
    names = [camera.name for camera in station.cameras]
    if len(names) != 1:
        raise click.UsageError(f"say which camera: --camera {' | '.join(names)}")
    return names[0]


def _name(name: str) -> str:
    if not re.fullmatch(NAME_PATTERN, name):
        message = (
            f"{name!r} cannot name a bundle: letters, digits, _ and -, beginning with one of the first two, 64 at most"
        )
        raise click.BadParameter(message, param_hint="--name")
    return name


def _activate(station: Station, camera: str, bundle: Path, account: "Account") -> bool:
    from workshop.models.activate import activate
    from workshop.teaching.judging import as_option, judging

    rule = judging(station, camera, account.name, account.method, account.threshold.value, account.labels)
    try:
        activate(station.path, camera, bundle, rule, say=lambda text: click.echo(text, err=True))
    except OkkoError:
        by = "" if rule is None else f" --rule '{as_option(rule)}'"
        later = f"okko model set {station.folder} {camera} {bundle}{by}"
        click.echo(f"{bundle} is written, and not in charge. Later: {later}", err=True)
        raise
    return True


def _tell(telling: "Telling", bundle: Path, account: "Account", *, activated: bool, as_json: bool) -> None:
    from workshop.teaching.telling import as_object, as_text

    for warning in account.warnings:
        telling.say(f"note: {warning}")
    result = as_object(bundle, account, activated=activated)
    telling.result(result)
    if as_json:
        click.echo(json.dumps(result))
    else:
        click.echo(as_text(bundle, account, activated=activated))
