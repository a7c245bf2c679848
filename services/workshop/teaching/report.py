"""report.html of a taught bundle: one file that opens anywhere, without a network, and prints on a few sheets. Pure."""

import base64
from collections.abc import Iterator, Sequence
from html import escape

from workshop.teaching.account import Account, Scored, scores_of
from workshop.teaching.card import learnt_on, pictures_used, who_scored
from workshop.teaching.curve import auroc, roc
from workshop.teaching.drawing import GOOD, KO, histogram, roc_drawing
from workshop.teaching.meaning import choices, sentences
from workshop.teaching.threshold import Share, per_thousand, percent

HARDEST = 8
SUSPECTS = 24

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff;max-width:60rem;margin:1rem auto;padding:0 1rem}
h1,h2{line-height:1.2} h2{margin-top:2rem;border-bottom:1px solid #999}
.warning{border-left:.4rem solid #8a5a00;background:#fff6e0;padding:.5rem 1rem;margin:.5rem 0}
.pictures{display:flex;flex-wrap:wrap;gap:1rem} figure{margin:0;width:176px;break-inside:avoid}
figure img{width:100%;border:1px solid #555} figcaption{font-size:.85rem;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{border:1px solid #999;padding:.2rem .5rem;text-align:left}
td.n{text-align:right;font-variant-numeric:tabular-nums} tr.chosen{font-weight:bold;background:#eef5f1}
td.hash{font-family:monospace;font-size:.75rem;overflow-wrap:anywhere} svg{width:100%;height:auto}
.key span{padding:0 .6rem;margin-right:.3rem} .scroll{overflow-x:auto}
@media print{body{max-width:none;margin:0} h2{break-after:avoid} tr{break-inside:avoid} a{color:inherit}}
"""


def report(account: Account) -> str:
    """The page, with its pictures and drawings in it."""
    title = escape(f"{account.name} {account.version}")
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head>\n<body><main>\n<h1>{title}</h1>\n" + "\n".join(_body(account)) + "\n"
        "</main></body></html>\n"
    )


def _body(account: Account) -> Iterator[str]:
    good, ko = scores_of(account.of("good")), scores_of(account.of("KO"))
    yield _p(
        f"Tells parts that do not look like the good ones of camera {account.camera} of station {account.station}. "
        f"Taught from {pictures_used(account)}, by {account.method}, {learnt_on(account)}."
    )
    if account.period is not None:
        yield _p(f"Pictures taken {account.period[0]} to {account.period[1]}.")
    yield "<h2>What the threshold means</h2>"
    for text in sentences(account.threshold):
        yield _p(text)
    for text in account.warnings:
        yield f'<p class="warning"><strong>Note:</strong> {escape(text)}.</p>'
    yield _suspects(account.of("suspect"))
    yield "<h2>Scores</h2>"
    yield _p(who_scored(account))
    yield (
        f'<p class="key"><span style="background:{GOOD}"></span>good parts '
        + (f'<span style="background:{KO}"></span>KO parts (hatched)' if ko else "")
        + "</p>"
    )
    yield histogram(good, ko, account.threshold.value)
    if ko:
        yield "<h2>KO found against good rejected</h2>"
        yield _p(f"The area below the curve (AUROC) is {auroc(good, ko):.4f}: 0.5 is a coin, 1 tells all.")
        yield roc_drawing(roc(good, ko), _at(account), auroc(good, ko))
    yield "<h2>Other wishes</h2>"
    yield _choices(account, good, ko)
    yield "<h2>Hardest parts</h2>"
    yield _pictures("Good parts that look least like the others", account.of("good")[:HARDEST])
    yield _pictures("KO parts that look most like good ones", account.of("KO")[::-1][:HARDEST])
    if account.tried:
        yield "<h2>Methods</h2><ul>" + "".join(f"<li>{escape(text)}</li>" for text in account.tried) + "</ul>"
    yield "<h2>Pictures used</h2>"
    yield _list(account)


def _suspects(found: Sequence[Scored]) -> str:
    if not found:
        return ""
    return (
        "<h2>Are these good?</h2>"
        + _p("Shown as good, and so unlike the others that nothing was taught from them.")
        + _pictures("Suspicious parts, the oddest first", found[:SUSPECTS])
    )


def _choices(account: Account, good: Sequence[float], ko: Sequence[float]) -> str:
    heads = ("wish", "threshold", "false rejects seen", "at most, 95 %", "escapes seen", "at most, 95 %")
    rows = []
    for choice in choices(good, ko, account.threshold.wanted, by_odds=account.by_odds):
        rejects, escapes = choice.threshold.false_rejects, choice.threshold.escapes
        cells = (
            f"{percent(choice.wanted)}{' (chosen)' if choice.chosen else ''}",
            f"{choice.threshold.value:.6g}",
            _of(rejects),
            per_thousand(rejects.upper),
            "not known" if escapes is None else _of(escapes),
            "" if escapes is None else per_thousand(escapes.upper),
        )
        kind = ' class="chosen"' if choice.chosen else ""
        rows.append(f"<tr{kind}>" + "".join(f'<td class="n">{escape(cell)}</td>' for cell in cells) + "</tr>")
    return _table("What another wished rate of false rejects would have given", heads, rows)


def _list(account: Account) -> str:
    rows = []
    for scored in account.scored:
        shown = scored.shown
        cells = (shown.name, shown.part_id, scored.role, shown.captured_at)
        rows.append(
            "<tr>"
            + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
            + f'<td class="n">{scored.score:.6g}</td><td class="hash">{escape(shown.sha256)}</td></tr>'
        )
    return _table("Every picture, as it was shown", ("name", "part", "shown as", "taken", "score", "sha256"), rows)


def _pictures(title: str, found: Sequence[Scored]) -> str:
    if not found:
        return ""
    figures = "".join(
        f'<figure><img alt="{escape(one.shown.name)}" src="data:image/jpeg;base64,'
        f'{base64.b64encode(one.shown.thumb).decode()}"><figcaption>{escape(one.shown.name)}<br>'
        f"score {one.score:.4g}</figcaption></figure>"
        for one in found
    )
    return f'<h3>{escape(title)}</h3><div class="pictures">{figures}</div>'


def _table(caption: str, heads: Sequence[str], rows: Sequence[str]) -> str:
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    return (
        f'<div class="scroll"><table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>'
        + "".join(rows)
        + "</tbody></table></div>"
    )


def _at(account: Account) -> tuple[float, float]:
    escapes = account.threshold.escapes
    rejects = account.threshold.false_rejects
    return rejects.found / rejects.of, 0.0 if escapes is None else 1 - escapes.found / escapes.of


def _of(share: Share) -> str:
    return f"{share.found} of {share.of}"


def _p(text: str) -> str:
    return f"<p>{escape(text)}</p>"
