import errno
from pathlib import Path

import pytest

from okko.errors import ConfigError
from workshop.teaching.whole import lines, write_whole

MANIFEST = 'name = "a"\nversion = "1"\nfile = "m.tflite"\nlabels = ["OK", "KO"]\n[decoder]\nkind = "classification"\n'


def test_the_folder_is_there_with_all_that_belongs_into_it(tmp_path: Path) -> None:
    """And nothing beside it."""
    write_whole(tmp_path / "a-1", lambda draft: _fill(draft, MANIFEST), "# card", {"more.txt": b"x"})
    assert [path.name for path in tmp_path.iterdir()] == ["a-1"]
    assert {path.name for path in (tmp_path / "a-1").iterdir()} == {"model.toml", "CARD.md", "more.txt"}


def test_what_is_no_bundle_is_not_written(tmp_path: Path) -> None:
    """The inference agent's own reader looks at the draft."""
    with pytest.raises(ConfigError):
        write_whole(tmp_path / "a-1", lambda draft: _fill(draft, MANIFEST.replace("classification", "magic")))
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_full_leaves_nothing(tmp_path: Path) -> None:
    """Whatever was written before."""

    def fill(draft: Path) -> None:
        _fill(draft, MANIFEST)
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        write_whole(tmp_path / "a-1", fill)
    assert list(tmp_path.iterdir()) == []


def test_a_table_is_toml() -> None:
    """Tables in it stand in one line."""
    assert lines({"a": (1, 2.5), "b": {"c": "d"}, "e": True}) == 'a = [1, 2.5]\nb = { c = "d" }\ne = true\n'


def _fill(draft: Path, text: str) -> None:
    (draft / "model.toml").write_text(text)
