import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okko.errors import ConfigError
from workshop.models import elsewhere


@pytest.mark.parametrize(
    ("word", "mean", "std"),
    [("mobilenet", 127.5, 127.5), ("yolo", 0.0, 255.0), ("uint8", 0.0, 1.0), ("YOLO", 0.0, 255.0)],
)
def test_the_scaling_is_taken_over(word: str, mean: float, std: float) -> None:
    """Of mobilenet it is pixels / 127.5 - 1, yolo is pixels / 255, uint8 is pixels as they are."""
    found = elsewhere.take({"output_type": "classification", "normalization": word})
    assert (found.input["mean"], found.input["std"]) == (mean, std)
    assert found.kind == "classification"


@pytest.mark.parametrize(
    "classes",
    [["OK", "KO"], {"0": "OK", "1": "KO"}, {"OK": 0, "KO": 1}, "OK, KO", [{"id": 0, "name": "OK"}, {"name": "KO"}]],
)
def test_labels_are_read_in_any_form(classes: Any) -> None:
    """A list, tables either way round, a text, objects with names."""
    assert elsewhere.take({"class_names": classes}).labels == ("OK", "KO")


@pytest.mark.parametrize("classes", [{"1": "OK", "2": "KO"}, [], {"a": "b"}, 7, [None], [["OK"]]])
def test_labels_that_are_none_are_told(classes: Any) -> None:
    """Nothing is made up."""
    found = elsewhere.take({"class_names": classes})
    assert found.labels == ()
    assert any(line.startswith("class_names = ") for line in found.left)


def test_keys_may_have_other_names_and_lie_deeper() -> None:
    """Words in any case, tables inside."""
    found = elsewhere.take(
        {
            "outputType": "YOLO",
            "model": {"name": "caps", "version": 3},
            "postprocessing": {"confidence_threshold": 0.4, "nms_threshold": 0.6},
            "preprocess": {"color_mode": "BGR", "resize_mode": "letterbox"},
        }
    )
    assert found.kind == "yolo"
    assert (found.name, found.version) == ("caps", "3")
    assert found.decoder == {"min_score": 0.4, "iou_threshold": 0.6}
    assert found.input == {"color": "bgr", "resize": "letterbox"}
    assert found.left == []


def test_mean_and_std_as_numbers_are_of_pixels_or_of_shares_of_them() -> None:
    """As torchvision writes them, or for 0..255."""
    shares = elsewhere.take({"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]})
    assert shares.input["mean"] == [123.675, 116.28, 103.53]
    assert shares.input["std"] == [58.395, 57.12, 57.375]
    assert elsewhere.take({"mean": 127.5, "std": 127.5}).input == {"mean": 127.5, "std": 127.5}
    assert elsewhere.take({"mean": 1, "std": 0}).input == {}


def test_what_could_not_be_taken_over_is_told_key_by_key() -> None:
    """Unknown words with those that are known, and keys that set nothing here."""
    found = elsewhere.take({"output_type": "poetry", "normalization": "zscore", "gpu": True, "threshold": 7})
    assert found.kind is None
    told = "\n".join(found.left)
    for part in ('output_type = "poetry": not known', 'normalization = "zscore"', "gpu = true", "threshold = 7"):
        assert part in told
    assert found.said == []


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
keys = st.sampled_from(
    ["output_type", "class_names", "normalization", "mean", "std", "name", "threshold", "color", "x"]
)


@given(found=st.dictionaries(keys, values, max_size=6))
def test_whatever_it_holds_it_is_read(found: dict[str, Any]) -> None:
    """No exception, and each top key is told once or looked into."""
    elsewhere.take(found)


@pytest.mark.parametrize(("text", "why"), [("{", "no JSON"), ("[]", "holds a list"), (None, "cannot be read")])
def test_a_file_that_is_none_is_the_users_input(tmp_path: Path, text: str | None, why: str) -> None:
    """With its path."""
    path = tmp_path / "metadata.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigError, match=why):
        elsewhere.read(path)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    """Windows writes it."""
    path = tmp_path / "metadata.json"
    path.write_text(json.dumps({"output_type": "yolo"}), encoding="utf-8-sig")
    assert elsewhere.read(path).kind == "yolo"
