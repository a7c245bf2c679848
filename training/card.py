"""What is written beside the model: its settings for the inference agent, and its card for people."""

from dataclasses import dataclass

from training.data import INPUT_PX, JPEG_QUALITY, Lot
from training.measure import THRESHOLD, Count, Measure

NAME, VERSION = "duck-quality", "1.0.0"

MODEL_TOML = f"""\
# Good ducks and bad ones, from either side; CARD.md says how good it is and how it was made.
name = "{NAME}"
version = "{VERSION}"
file = "model.tflite"
labels = ["OK", "KO"]

[input]
resize = "stretch"
color = "rgb"
mean = 0.0
std = 1.0
scaled_decode = true

[decoder]
kind = "classification"
activation = "none"             # the softmax is inside the model
min_score = 0.0
"""


@dataclass(frozen=True, slots=True)
class Result:
    """One lot that the exported file was measured on."""

    title: str
    lot: Lot
    measure: Measure


def card(train: Lot, check: Lot, results: tuple[Result, ...], size_bytes: int, epochs: int) -> str:
    """The model card, in Markdown."""
    lots = [_lot_row("training", train), _lot_row("choice of the epoch", check)]
    lots += [_lot_row(result.title, result.lot) for result in results]
    return f"""\
# {NAME} {VERSION}

Tells good plastic ducks from bad ones, one picture at a time, from the left and from the right. It was taught and
measured on **simulated** pictures only: it is for the demo, for tests and as an example of a bundle. It says nothing
about real ducks.

| | |
|---|---|
| input | [1, {INPUT_PX}, {INPUT_PX}, 3] int8: RGB 0..255 less 128 |
| output | [1, 2] int8: softmax over `OK`, `KO` |
| size | {size_bytes / 1000:.0f} kB, int8 weights and activations |
| network | 4 convolutions of stride 2, mean and maximum over the picture, 1 dense layer |

## Data

Drawn by `camera_agent.simulator` at 640x480 and brought to the input's size as a running station does it: JPEG at
quality {JPEG_QUALITY}, decoded at a quarter of its size, stretched. Half of the ducks have one of the eight defects.
A view is KO if it shows the defect; an eye, a stain or a scratch on the far side does not count.

| lot | seed | ducks | pictures | variation |
|---|---|---|---|---|
{_lines(lots)}

Training: {epochs} epochs, AdamW; flips, shifts, light and tint varied. The ranges for int8 were learnt from pictures
of the training lot. The lots below had no part in any choice.

## How good it is

Measured on `model.tflite` as it is shipped, run by LiteRT. A view is KO if its score of `KO` is above
{THRESHOLD}; a duck is OK only if both views are. *Escapes* are bad ones called OK, *false rejects* good ones called KO.

| lot | views right | escapes | false rejects | AUROC | ducks right | escapes | false rejects |
|---|---|---|---|---|---|---|---|
{_lines([_result_row(result) for result in results])}

{_lines([_by_defect(result) for result in results])}
## Limits

- The held-out lot comes from the same renderer as the training lot: its figures are those of a line that never
  changes. The unseen variation (another belt and wall, harsher light from the side, more blur and noise) shows what a
  change on the line does to a model that was not taught it: teach it again with pictures of the line as it is.
- One duck in the middle of the picture; an empty belt, two ducks or something else is neither OK nor KO to it.
- Its scores are not calibrated: 0.9 does not mean right in nine cases of ten.

## How to make it again

`training/README.md`. The same versions on the same kind of processor are meant to give the same file.
"""


def _lot_row(title: str, lot: Lot) -> str:
    return f"| {title} | {lot.seed} | {lot.ducks} | {2 * lot.ducks} | {lot.variation} |"


def _result_row(result: Result) -> str:
    it = result.measure
    return (
        f"| {result.title} | {it.view_accuracy:.4f} | {_missed(it.bad_views)} | {_called(it.good_views)} "
        f"| {it.area:.4f} | {it.item_accuracy:.4f} | {_missed(it.bad_items)} | {_called(it.good_items)} |"
    )


def _by_defect(result: Result) -> str:
    rows = [
        f"| {kind} | {views.total} | {views.called_ko} | {_share(views)} | {items.total} | {_share(items)} |"
        for kind, (views, items) in result.measure.by_defect.items()
    ]
    return f"""\
### {result.title}, by defect

| defect | views that show it | found | share | ducks | share found |
|---|---|---|---|---|---|
{_lines(rows)}
"""


def _lines(rows: list[str]) -> str:
    return "\n".join(rows)


def _missed(count: Count) -> str:
    return f"{count.total - count.called_ko} of {count.total}"


def _called(count: Count) -> str:
    return f"{count.called_ko} of {count.total}"


def _share(count: Count) -> str:
    return f"{count.called_ko / count.total:.3f}" if count.total else "-"
