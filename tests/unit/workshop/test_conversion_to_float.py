import pytest

from workshop.conversion.to_float import short, why_not_converted

OUTSIDE = 'File "/usr/lib/python3/site-packages/torch/nn/modules/pooling.py", line 5'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            f'{OUTSIDE}\nFile "/home/me/net.py", line 11\nLowering not found: aten.x.default',
            "the op aten.x.default cannot be converted (asked for in /home/me/net.py, line 11)",
        ),
        (f"{OUTSIDE}\nLowering not found: aten.x.default", "the op aten.x.default cannot be converted. Write it"),
        (
            'data-dependent guard\nFile "net.py", line 2',
            "depends on the values that it sees (asked for in net.py, line 2)",
        ),
        ("a  new\nkind of trouble", "it cannot be converted: a new kind of trouble"),
    ],
)
def test_a_failure_is_told_by_its_op_and_the_line_that_asks_for_it(text: str, said: str) -> None:
    """The last line that is not a library's own; what is not known is told in its own words."""
    assert said in why_not_converted(text)


def test_a_long_text_is_cut_off() -> None:
    """A page of a compiler's is a few lines on a terminal."""
    assert short("x" * 500) == "x" * 297 + "..."
