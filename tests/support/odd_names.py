"""A station whose names have accents and HTML in them: what comes from elsewhere is text, on every page."""

from pathlib import Path

from one_duck_camera import BUNDLE

MARKUP = "<img src=x onerror=document.title='hurt'>"
BAD = f"défaut {MARKUP}"
"""The label of a bad duck, so that it stands in findings."""

ODD_NAMES = """[[camera]]
name = "top"
source = {{ kind = "simulator", seed = 3, defect_rate = 0.4 }}
[[model]]
bundle = "{bundle}"
cameras = ["top"]
[[rule]]
kind = "expected_label"
camera = "top"
label = "OK"
[recorder]
"""


def odd_names(folder: Path) -> str:
    """The station file's middle, over a copy of the shipped model that calls bad ducks by another name."""
    bundle = folder / "duck-odd"
    bundle.mkdir()
    (bundle / "model.tflite").write_bytes((BUNDLE / "model.tflite").read_bytes())
    text = (BUNDLE / "model.toml").read_text(encoding="utf-8")
    assert '"KO"]' in text
    (bundle / "model.toml").write_text(text.replace('"KO"]', f'"{BAD}"]'), encoding="utf-8")
    return ODD_NAMES.format(bundle=bundle)
