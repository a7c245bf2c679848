"""Labels inside model files."""

import zipfile
from pathlib import Path

import pytest

from inference_agent import labels


def model_with(folder: Path, **files: str) -> Path:
    """A model file with these files zipped to its end."""
    path = folder / "model.tflite"
    path.write_bytes(b"\x1c\0\0\0TFL3")
    with zipfile.ZipFile(path, "a") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("_txt", ".txt").replace("_json", ".json"), text)
    return path


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"labels_txt": "a\nb\n"}, ("a", "b")),
        ({"about_txt": "no labels\n", "labelmap_txt": "a\nb"}, ("a", "b")),
        ({"meta_txt": "{'names': {1: 'dog', 0: 'cat'}, 'author': 'x'}"}, ("cat", "dog")),
        ({"metadata_json": '{"names": {"0": "cat", "1": "dog"}}'}, ("cat", "dog")),
        ({"meta_txt": "{'names': ['cat']}"}, ()),
        ({"meta_txt": "{broken"}, ()),
        ({"labels_txt": "a\n\nb\n\n"}, ("a", "", "b")),
        ({}, ()),
    ],
)
def test_labels_are_found_in_the_zip(tmp_path: Path, files: dict[str, str], expected: tuple[str, ...]) -> None:
    """Label files and Ultralytics' metadata are understood; anything else gives no labels and no error."""
    assert labels.from_model(model_with(tmp_path, **files)) == expected


@pytest.mark.parametrize("content", [b"", b"\x1c\0\0\0TFL3", b"PK\x05\x06" + bytes(18), b"PK\x03\x04 cut off"])
def test_a_file_without_labels_gives_none(tmp_path: Path, content: bytes) -> None:
    """A model without metadata, or with damaged metadata, has no labels."""
    path = tmp_path / "model.tflite"
    path.write_bytes(content)
    assert labels.from_model(path) == ()
    assert labels.from_model(tmp_path / "absent.tflite") == ()


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """Binary data are no labels."""
    path = tmp_path / "labels.txt"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="UTF-8"):
        labels.from_text(path)
