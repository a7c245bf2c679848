"""The text of a station with one simulated camera and the shipped model."""

from pathlib import Path

BUNDLE = Path(__file__).parents[2] / "models" / "duck-quality"
ONE_DUCK_CAMERA = f"""[[camera]]
name = "top"
source = {{ kind = "simulator" }}
[[model]]
bundle = "{BUNDLE}"
cameras = ["top"]
[[rule]]
kind = "expected_label"
camera = "top"
label = "OK"
[recorder]
"""
