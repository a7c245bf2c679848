"""CARD.md of a taught bundle: what it was taught from, and what may be expected of it. Pure.

It tells no time but that of the pictures, and no path: the same pictures make the same card, wherever.
"""

from collections.abc import Iterator

from workshop.teaching.account import Account, scores_of
from workshop.teaching.curve import auroc
from workshop.teaching.meaning import choices, sentences
from workshop.teaching.threshold import per_thousand, percent

CARD = "CARD.md"
REPORT = "report.html"
FIGURES = "taught.json"
_HARDEST = 5


def card(account: Account) -> str:
    """The card, in Markdown."""
    return "\n".join(_lines(account)) + "\n"


def pictures_used(account: Account) -> str:
    """How many parts of which kind, in words."""
    left = len(account.of("suspect"))
    suspects = f", {left} more left out as suspicious" if left else ""
    return f"{account.count('good')} good parts{suspects}, {account.count('KO')} KO parts"


def learnt_on(account: Account) -> str:
    """What stands behind the method's name."""
    return f"on the features of {account.backbone}" if account.backbone else "a network of its own"


def who_scored(account: Account) -> str:
    """By what a part got its score, in a sentence."""
    match account.method:
        case "cnn":
            return (
                f"The scores are those of the {len(account.of('good'))} good and {len(account.of('KO'))} KO parts that "
                "were held out, by the very file that is in the bundle: they taught it nothing. Of the other parts the "
                "scores say little, since these are learnt by heart."
            )
        case "linear":
            return "Each good part was scored by what all others taught; so was each KO part."
        case _:
            return "Each good part was scored by what all others taught; the KO parts taught nothing."


def _lines(account: Account) -> Iterator[str]:
    good, ko = scores_of(account.of("good")), scores_of(account.of("KO"))
    wide = ", ".join(f"{width} x {height}" for width, height in account.sizes)
    yield f"# {account.name} {account.version}"
    yield ""
    yield (
        f"Tells parts that do not look like the good ones of camera `{account.camera}` of station "
        f"`{account.station}`. Taught by `okko teach`; [{REPORT}]({REPORT}) has the drawings and pictures."
    )
    yield ""
    yield f"- taught from: {pictures_used(account)}, {wide} pixels"
    if account.period is not None:
        yield f"- pictures taken: {account.period[0]} to {account.period[1]}"
    of_file = f" (`{account.backbone_sha256[:12]}`)" if account.backbone else ""
    yield f"- method: `{account.method}`, {learnt_on(account)}{of_file}"
    for text in account.tried:
        yield f"    - {text}"
    yield f"- threshold: {account.threshold.value:.6g}, for {percent(account.threshold.wanted)} false rejects"
    if ko and good:
        yield f"- AUROC on the parts {'shown' if account.backbone else 'held out'}: {auroc(good, ko):.4f}"
    yield ""
    yield "## What the threshold means"
    yield ""
    for text in sentences(account.threshold):
        yield text
        yield ""
    yield (
        f"{who_scored(account)} Method and threshold were "
        "chosen by these very parts, so that others may do a little worse, and parts of another kind, another light "
        "or another place of the camera a lot."
    )
    yield ""
    for text in account.warnings:
        yield f"**{text[:1].upper()}{text[1:]}.**"
        yield ""
    yield "| wish | threshold | false rejects | at most (95 %) | escapes |"
    yield "| --- | --- | --- | --- | --- |"
    for choice in choices(good, ko, account.threshold.wanted, by_odds=account.by_odds):
        found = choice.threshold
        escapes = "not known" if found.escapes is None else f"{found.escapes.found} of {found.escapes.of}"
        mark = " (chosen)" if choice.chosen else ""
        rejects = found.false_rejects
        yield (
            f"| {percent(choice.wanted)}{mark} | {found.value:.6g} | {rejects.found} of {rejects.of} | "
            f"{per_thousand(rejects.upper)} | {escapes} |"
        )
    yield ""
    yield from _hardest(account)
    yield "## Pictures"
    yield ""
    yield "| name | part | shown as | score | sha256 |"
    yield "| --- | --- | --- | --- | --- |"
    for scored in account.scored:
        shown = scored.shown
        yield f"| {_cell(shown.name)} | {_cell(shown.part_id)} | {scored.role} | {scored.score:.6g} | {shown.sha256} |"


def _hardest(account: Account) -> Iterator[str]:
    if suspects := account.of("suspect"):
        yield "## Suspicious"
        yield ""
        yield "Shown as good, and so unlike the others that nothing was taught from them. Are they good?"
        yield ""
        for scored in suspects:
            yield f"- {_cell(scored.shown.name)}: {scored.score:.6g}"
        yield ""
    yield "## Hardest"
    yield ""
    for what, found in (
        ("good parts with the highest scores", account.of("good")[:_HARDEST]),
        ("KO parts with the lowest scores", account.of("KO")[::-1][:_HARDEST]),
    ):
        if found:
            yield f"- {what}: " + ", ".join(f"{_cell(one.shown.name)} ({one.score:.4g})" for one in found)
    yield ""


def _cell(text: str) -> str:
    """A name as it may stand in a table: it comes from a file or a PLC."""
    plain = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
    for letter in "\\`|<>*_[]":
        plain = plain.replace(letter, f"\\{letter}")
    return plain
