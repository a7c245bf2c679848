"""The result as one HTML file that needs no other: sums, the swept threshold, flips with their pictures. Pure."""

import base64
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from okko.contracts import Finding, Percentiles, Verdict, VerdictWord
from workshop.replay.album import Album, Page, Picture
from workshop.replay.plot import plot
from workshop.replay.sweep_curve import Sweep, runs
from workshop.replay.tally import Sums, Tally
from workshop.replay.text import WHY, per_thousand, place

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; --ok: #0a6b2f; --ko: #b3261e; --line: #8888;
  --force: #666; }
@media (prefers-color-scheme: dark) { :root { --ok: #6fd08c; --ko: #ff8a80; --force: #bbb; } }
body { max-width: 64rem; margin: 1rem auto; padding: 0 1rem; }
h1, h2 { line-height: 1.2; } h2 { margin-top: 2rem; border-bottom: 1px solid var(--line); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; margin: .5rem 0 1rem; }
caption { text-align: left; font-weight: 600; padding: .2rem 0; }
th, td { border: 1px solid var(--line); padding: .2rem .6rem; text-align: left; vertical-align: top; }
td.n { text-align: right; font-variant-numeric: tabular-nums; } tr.force { font-weight: 700; }
.OK { color: var(--ok); font-weight: 700; } .KO { color: var(--ko); font-weight: 700; }
article { border: 1px solid var(--line); border-radius: 6px; padding: .6rem .8rem; margin: 1rem 0;
  break-inside: avoid; }
article h3 { margin: 0 0 .4rem; font-size: 1rem; overflow-wrap: anywhere; }
.pictures, .sides { display: flex; flex-wrap: wrap; gap: .8rem; }
figure { margin: 0; flex: 1 1 14rem; max-width: 30rem; } img { width: 100%; height: auto; display: block; }
.sides > div { flex: 1 1 14rem; overflow-wrap: anywhere; } .sides ul { margin: .2rem 0; padding-left: 1.2rem; }
svg { width: 100%; height: auto; } svg text { fill: currentColor; font-size: 12px; }
svg .grid { stroke: var(--line); stroke-width: .5; } svg .force { stroke: var(--force); stroke-width: 1.5; }
svg .line { fill: none; stroke-width: 2.5; } svg .escapes.line { stroke: var(--ko); }
svg .rejects.line { stroke: #1f6fb4; } svg .band { stroke: none; opacity: .15; }
svg .escapes.band { fill: var(--ko); } svg .rejects.band { fill: #1f6fb4; }
@media print { :root { color-scheme: light; } body { max-width: none; margin: 0; } h2 { break-after: avoid; }
  figure { max-width: 8cm; } tr { break-inside: avoid; } }
"""
_WORDS: tuple[VerdictWord, ...] = ("OK", "KO")


def page(title: str, about: Sequence[str], sums: Sums, album: Album) -> str:
    """The whole file; `about` says what was replayed, a sentence each."""
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{escape(title)}</h1>\n"
        + "\n".join(_body(about, sums, album))
        + "\n</main>\n</body>\n</html>\n"
    )


def _body(about: Sequence[str], sums: Sums, album: Album) -> Iterator[str]:
    yield _list((*about, *sums.notes))
    yield from _sums(sums)
    if sums.sweep is not None:
        yield from _sweep(sums.sweep)
    for word in _WORDS:
        title = "KO → OK: would pass now" if word == "OK" else "OK → KO: would be rejected now"
        pages, seen = album.pages(word), album.seen(word)
        if not seen:
            continue
        yield f"<h2>{escape(title)} ({seen})</h2>"
        if seen > len(pages):
            yield f"<p>{len(pages)} of them are shown, drawn evenly from all; <code>--json</code> lists each.</p>"
        yield from map(_flip, pages)


def _sums(sums: Sums) -> Iterator[str]:
    tally = sums.tally
    yield "<h2>Verdicts</h2>"
    counts = [("judged again", tally.replayed), ("the same", tally.same)]
    counts += [("KO → OK", tally.to_ok), ("OK → KO", tally.to_ko)]
    yield _table("Recorded → now", ("", "items"), [(name, str(count)) for name, count in counts])
    if tally.left_out:
        left_out = [(why, str(count), WHY.get(why, "")) for why, count in tally.left_out.most_common()]
        yield _table(f"Left out: {tally.left_out.total()}", ("reason", "items", "because"), left_out)
    if tally.before.counts:
        yield from _against_labels(tally)
    if sums.now:
        times = [(name, _pair(sums.then.get(name)), _pair(found)) for name, found in sorted(sums.now.items())]
        yield _table("Time, ms: p50, p99 of the last pictures", ("stage", "recorded", "now"), times)


def _against_labels(tally: Tally) -> Iterator[str]:
    sides = (tally.before, tally.after)
    bad, good = tally.before.of("KO"), tally.before.of("OK")
    counts: list[tuple[str, ...]] = []
    for truth in _WORDS:
        name = "good parts" if truth == "OK" else "bad parts"
        counts.append((name, *(str(side.counts[truth, verdict]) for side in sides for verdict in _WORDS)))
    yield _table("Against the labels", ("labelled", "recorded OK", "recorded KO", "now OK", "now KO"), counts)
    rates = [
        (f"escapes of {bad} bad parts", *(per_thousand(side.escapes, bad) for side in sides)),
        (f"false rejects of {good} good parts", *(per_thousand(side.false_rejects, good) for side in sides)),
    ]
    yield _table("Per thousand, with 95 % intervals", ("", "recorded", "now"), rates)


def _pair(found: Percentiles | None) -> str:
    return "-" if found is None else f"{found.p50_ms:.1f}, {found.p99_ms:.1f}"


def _sweep(sweep: Sweep) -> Iterator[str]:
    points = sweep.points()
    yield f"<h2>Threshold {escape(sweep.target.name)}</h2>"
    if sweep.target.floor:
        yield f"<p>Below {sweep.target.floor:g} nothing can be said: {escape(sweep.target.why)}.</p>"
    yield (
        "<p>Per thousand bad parts those that would pass (escapes, solid), per thousand good parts those that would be "
        "rejected (dashed), with 95 % intervals (Wilson). The scale is a root: what matters is near 0.</p>"
    )
    yield plot(points, sweep.target.name)
    rows = list(runs(points))
    yield _table(
        "Count, per thousand (95 % interval)",
        ("threshold", "escapes", "false rejects"),
        [(place(first, last), str(first.escapes), str(first.false_rejects)) for first, last in rows],
        marked=[first.in_force for first, _ in rows],
    )


def _flip(shown: Page) -> str:
    outcome = shown.outcome
    label = f", labelled {outcome.label}" if outcome.label else ""
    name = escape(outcome.part_id or "a part without a name")
    head = f"{name} <small>{escape(outcome.decided_at)}{escape(label)}</small>"
    pictures = "".join(_picture(picture, outcome.part_id) for picture in shown.pictures)
    sides = _side("recorded", outcome.before, outcome.findings_before) + _side(
        "now", outcome.after, outcome.findings_after
    )
    return (
        f"<article><h3>{head}</h3><p><small>{escape(outcome.item_id)}</small></p>"
        f'<div class="pictures">{pictures}</div><div class="sides">{sides}</div></article>'
    )


def _picture(picture: Picture, part_id: str) -> str:
    name = escape(picture.camera)
    if not picture.jpeg:
        return f"<figure><p>{escape(picture.why)}</p><figcaption>{name}</figcaption></figure>"
    data = base64.b64encode(picture.jpeg).decode("ascii")
    alt = escape(f"{part_id or 'the part'} as camera {picture.camera} saw it")
    return (
        f'<figure><img alt="{alt}" width="{picture.width_px}" height="{picture.height_px}" '
        f'src="data:image/jpeg;base64,{data}"><figcaption>{name}</figcaption></figure>'
    )


def _side(when: str, verdict: Verdict, findings: Iterable[Finding]) -> str:
    told = [
        f"{finding.camera + ': ' if finding.camera else ''}{finding.text} ({finding.rule}: {finding.verdict})"
        for finding in findings
    ]
    reason = "" if verdict.reason == "rules" else f" {escape(verdict.reason)}"
    return f'<div>{when} <span class="{verdict.verdict}">{verdict.verdict}</span>{reason}{_list(told)}</div>'


def _list(texts: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return f"<ul>{items}</ul>" if items else ""


def _table(
    caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]], marked: Sequence[bool] | None = None
) -> str:
    head = "".join(f'<th scope="col">{escape(text)}</th>' if text else "<td></td>" for text in heads)
    body = "".join(
        f'<tr{" class=force" if marked and marked[index] else ""}><th scope="row">{escape(row[0])}</th>'
        + "".join(f"<td{' class=n' if cell[:1].isdigit() else ''}>{escape(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for index, row in enumerate(rows)
    )
    return (
        f'<div class="scroll"><table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
