"""A camera's setting written into the station file: nothing else of what a person wrote there is touched."""

import tomllib

import pytest

from dashboard.setup.edit import NotThere, with_setting, with_source_setting

TEXT = """\
# our line
[[camera]]
name = "top"     # above
roi = [0.1, 0.0, 0.9, 1.0]  # the belt
source = { kind = "usb", device = 0, exposure_us = 2000 } # fixed
[[camera]]
name = "left"
[camera.source]
kind = "usb"
gain = 10  # dB
[recorder]
path = "data"
"""


@pytest.mark.parametrize(
    ("camera", "value", "changes"),
    [
        ("top", (0.2, 0.25, 0.75, 0.5), {3: "roi = [0.2, 0.25, 0.75, 0.5]  # the belt"}),
        ("left", [0, 0.5, 1, 1], {6: 'name = "left"\nroi = [0, 0.5, 1, 1]'}),
        ("left", None, {}),
    ],
)
def test_a_region_is_replaced_where_it_stands_or_added(camera: str, value: object, changes: dict[int, str]) -> None:
    """With the comment behind it; a new one stands below the name."""
    lines = [changes.get(number, line) for number, line in enumerate(TEXT.splitlines())]
    assert with_setting(TEXT, camera, "roi", value).splitlines() == "\n".join(lines).splitlines()


def test_a_region_is_taken_away() -> None:
    """The whole line."""
    assert with_setting(TEXT, "top", "roi", None) == TEXT.replace("roi = [0.1, 0.0, 0.9, 1.0]  # the belt\n", "")


@pytest.mark.parametrize(
    ("camera", "key", "value"),
    [("top", "exposure_us", 500.0), ("top", "gain", 4), ("left", "gain", 3), ("left", "focus", 7)],
)
def test_a_setting_of_the_source_is_written_into_it(camera: str, key: str, value: float) -> None:
    """In the table on one line as in that of its own; all else stays what it was, comments too."""
    changed = with_source_setting(TEXT, camera, key, value)
    before, after = tomllib.loads(TEXT), tomllib.loads(changed)
    index = ("top", "left").index(camera)
    assert after["camera"][index]["source"].pop(key) == value
    before["camera"][index]["source"].pop(key, None)
    assert after == before
    assert all(comment in changed for comment in ("# our line", "# above", "# the belt", "# fixed", "# dB"))


def test_what_is_written_otherwise_is_left_to_a_person() -> None:
    """A camera that is not there, a list over several lines."""
    with pytest.raises(NotThere, match="with the name 'gate'"):
        with_setting(TEXT, "gate", "roi", None)
    spread = TEXT.replace("[0.1, 0.0, 0.9, 1.0]", "[\n0.1, 0.0, 0.9, 1.0]")
    with pytest.raises(NotThere, match="by hand"):
        with_setting(spread, "top", "roi", [0, 0, 1, 1])
