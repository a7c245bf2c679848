"""A folder plays a camera, whatever lies in it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from camera_agent.shot import Request
from camera_agent.sources.folder import FolderSource
from okko.errors import SourceError, SourceExhausted

Now = Callable[[], Request]


def test_files_come_in_the_order_of_their_relative_paths(
    tmp_path: Path, files: dict[str, bytes], request_now: Now
) -> None:
    """Folders in the folder are read too; the relative path decides the order and is the source."""
    for name in ("b/1.jpg", "a.png", "b/0.JPEG", "c.jpg"):
        path = tmp_path / "images" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(files["png" if name.endswith("png") else "jpeg"])
    (tmp_path / "images" / "notes.txt").write_text("not a picture")
    camera = FolderSource(path=Path("images")).open(tmp_path)
    assert [camera.capture(request_now()).source for _ in range(4)] == ["a.png", "b/0.JPEG", "b/1.jpg", "c.jpg"]


@pytest.mark.parametrize(
    ("file_name", "content", "encoding", "size"),
    [
        ("a.jpg", "jpeg", "jpeg", (48, 32)),
        ("a.png", "png", "png", (48, 32)),
        ("a.png", "png16", "png", (48, 32)),
        ("a.png", "rgba", "png", (48, 32)),
        ("a.jpg", "png", "png", (48, 32)),
        ("a.jpg", "truncated", "jpeg", (48, 32)),
        ("a.jpg", "empty", "jpeg", (1, 1)),
        ("a.jpg", "text", "jpeg", (1, 1)),
        ("a.jpg", "gif", "jpeg", (1, 1)),
        ("a.png", "text", "png", (1, 1)),
        ("a.bmp", "text", "jpeg", (1, 1)),
    ],
)
def test_files_are_published_byte_for_byte(  # noqa: PLR0917 - pytest passes them by name
    tmp_path: Path,
    files: dict[str, bytes],
    request_now: Now,
    file_name: str,
    content: str,
    encoding: str,
    size: tuple[int, int],
) -> None:
    """Good or broken, the bytes are those of the file; the encoding is told by them, else by the name."""
    (tmp_path / file_name).write_bytes(files[content])
    shot = FolderSource(path=tmp_path).open(tmp_path).capture(request_now())
    assert shot.encoded == files[content]
    assert shot.encoding == encoding
    assert (shot.width_px, shot.height_px) == size


def test_other_formats_are_decoded(
    tmp_path: Path, files: dict[str, bytes], image: NDArray[np.uint8], request_now: Now
) -> None:
    """A BMP gives its pixels, for the camera to encode."""
    (tmp_path / "a.bmp").write_bytes(files["bmp"])
    shot = FolderSource(path=tmp_path).open(tmp_path).capture(request_now())
    assert shot.encoded is None
    assert shot.image is not None
    assert np.array_equal(shot.image, image)


def test_the_end_without_loop_is_final(tmp_path: Path, files: dict[str, bytes], request_now: Now) -> None:
    """After the last file each capture says that there are no more."""
    (tmp_path / "a.jpg").write_bytes(files["jpeg"])
    camera = FolderSource(path=tmp_path).open(tmp_path)
    camera.capture(request_now())
    for _ in range(2):
        with pytest.raises(SourceExhausted, match="loop = true"):
            camera.capture(request_now())


def test_loop_begins_again(tmp_path: Path, files: dict[str, bytes], request_now: Now) -> None:
    """With `loop` the first file follows the last."""
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(files["jpeg"])
    camera = FolderSource(path=tmp_path, loop=True).open(tmp_path)
    assert [camera.capture(request_now()).source for _ in range(3)] == ["a.jpg", "b.jpg", "a.jpg"]


def test_a_file_that_vanished_is_one_bad_picture(tmp_path: Path, files: dict[str, bytes], request_now: Now) -> None:
    """A file that cannot be read is published empty, and the next part still gets the next file."""
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(files["jpeg"])
    camera = FolderSource(path=tmp_path).open(tmp_path)
    (tmp_path / "a.jpg").unlink()
    first, second = camera.capture(request_now()), camera.capture(request_now())
    assert (first.source, first.encoded) == ("a.jpg", b"")
    assert (second.source, second.encoded) == ("b.jpg", files["jpeg"])


def test_a_folder_that_vanished_is_a_lost_camera(tmp_path: Path, files: dict[str, bytes], request_now: Now) -> None:
    """When the whole folder is gone the source fails, to be opened again."""
    folder = tmp_path / "images"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(files["jpeg"])
    camera = FolderSource(path=folder).open(tmp_path)
    (folder / "a.jpg").unlink()
    folder.rmdir()
    with pytest.raises(SourceError, match="is gone"):
        camera.capture(request_now())


@pytest.mark.parametrize(("make", "text"), [(False, "is no folder"), (True, "has no picture in it")])
def test_nothing_to_show_is_said_with_the_remedy(tmp_path: Path, *, make: bool, text: str) -> None:
    """A missing folder and an empty one are told apart, each with what to do."""
    if make:
        (tmp_path / "images").mkdir()
    with pytest.raises(SourceError, match=text) as caught:
        FolderSource(path=Path("images")).open(tmp_path)
    assert "images" in str(caught.value)
