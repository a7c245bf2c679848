"""The report as one HTML file that needs no other. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from dashboard.report import chart, details, markup, pictures_page
from dashboard.report.figures import Figures, Span
from dashboard.report.markup import Html, paragraph, table, tile
from dashboard.report.style import STYLE
from dashboard.report.wording import Wording
from okko import __version__

MOST_KINDS = 15


@dataclass(frozen=True, slots=True)
class About:
    """Of the station, what a report names. `config_sha256`: as its file is now; `made_ms`: when the report was made."""

    site: str
    line: str
    name: str
    config_sha256: str
    made_ms: int
    target_per_min: float | None = None


def sheet(figures: Figures, about: About, words: Wording) -> str:
    """The whole file."""
    title = f"{about.name}: {title_of(figures.span, words)}"
    # A page's own style sheet may say what stands at its foot; names of stations need no escaping there.
    foot = (
        f'@page {{ @bottom-left {{ content: "{about.site} {about.line} {about.name} \\00b7  '
        f'{words.span(figures.span.begin_ms, figures.span.end_ms)}"; font: 8pt sans-serif; }} '
        f'@bottom-right {{ content: "{words.t("report.page")} " counter(page) " / " counter(pages); '
        "font: 8pt sans-serif; } }"
    )
    return (
        f'<!doctype html>\n<html lang="{words.t.language}">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{markup.text(title)}</title>\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>{STYLE}{foot}</style>\n</head>\n<body>\n"
        + "\n".join(_body(figures, about, words))
        + "\n</body>\n</html>\n"
    )


def title_of(span: Span, words: Wording) -> str:
    """What a report is called: which shift, or which span."""
    if span.shift is None:
        return f"{words.t('report.title_span')}, {words.span(span.begin_ms, span.end_ms)}"
    day, _, number = span.shift.partition("/")
    return f"{words.t('report.title')}, {words.t('report.shift_of', number=number, day=day)}"


def _body(figures: Figures, about: About, words: Wording) -> Iterator[str]:
    yield _header(figures.span, about, words)
    yield "<main>"
    yield from _in_short(figures, about, words)
    if figures.counts.total:
        yield from _over_time(figures, about, words)
        yield from _why(figures, words)
        yield from details.cameras(figures.counts, words)
        yield from details.wrong_verdicts(figures, words)
    yield from details.golden(figures.golden, words)
    yield from details.events(figures, words)
    if figures.counts.periods:
        yield from details.configuration(figures.counts.periods, about.config_sha256, words)
    yield from pictures_page.section(figures, words)
    made = words.t("report.made", time=words.instant(about.made_ms, seconds=False), version=__version__)
    yield f"</main><footer>{markup.text(made)}</footer>"


def _header(span: Span, about: About, words: Wording) -> str:
    t = words.t
    rows = [
        (t("report.station"), f"{about.name} ({about.site}, {about.line})"),
        (t("report.when"), words.span(span.begin_ms, span.end_ms)),
        (t("report.zone"), words.zone_name(span.begin_ms, span.end_ms)),
    ]
    listed = "".join(f"<dt>{markup.text(name)}</dt><dd>{markup.text(value)}</dd>" for name, value in rows)
    badge = ""
    if span.under_way:
        said = t("report.under_way", time=words.clock(span.end_ms))
        badge = f'<p><span class="badge">{markup.text(said)}</span></p>'
    title = markup.text(title_of(span, words))
    return f'<header><h1>{title}</h1><dl class="about">{listed}</dl>{badge}</header>'


def _in_short(figures: Figures, about: About, words: Wording) -> Iterator[str]:
    t, counts, span = words.t, figures.counts, figures.span
    yield f'<section class="together"><h2>{t("report.in_short")}</h2>'
    if figures.record_from_ms is None:
        yield paragraph(t("report.no_record"))
    elif figures.record_from_ms > span.begin_ms:
        yield paragraph(t("report.record_from", time=words.instant(figures.record_from_ms)), "soft")
    if not counts.total:
        yield paragraph(t("report.nothing"), "lead")
    else:
        yield f'<div class="tiles">{"".join(_tiles(figures, about, words))}</div>'
    yield "</section>"


def _tiles(figures: Figures, about: About, words: Wording) -> Iterator[str]:
    t, counts = words.t, figures.counts
    yield tile(t("report.items"), words.number(counts.total))
    yield tile(markup.verdict("OK"), words.number(counts.ok), kind="OK")
    yield tile(markup.verdict("KO"), words.number(counts.ko), kind="KO")
    yield tile(t("report.yield"), words.percent(counts.yield_ or 0.0))
    rate, target = counts.total / figures.span.minutes, about.target_per_min
    rest = ""
    if target is not None:
        rest = t(
            "report.rate_of_target", share=words.percent(rate / target), target=words.number(target, _places(target))
        )
    yield tile(t("report.rate"), words.number(rate, _places(rate)), rest)
    yield tile(t("report.late"), words.number(counts.late))
    missed = "\N{EN DASH}" if counts.missed is None else words.number(counts.missed)
    yield tile(t("report.missed"), missed, t("report.missed_unknown") if counts.missed is None else "")
    yield tile(t("report.borderline"), words.number(counts.borderline))
    if counts.latency is not None:
        p99 = words.duration(counts.latency.p99_ms)
        yield tile(t("report.latency"), words.duration(counts.latency.p50_ms), t("report.latency_rest", p99=p99))
    if counts.golden:
        yield tile(t("report.golden_count"), words.number(counts.golden), t("report.golden_apart"))


def _over_time(figures: Figures, about: About, words: Wording) -> Iterator[str]:
    counts = figures.counts
    yield f'<section class="together"><h2>{words.t("report.chart_title")}</h2>'
    yield chart.chart(counts, figures.span, about.target_per_min, words)
    yield chart.legend()
    yield "</section>"


def _why(figures: Figures, words: Wording) -> Iterator[str]:
    t, counts = words.t, figures.counts
    yield f"<section><h2>{t('report.pareto')}</h2>"
    if not counts.ko:
        yield paragraph(t("report.no_ko"))
        yield "</section>"
        return
    rows, so_far = [], 0
    for kind in counts.kinds[:MOST_KINDS]:
        so_far += kind.count
        share = kind.count / counts.ko
        finding = kind.finding or t("report.no_finding")
        of_ko = Html(chart.share_bar(kind.count / counts.kinds[0].count, words.percent(share)))
        rows.append((finding, words.number(kind.count), of_ko, words.percent(so_far / counts.ko)))
    columns = (
        (t("report.finding"), ""),
        (t("report.count"), "n"),
        (t("report.share_of_ko"), "n"),
        (t("report.running"), "n"),
    )
    yield table(columns, rows)
    if rest := counts.kinds[MOST_KINDS:]:
        items = words.number(sum(kind.count for kind in rest))
        yield paragraph(t("report.more_kinds", count=len(rest), items=items), "soft")
    yield paragraph(t("report.pareto_about"), "soft")
    yield f'</section><section class="together"><h2>{t("report.reasons")}</h2>'
    of_reason = (
        (t("report.reason"), ""),
        (t("report.means"), ""),
        (t("report.count"), "n"),
        (t("report.share_of_ko"), "n"),
    )
    yield table(
        of_reason,
        [
            (
                Html(f"<code>{reason}</code>"),
                t(f"live.reason_{reason}"),
                words.number(count),
                words.percent(count / counts.ko),
            )
            for reason, count in counts.by_reason.items()
        ],
    )
    yield "</section>"


def _places(value: float) -> int:
    """Decimals that a rate is read with."""
    return 0 if value >= 100 else 1  # noqa: PLR2004 - three digits
