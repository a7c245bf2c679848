"""Pictures of flips as files, and the lines that name them."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from msgspec.structs import replace

from okko import contracts as c
from okko.errors import ConfigError
from replayed import item_of, policy_of, prediction_of, stored_of
from shown_parts import frame_of, small_picture
from workshop.replay.evidence import Evidence, LeftOut, read_evidence
from workshop.replay.flip_files import FlipFiles
from workshop.replay.judge import judge
from workshop.replay.pictures import pictures_of
from workshop.replay.tally import Looked, outcome_of
from workshop.replay.tellers import JsonLines

_BOX = c.Detection(label="scratch", score=0.9, box=(0.1, 0.1, 0.6, 0.6))


def _flip(*, boxes: bool = False, data: bytes = b"") -> Looked:
    evidence = read_evidence(stored_of(item_of()), {"left": ("model",)})
    assert isinstance(evidence, Evidence)
    said = prediction_of("left", 0.1)
    if boxes:
        said = replace(said, detections=(_BOX,))
    frames = {"left": replace(frame_of(1, small_picture(1), "left"), **({"data": memoryview(data)} if data else {}))}
    verdict = judge(evidence, [prediction_of("left", 0.1)], policy_of(cameras=("left",)))
    return Looked(evidence, frames, [said], outcome_of(evidence, verdict))


def test_each_camera_is_there_as_it_was_judged_then_and_now(tmp_path: Path) -> None:
    """Two pictures that can be opened, and are not the same: what was said stands in them."""
    (pair,) = FlipFiles(tmp_path / "new").add(_flip(boxes=True))
    assert (pair["camera"], pair["why"]) == ("left", None)
    before, after = (cv2.imread(pair[side]) for side in ("before", "after"))
    assert before is not None
    assert after is not None
    assert before.shape[1] >= 64
    assert before.shape != after.shape or not np.array_equal(before, after)
    assert {Path(pair["before"]).parent, Path(pair["after"]).parent} == {tmp_path / "new"}


def test_beyond_so_many_no_file_is_written(tmp_path: Path) -> None:
    """A record of millions fills no disk."""
    files = FlipFiles(tmp_path / "new", most=1)
    assert len(files.add(_flip())) == 1
    assert files.add(_flip()) == []
    assert len(list((tmp_path / "new").iterdir())) == 2


def test_what_cannot_be_decoded_is_said(tmp_path: Path) -> None:
    """No file, and why."""
    (pair,) = FlipFiles(tmp_path / "new").add(_flip(data=b"rubbish"))
    assert (pair["before"], pair["after"]) == (None, None)
    assert pair["why"]


def test_the_folder_must_be_new(tmp_path: Path) -> None:
    """Pictures of another replay would be taken for this one's."""
    (tmp_path / "there").write_text("x")
    with pytest.raises(ConfigError, match="is not empty"):
        FlipFiles(tmp_path)
    with pytest.raises(ConfigError, match="cannot be made"):
        FlipFiles(tmp_path / "there" / "below")


def test_a_report_draws_what_there_is_to_draw() -> None:
    """Boxes then and now; a picture as it is where nothing but a label is said."""
    assert [picture.camera for picture in pictures_of(_flip())] == ["left"]
    assert [picture.camera for picture in pictures_of(_flip(boxes=True))] == ["left, recorded", "left, now"]


def test_lines_name_the_files_and_have_a_bound(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """So many flips and as many that were left out."""
    lines = JsonLines(1, FlipFiles(tmp_path / "new"))
    for _ in range(3):
        lines.item(_flip())
        lines.item(LeftOut("item-9", "deadline", ""))
    told = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    assert [next(iter(line)) for line in told] == ["flip", "left_out"]
    assert [picture["camera"] for picture in told[0]["flip"]["pictures"]] == ["left"]
