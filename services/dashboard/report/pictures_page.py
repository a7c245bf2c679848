"""The pages of pictures at the end of a report. Pure."""

import base64
from collections.abc import Iterator

from dashboard.report.figures import Figures, Pictured, Shown
from dashboard.report.markup import Html, paragraph, text, verdict
from dashboard.report.wording import Wording


def section(figures: Figures, words: Wording) -> Iterator[str]:
    """KO parts with their pictures; those whose images are gone say so."""
    t, shown, ko = words.t, figures.shown, figures.counts.ko
    if not ko or not shown:
        return
    pictured = [one for one in shown if one.pictures]
    if not pictured:
        why = next((one.gone for one in shown if one.gone), None)
        said = t("report.pictures_none") if why is None else t("report.pictures_gone", why=why)
        yield f"<section><h2>{t('report.pictures')}</h2>{paragraph(said)}</section>"
        return
    about = t("report.pictures_about", shown=words.number(len(shown)), all=words.number(ko))
    yield f'<section class="page"><h2>{t("report.pictures")}</h2>{paragraph(about, "keep")}<div class="album">'
    for one in shown:
        yield _article(one, words)
    yield "</div></section>"


def _article(one: Shown, words: Wording) -> str:
    t = words.t
    name = one.part_id or t("report.no_name")
    label = f" \N{MIDDLE DOT} {t('report.labelled_as', label=one.label)}" if one.label is not None else ""
    head = Html(f"{verdict('KO')} {text(name)}")
    pictures = "".join(_figure(pictured, one, name, words) for pictured in one.pictures)
    if pictures:
        pictures = f'<div class="sides">{pictures}</div>'
    elif one.gone:
        pictures = paragraph(t("report.image_gone", why=one.gone), "soft")
    return (
        f"<article><h3>{head}</h3>{paragraph(one.finding or one.reason)}"
        f"{paragraph(words.instant(one.at_ms) + label, 'soft')}{pictures}</article>"
    )


def _figure(pictured: Pictured, one: Shown, name: str, words: Wording) -> str:
    picture = pictured.picture
    said = f": {pictured.said}" if pictured.said else ""
    caption = f"<figcaption>{text(picture.camera + said)}</figcaption>"
    if not picture.jpeg:
        return f"<figure>{paragraph(picture.why, 'soft')}{caption}</figure>"
    alt = words.t("report.picture_alt", part=name, camera=picture.camera, finding=one.finding or one.reason)
    data = base64.b64encode(picture.jpeg).decode("ascii")
    return (
        f'<figure><img alt="{text(alt)}" width="{picture.width_px}" height="{picture.height_px}" '
        f'src="data:image/jpeg;base64,{data}">{caption}</figure>'
    )
