import click
import pytest

from training.convert import flags


def test_options_are_read_as_people_write_them() -> None:
    """Width comes before height; one number counts for all channels."""
    assert flags.size_px("320x240") == (320, 240)
    assert flags.channels("127.5") == 127.5
    assert flags.channels("123.675,116.28,103.53") == (123.675, 116.28, 103.53)
    assert flags.labels("OK, KO") == ("OK", "KO")


@pytest.mark.parametrize("text", ["224", "224x", "x224", "0x5", "224*224", "-1x5", "12345x5"])
def test_a_size_that_is_none_is_refused_with_an_example(text: str) -> None:
    """Whoever writes one number learns how two are written."""
    with pytest.raises(click.BadParameter, match="such as 224x224"):
        flags.size_px(text)


@pytest.mark.parametrize("text", ["", "a", "1,2", "1,2,3,4"])
def test_other_than_one_or_three_numbers_are_refused(text: str) -> None:
    """A picture has one channel or three."""
    with pytest.raises(click.BadParameter, match="neither one number nor three"):
        flags.channels(text)


def test_an_empty_label_is_refused() -> None:
    """A comma too many would shift the labels against the outputs."""
    with pytest.raises(click.BadParameter, match="empty label"):
        flags.labels("OK,,KO")
