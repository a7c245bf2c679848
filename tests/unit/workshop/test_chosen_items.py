from pathlib import Path

import pytest

from okko.errors import ConfigError
from workshop import chosen_items
from workshop.chosen_items import read_ids


def test_ids_stand_one_a_line(tmp_path: Path) -> None:
    """Each once, in their order; what is empty or a remark is none."""
    file = tmp_path / "ids"
    file.write_text("# the borderline ones\nitem-2\n\n item-1 \r\nitem-2\n")
    assert read_ids(file, "--items-from") == ("item-2", "item-1")


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"\n# none\n", "names no item"), (b"\xff\xfe", "is no text in UTF-8"), (b"a\nb\nc\nd\n", "names 4 items, 3 at")],
)
def test_a_file_that_is_none_is_refused(
    content: bytes, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what is wrong."""
    monkeypatch.setattr(chosen_items, "MOST", 3)
    (tmp_path / "ids").write_bytes(content)
    with pytest.raises(ConfigError, match=said):
        read_ids(tmp_path / "ids", "--items-from")
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        read_ids(tmp_path / "nowhere", "--items-from")
