"""The parts of a report below its figures: cameras, labels, golden parts, events, configuration. Pure."""

from collections.abc import Iterator, Sequence

from dashboard.report.estimate import Estimate, escapes, false_rejects
from dashboard.report.figures import CameraFigures, Counts, Figures, GoldenResult, ModelUsed, Period
from dashboard.report.markup import Html, paragraph, table, text, verdict
from dashboard.report.wording import NO_BREAK, Wording

MOST_EVENTS = 60
MOST_PERIODS = 20
_RESULTS = {True: "passed", False: "failed", None: "not_inspected"}
_SIGNS = {True: "\N{CHECK MARK}", False: "\N{BALLOT X}", None: "\N{EN DASH}"}


def cameras(counts: Counts, words: Wording) -> Iterator[str]:
    """How often each camera saw a part, and found it KO; which models looked."""
    t = words.t
    yield f'<section class="together"><h2>{t("report.cameras")}</h2>'
    with_errors = any(model.errors for camera in counts.cameras for model in camera.models)
    columns = [
        (t("report.camera"), ""),
        (t("report.models"), ""),
        (t("report.items"), "n"),
        (t("report.ko_of_camera"), "n"),
        (t("report.share"), "n"),
    ]
    if with_errors:
        columns.append((t("report.no_prediction"), "n"))
    yield table(columns, [_camera(camera, words, with_errors=with_errors) for camera in counts.cameras])
    yield "</section>"


def _camera(camera: CameraFigures, words: Wording, *, with_errors: bool) -> list[str]:
    share = camera.ko / camera.items if camera.items else 0.0
    cells = [
        camera.name,
        models(camera.models, words),
        words.number(camera.items),
        words.number(camera.ko),
        words.percent(share),
    ]
    if with_errors:
        cells.append(words.number(sum(model.errors for model in camera.models)))
    return cells


def models(used: Sequence[ModelUsed], words: Wording) -> str:
    """Models with their versions."""
    said = (
        f"{model.name} {model.version}" + (f" ({words.t('report.shadow')})" if model.shadow else "") for model in used
    )
    return ", ".join(said) or words.t("report.no_model")


def wrong_verdicts(figures: Figures, words: Wording) -> Iterator[str]:
    """What labels say of false rejects and escapes; nothing, where nobody has labelled anything."""
    t, counts, labels = words.t, figures.counts, figures.labels
    yield f'<section class="together"><h2>{t("report.labels")}</h2>'
    if not labels.count:
        yield paragraph(t("report.no_labels"))
    else:
        columns = (
            (t("report.kind_of_error"), ""),
            (t("report.labelled"), "n"),
            (t("report.wrong"), "n"),
            (t("report.share_interval"), "n"),
            (t("report.would_be"), "n"),
        )
        rows = (
            ("false_rejects", "of_ko", false_rejects(labels, counts.ko), counts.ko),
            ("escapes", "of_ok", escapes(labels, counts.ok), counts.ok),
        )
        yield table(
            columns, [_estimate(t(f"report.{name}"), of, found, every, words) for name, of, found, every in rows]
        )
        count = words.number(labels.count)
        whole = labels.count >= counts.total
        yield paragraph(t("report.labels_all" if whole else "report.labels_about", count=count), "soft")
    yield "</section>"


def _estimate(name: str, of: str, found: Estimate | None, every: int, words: Wording) -> list[str]:
    t = words.t
    labelled = t(f"report.{of}", labelled=words.number(found.labelled if found else 0), all=words.number(every))
    if found is None:
        return [name, labelled, "\N{EN DASH}", t("report.none_labelled"), "\N{EN DASH}"]
    if found.is_count:
        return [name, labelled, words.number(found.wrong), words.percent(found.share), words.number(found.wrong)]
    share = f"{words.percent(found.share)} ({words.between(found.low, found.high)})"
    middle, low, high = (words.number(count) for count in found.items)
    would_be = t("report.about", middle=middle, low=low, high=high)
    return [name, labelled, words.number(found.wrong), share, would_be]


def golden(results: Sequence[GoldenResult], words: Wording) -> Iterator[str]:
    """Each golden part that came, and whether it was judged as it must be."""
    t = words.t
    if not results:
        return
    yield f"<section><h2>{t('report.golden')}</h2>"
    columns = (
        (t("report.at"), "t"),
        (t("report.part"), ""),
        (t("report.must_be"), ""),
        (t("report.was"), ""),
        (t("report.result"), "t"),
    )
    yield table(columns, [_golden(result, words) for result in results])
    yield "</section>"


def _golden(result: GoldenResult, words: Wording) -> list[str]:
    came: str = verdict(result.verdict)
    if result.verdict == "KO":
        came = Html(f"{came} {text(result.finding or result.reason)}")
    said = text(words.t(f"report.{_RESULTS[result.passed]}"))
    strong = f"<strong>{_SIGNS[result.passed]}{NO_BREAK}{said}</strong>"
    return [words.clock(result.at_ms, seconds=True), result.part_id, verdict(result.expected), came, Html(strong)]


def events(figures: Figures, words: Wording) -> Iterator[str]:
    """Warnings and errors, alike ones together."""
    t, found = words.t, figures.events
    yield f"<section><h2>{t('report.events')}</h2>"
    if found is None:
        yield paragraph(t("report.events_unknown"))
        yield "</section>"
        return
    if figures.events_from_ms is not None and figures.events_from_ms > figures.span.begin_ms:
        yield paragraph(t("report.events_from", time=words.instant(figures.events_from_ms)), "soft")
    if not found:
        yield paragraph(t("report.events_none"))
    else:
        one_day = words.day(figures.span.begin_ms) == words.day(figures.span.end_ms)
        columns = (
            (t("report.first"), "t"),
            (t("report.last"), "t"),
            (t("report.times"), "n"),
            (t("report.severity"), "t"),
            (t("report.what"), ""),
            (t("report.who"), ""),
        )
        rows = []
        for event in found[:MOST_EVENTS]:
            first, last = (
                words.clock(at_ms, seconds=True) if one_day else words.instant(at_ms)
                for at_ms in (event.first_ms, event.last_ms)
            )
            severity = text(t(f"live.severity_{event.severity}"))
            rows.append(
                [
                    first,
                    "" if event.count == 1 else last,
                    words.number(event.count),
                    Html(f"<strong>{severity}</strong>") if event.severity == "error" else severity,
                    Html(f"{text(event.text)} <small><code>{text(event.code)}</code></small>"),
                    event.agent,
                ]
            )
        yield table(columns, rows)
        if len(found) > MOST_EVENTS:
            yield paragraph(t("report.more_events", count=len(found) - MOST_EVENTS), "soft")
    yield "</section>"


def configuration(periods: Sequence[Period], now_sha256: str, words: Wording) -> Iterator[str]:
    """By what the items were judged: one configuration, or one after the other."""
    t = words.t
    yield f'<section class="together"><h2>{t("report.configuration")}</h2>'
    yield paragraph(t("report.configuration_one" if len(periods) == 1 else "report.configuration_changed"))
    columns = ((t("report.from_to"), "t"), (t("report.models"), ""), (t("report.hash"), ""))
    rows = []
    for period in periods[:MOST_PERIODS]:
        used = "; ".join(f"{camera}: {models(found, words)}" for camera, found in period.models.items())
        as_now = f" ({t('report.now_in_force')})" if period.config_sha256 == now_sha256 else ""
        span = words.span(period.first_ms, period.last_ms)
        short = Html(f"<code>{text(period.config_sha256[:16])}</code>{text(as_now)}")
        rows.append([span, used or t("report.no_model"), short])
    yield table(columns, rows)
    if len(periods) > MOST_PERIODS:
        yield paragraph(t("report.more_periods", count=len(periods) - MOST_PERIODS), "soft")
    yield "</section>"
