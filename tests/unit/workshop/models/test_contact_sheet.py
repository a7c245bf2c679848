import re

import numpy as np

from okko.contracts import Fault, ModelRef, Prediction
from workshop.models.contact_sheet import THUMBNAIL_PX, Card, page, thumbnail

REF = ModelRef(name="m", version="1", sha256="0" * 64)
SEEN = Prediction(item_id="i", camera="c", frame_id="f", model=REF, task="t", label="<OK>", score=0.5)


def test_the_page_needs_no_other_file() -> None:
    """Small pictures are inside it; the only links are to the large ones beside it."""
    text = page(
        "ducks", "7 pictures", [Card("a & b.jpg", SEEN, "0001-a.jpg", thumbnail(np.zeros((9, 9, 3), np.uint8)))]
    )
    assert re.findall(r'src="([^"]{0,22})', text) == ["data:image/jpeg;base64"]
    assert re.findall(r'href="([^"]*)"', text) == ["0001-a.jpg"]
    assert "http" not in text


def test_names_and_labels_are_text() -> None:
    """Not markup."""
    text = page("<b>", "", [Card("a & b.jpg", SEEN)])
    assert "&lt;OK&gt; 0.500" in text
    assert "a &amp; b.jpg" in text
    assert "<b>" not in text


def test_a_picture_that_could_not_be_read_is_on_it_too() -> None:
    """With the reason."""
    bad = Prediction(
        item_id="i", camera="c", frame_id="f", model=REF, task="t", error=Fault(kind="image", text="is cut off")
    )
    text = page("ducks", "", [Card("a.jpg", bad)])
    assert 'class="error"' in text
    assert "is cut off" in text


def test_a_thumbnail_is_small() -> None:
    """Whatever the size of the picture; one that is small already stays so."""
    import cv2

    for side, expected in ((1000, THUMBNAIL_PX), (100, 100)):
        data = np.frombuffer(thumbnail(np.zeros((side, side // 2, 3), np.uint8)), np.uint8)
        image = cv2.imdecode(data, cv2.IMREAD_COLOR)
        assert image is not None
        assert image.shape[0] == expected
