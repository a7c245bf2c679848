"""Where a problem stands in the file: the line of its key, or of what is nearest around it."""

import pytest

from okko.toml_lines import line_of

TEXT = """\
[station]
site = "test"            # a comment

[[camera]]
name = "top"
source = { kind = "folder", path = "images" }
[[camera]]
"name" = "left"
  [camera.encoding]
  kind = "jpeg"
[[rule]]
box = [
  0.1,
]
[recorder.retention]
"""


@pytest.mark.parametrize(
    ("where", "line"),
    [
        ("station.site", 2),
        ("station", 1),
        ("camera[0].source.path", 6),
        ("camera[1].name", 8),
        ("camera[1].encoding.kind", 10),
        ("camera[1].roi", 7),
        ("rule[0].box[2]", 12),
        ("recorder.retention.free_gib", 15),
        ("recorder.path", None),
        ("combine", None),
        ("models.toml, camera 'top'", None),
    ],
)
def test_a_place_has_its_line(where: str, line: int | None) -> None:
    """The key itself where it stands, else the table that lacks it; nothing where the file does not speak of it."""
    assert line_of(TEXT, where) == line


def test_text_that_is_no_toml_has_the_line_where_it_breaks() -> None:
    """As the reader of TOML says it."""
    assert line_of("x", "", "is not valid TOML: Expected '=' after a key (at line 7, column 2)") == 7
    assert line_of("x", "", "is not UTF-8 text: byte 3 is wrong") is None
