from pathlib import Path

import pytest

from workshop.models import tflite_metadata
from workshop.models.tflite_metadata import Metadata


@pytest.mark.parametrize("content", [b"", b"text", b"\x1c\x00\x00\x00TFL3" + bytes(40)])
def test_nothing_is_found_in_what_has_none(content: bytes) -> None:
    """No exception, whatever it is."""
    assert tflite_metadata.read(content) == Metadata()


def test_damage_in_the_metadata_is_no_error(shared_data: Path) -> None:
    """Each byte of it changed in turn: something is read, or nothing."""
    content = (shared_data / "models/thirdparty/automl_labeler_model.tflite").read_bytes()
    whole = tflite_metadata.read(content)
    assert whole.name
    start = content.index(b"M001") - 4
    for at in range(start, start + 1056, 7):
        broken = bytearray(content)
        broken[at] ^= 0xFF
        assert isinstance(tflite_metadata.read(bytes(broken)), Metadata)
