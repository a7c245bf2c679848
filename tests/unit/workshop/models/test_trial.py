import json
from pathlib import Path

import pytest

from okko import cli


def test_pictures_are_tried_as_a_table(
    duck_bundle: Path, some_pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line for each, and which model it was and how long it took."""
    assert cli.run(["model", "try", str(duck_bundle), str(some_pictures)]) == 0
    shown = capsys.readouterr().out
    for word in ("a.jpg", "b.png", "c.bmp", "duck-quality 1.0.0", "3 pictures", "invoke"):
        assert word in shown


def test_a_bad_picture_is_told_and_ends_nothing(
    duck_bundle: Path, some_pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The others are answered; exit 1."""
    bad = tmp_path / "bad.jpg"
    bad.write_bytes((some_pictures / "a.jpg").read_bytes()[:500])
    assert cli.run(["model", "try", str(duck_bundle), str(bad), str(some_pictures), "--json"]) == 1
    told = capsys.readouterr()
    lines = [json.loads(line) for line in told.out.splitlines()]
    assert [line.get("error", {}).get("kind") for line in lines] == ["image", None, None, None]
    assert {"label", "score", "timings_ms", "picture", "model"} <= lines[1].keys()
    assert "item_id" not in lines[1]
    assert f"{bad}: a JPEG that is cut off" in told.err


def test_what_was_seen_is_drawn(
    duck_bundle: Path, some_pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A picture for each, and the page; a folder with something in it is left alone unless --force is said."""
    out = tmp_path / "seen"
    arguments = ["model", "try", str(duck_bundle), str(some_pictures), "--out", str(out)]
    assert cli.run(arguments) == 0
    assert sorted(path.name for path in out.iterdir()) == ["0001-a.jpg", "0002-b.jpg", "0003-c.jpg", "index.html"]
    assert (out / "index.html").read_text().count("<figure") == 3
    assert cli.run(arguments) == 2
    assert "is not empty" in capsys.readouterr().err
    assert cli.run([*arguments, "--force"]) == 0


def test_no_picture_and_no_bundle_are_the_users_input(
    duck_bundle: Path, some_pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 2, with the name."""
    assert cli.run(["model", "try", str(duck_bundle), str(tmp_path / "none.jpg")]) == 2
    assert "none.jpg: no picture there" in capsys.readouterr().err
    assert cli.run(["model", "try", str(tmp_path), str(some_pictures)]) == 2
    assert "is no bundle" in capsys.readouterr().err


@pytest.mark.parametrize("picture", ["cat.bmp", "owl.jpg", "pets.jpg"])
def test_a_real_detector_finds_what_is_there(
    shared_data: Path, tmp_path: Path, picture: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Photographs whose content is known."""
    model = shared_data / "models" / "thirdparty" / "vio_yolo_coco_nano_int8.tflite"
    (tmp_path / "model.tflite").write_bytes(model.read_bytes())
    (tmp_path / "model.toml").write_text(
        'name = "yolo"\nversion = "1"\nfile = "model.tflite"\n'
        '[input]\nresize = "letterbox"\nstd = 255.0\n[decoder]\nkind = "yolo"\n'
    )
    photo = shared_data / "images" / "sample_photos" / picture
    assert cli.run(["model", "try", str(tmp_path), str(photo), "--json"]) == 0
    best = json.loads(capsys.readouterr().out)["detections"][0]
    assert best["label"] == {"cat.bmp": "cat", "owl.jpg": "bird", "pets.jpg": "dog"}[picture]
