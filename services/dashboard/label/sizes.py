"""How large the data set is, at a glance."""

from urllib.parse import urlencode

from nicegui import ui

from dashboard.shell.frame import link
from dashboard.shell.html import words
from dashboard.texts import Texts
from recorder.labelled import Sizes
from recorder.labels import VERDICTS


def show_sizes(t: Texts, sizes: Sizes) -> None:
    """A bar for each label, verdicts first; then what else there is to know."""
    words("h2", t("label.sizes"))
    shown = sizes.by_label
    most = max(shown.values(), default=1)
    with ui.element("ul").classes("okko-bars"):
        for label in (*(word for word in VERDICTS if word in shown), *sizes.classes):
            with ui.element("li"):
                link(f"/items?{urlencode({'label': label})}", label)
                words("b", t.number(shown[label]))
                ui.element("i").style(f"width: {100 * shown[label] / most:.1f}%").props("aria-hidden=true")
    if not shown:
        words("p", t("label.no_labels"), "okko-quiet")
    more = "+" if sizes.waiting.at_least else ""
    words("p", t("label.golden", count=t.number(sizes.golden)))
    words("p", t("label.waiting", count=f"{t.number(sizes.waiting.items)}{more}"))
    words("p", t("label.drawn", count=t.number(sizes.annotations), frames=t.number(sizes.annotated_frames)))
