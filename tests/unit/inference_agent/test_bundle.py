"""Bundles: what is accepted, what is refused and with which words."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from inference_agent.bundle import load_bundle, missing_files
from okko.errors import ConfigError

GOOD = """
name = "duck-quality"
version = "1.0.0"
file = "model.tflite"
labels = ["OK", "KO"]
[decoder]
kind = "classification"
"""


def write(folder: Path, text: str) -> Path:
    """The folder, with this model.toml in it."""
    (folder / "model.toml").write_text(text, "utf-8")
    return folder


def problems(folder: Path) -> str:
    """What the configuration error says."""
    with pytest.raises(ConfigError) as caught:
        load_bundle(folder)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_the_defaults_are_those_of_the_documentation(tmp_path: Path) -> None:
    """What model.toml leaves out has the documented value."""
    bundle = load_bundle(write(tmp_path, GOOD))
    assert (bundle.threads, bundle.labels) == (1, ("OK", "KO"))
    assert (bundle.input.resize, bundle.input.color, bundle.input.mean, bundle.input.std) == ("stretch", "rgb", 0, 1)
    assert bundle.input.scaled_decode
    assert bundle.decoder.kind == "classification"


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    """One look at the error mends the whole file: each wrong value and unknown key is named."""
    text = problems(
        write(
            tmp_path,
            GOOD.replace('"duck-quality"', '"duck quality"').replace(
                'kind = "classification"', 'kind = "yolo"\nfoo = 1'
            )
            + '[input]\nresize = "strech"\nstd = 0\n',
        )
    )
    for expected in ("model.toml", "name", "decoder.foo", "unknown key", "input.resize", "letterbox", "input.std"):
        assert expected in text


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (('file = "model.tflite"', ""), "file"),
        (('"model.tflite"', '"../model.tflite"'), "file"),
        (('"model.tflite"', '"/etc/passwd"'), "file"),
        (('"classification"', '"segmentaton"'), "decoder"),
        (('["OK", "KO"]', '["OK", "OK"]'), "differ"),
        (('["OK", "KO"]', '["OK", "KO"]\nlabels_file = "l.txt"'), "not both"),
        (('version = "1.0.0"', "version = 1"), "version"),
        (("[decoder]", '[input]\ncolor = "gray"\nmean = [1, 2, 3]\n[decoder]'), "gray"),
        (("[decoder]", "[input]\nstd = [1, 2]\n[decoder]"), "input.std"),
        (("[decoder]", "[input]\nmean = inf\n[decoder]"), "input.mean"),
        (("[decoder]", "[decoder"), "TOML"),
    ],
)
def test_a_mistake_is_named_where_it_stands(tmp_path: Path, change: tuple[str, str], where: str) -> None:
    """Each kind of mistake in model.toml is refused, and the error names the key or the rule."""
    assert where in problems(write(tmp_path, GOOD.replace(*change)))


def test_a_missing_manifest_names_the_file(tmp_path: Path) -> None:
    """A folder without model.toml is a configuration error that names the path."""
    assert str(tmp_path / "model.toml") in problems(tmp_path)


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    """A bundle is whole in its folder: a symbolic link that leaves it is refused too."""
    outside = tmp_path / "outside.tflite"
    outside.write_bytes(b"")
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "model.tflite").symlink_to(outside)
    assert "leads out" in problems(write(folder, GOOD))


def test_labels_come_from_a_file(tmp_path: Path) -> None:
    """labels_file has one label a line; Windows line ends and a byte order mark do no harm."""
    (tmp_path / "names.txt").write_bytes("\ufeffcat\r\nhot dog\r\n".encode())
    bundle = load_bundle(write(tmp_path, GOOD.replace('labels = ["OK", "KO"]', 'labels_file = "names.txt"')))
    assert bundle.labels == ("cat", "hot dog")


def test_a_missing_labels_file_is_refused(tmp_path: Path) -> None:
    """labels_file must be there: without it no prediction could be named."""
    assert "names.txt" in problems(write(tmp_path, GOOD.replace('labels = ["OK", "KO"]', 'labels_file = "names.txt"')))


def test_labels_come_from_the_model_file(tmp_path: Path) -> None:
    """Where model.toml names none, the labels zipped to the end of the model file are taken."""
    model = tmp_path / "model.tflite"
    model.write_bytes(b"\x1c\0\0\0TFL3" + bytes(1000))
    with zipfile.ZipFile(model, "a") as archive:
        archive.writestr("labels.txt", "daisy\nrose\n")
    assert load_bundle(write(tmp_path, GOOD.replace('labels = ["OK", "KO"]', ""))).labels == ("daisy", "rose")


def test_a_missing_model_file_is_no_error_of_the_manifest(tmp_path: Path) -> None:
    """The model may come back while the station runs, so its absence is told by `missing_files`, not by loading."""
    bundle = load_bundle(write(tmp_path, GOOD))
    assert "model.tflite" in str(missing_files(tmp_path, bundle)[0])
    (tmp_path / "model.tflite").write_bytes(b"x")
    assert missing_files(tmp_path, bundle) == ()


def test_reading_a_bundle_needs_no_heavy_library() -> None:
    """Agents without numpy, OpenCV and LiteRT read bundles too."""
    code = (
        "import sys; sys.modules.update(dict.fromkeys(('numpy', 'cv2', 'ai_edge_litert')));"
        "import inference_agent.bundle"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
