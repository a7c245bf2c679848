import cv2
import numpy as np

from shown_parts import small_picture
from workshop.teaching.album import THUMB_PX, Album
from workshop.teaching.example import Example, example_of


class Book(Album):
    """The plainest there can be."""

    def take(self, example: Example) -> bool:
        """Note it, and no more."""
        if not self.is_new(example):
            return False
        self.note(example, np.zeros((example.height_px, example.width_px, 3), np.uint8))
        return True


def test_each_part_is_noted_once_as_what_it_is() -> None:
    """With a small picture; there is nothing that it is learnt on unless one says so."""
    book = Book()
    assert book.take(example_of(small_picture(1), "one", "OK", part_id="p-1"))
    assert book.take(example_of(small_picture(2), "two", "KO"))
    assert not book.take(example_of(small_picture(1), "again", "OK"))
    assert ([one.name for one in book.good], [one.name for one in book.ko], book.twice) == (["one"], ["two"], 1)
    thumb = cv2.imdecode(np.frombuffer(book.good[0].thumb, np.uint8), cv2.IMREAD_COLOR)
    assert thumb is not None
    assert thumb.shape == (THUMB_PX * 48 // 64, THUMB_PX, 3)
    assert book.based_on == ("", "")
