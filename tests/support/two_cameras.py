"""A station with two cameras that look at real castings, which its one model calls good."""

from pathlib import Path

TWO_CAMERAS = """
[[camera]]
name = "left"
source = {{ kind = "folder", path = "{images}", loop = true }}
[[camera]]
name = "right"
source = {{ kind = "folder", path = "{images}", loop = true }}
[[model]]
bundle = "{bundle}"
cameras = ["left", "right"]
[[rule]]
kind = "expected_label"
camera = "left"
label = "OK"
[[rule]]
kind = "expected_label"
camera = "right"
label = "OK"
[recorder]
"""


def only_good(shared_data: Path, tmp_path: Path, casting: Path) -> Path:
    """Pictures that the model calls OK, so that a wrong OK can be seen: the first of the good ones, checked."""
    folder = tmp_path / "good"
    folder.mkdir()
    for picture in sorted((shared_data / "images/casting_subset/train/OK").iterdir())[:8]:
        (folder / picture.name).write_bytes(picture.read_bytes())
    assert casting.is_dir()
    return folder
