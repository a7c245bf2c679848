"""All pictures of a trial on one page that needs no other file: small pictures inside, the large ones beside it."""

import base64
import html
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from okko.contracts import Prediction
from workshop.models.words import answer

Bgr = NDArray[np.uint8]

THUMBNAIL_PX = 480
_QUALITY = 80

_STYLE = """
:root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; }
body { margin: 1.5rem; }
h1 { font-size: 1.3rem; margin: 0 0 .3rem; }
p { margin: .2rem 0 1rem; }
main { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(260px, 1fr)); align-items: start; }
figure { margin: 0; padding: .6rem; border: 1px solid #8886; border-radius: 6px; }
figure.error { border-color: #d33; }
img { width: 100%; height: auto; display: block; }
figcaption { margin-top: .4rem; overflow-wrap: anywhere; }
small { opacity: .75; }
"""


@dataclass(frozen=True, slots=True)
class Card:
    """One picture on the sheet. `link` is the large one beside it; `thumbnail` a JPEG; neither with an error."""

    name: str
    prediction: Prediction
    link: str = ""
    thumbnail: bytes = b""


def thumbnail(image: Bgr) -> bytes:
    """A small JPEG of a picture."""
    factor = min(1.0, THUMBNAIL_PX / max(image.shape[:2]))
    if factor < 1:
        size = (max(1, round(image.shape[1] * factor)), max(1, round(image.shape[0] * factor)))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    return bytes(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1])


def page(title: str, about: str, cards: Sequence[Card]) -> str:
    """The sheet as HTML."""
    figures = "\n".join(_figure(card) for card in cards)
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{html.escape(title)}</title>
<style>{_STYLE}</style>
<h1>{html.escape(title)}</h1>
<p>{html.escape(about)}</p>
<main>
{figures}
</main>
</html>
"""


def _figure(card: Card) -> str:
    kind = ' class="error"' if card.prediction.error is not None else ""
    name, said = html.escape(card.name), html.escape(answer(card.prediction))
    picture = ""
    if card.thumbnail:
        data = base64.b64encode(card.thumbnail).decode("ascii")
        picture = f'<a href="{html.escape(card.link)}"><img alt="{said}" src="data:image/jpeg;base64,{data}"></a>'
    return f"<figure{kind}>{picture}<figcaption><strong>{said}</strong><br><small>{name}</small></figcaption></figure>"
