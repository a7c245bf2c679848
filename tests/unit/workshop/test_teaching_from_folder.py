from pathlib import Path

import pytest

from okko.errors import ConfigError
from shown_parts import small_picture, write_folder
from workshop.teaching.example import Example
from workshop.teaching.from_folder import from_folder, pictures_in


def test_pictures_come_by_the_order_of_their_paths(tmp_path: Path) -> None:
    """Those of the folders in it too; what is no picture by its name is passed over."""
    folder = write_folder(tmp_path / "good", [small_picture(0), small_picture(1)])
    write_folder(folder / "000", [small_picture(2)])
    (folder / "notes.txt").write_text("not a picture")
    paths = pictures_in(folder, "--from")
    names = [example.name for example in from_folder(folder, paths, "OK", "--from")]
    assert names == ["000/000.jpg", "000.jpg", "001.jpg"]


def test_what_cannot_be_read_is_told_with_its_name(tmp_path: Path) -> None:
    """All of it together, after the others: one look mends them."""
    folder = write_folder(tmp_path / "good", [small_picture(0), b"rubbish", small_picture(1)[:-300], b""])
    shown: list[Example] = []
    with pytest.raises(ConfigError) as caught:
        shown.extend(from_folder(folder, pictures_in(folder, "--from"), "OK", "--from"))
    assert [example.name for example in shown] == ["000.jpg"]
    text = str(caught.value)
    assert all(name in text for name in ("001.jpg: cannot be read", "002.jpg: cannot be read", "003.jpg"))
    assert "3 of 4 pictures given by --from. Take them out of the folder" in text


def test_many_that_cannot_be_read_are_not_all_listed(tmp_path: Path) -> None:
    """Ten of them, and how many more."""
    folder = write_folder(tmp_path / "good", [b"rubbish"] * 14)
    with pytest.raises(ConfigError, match="and 4 more"):
        list(from_folder(folder, pictures_in(folder, "--ko"), "KO", "--ko"))


@pytest.mark.parametrize("there", [False, True])
def test_a_folder_without_pictures_is_the_input_that_is_wrong(tmp_path: Path, *, there: bool) -> None:
    """Not there, or empty: exit 2."""
    folder = tmp_path / "good"
    if there:
        folder.mkdir()
    with pytest.raises(ConfigError, match="no picture" if there else "no such folder") as caught:
        pictures_in(folder, "--from")
    assert caught.value.exit_code == 2
