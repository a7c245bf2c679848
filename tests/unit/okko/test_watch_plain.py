import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okko.watch.plain import LONGEST, duration, plain, plain_json, share, time_of_day


@given(st.text(max_size=2 * LONGEST))
def test_no_text_of_others_commands_the_terminal(text: str) -> None:
    """Whatever comes, what is shown is printable, and no longer than a line is worth."""
    shown = plain(text)
    assert shown.isprintable()
    assert len(shown) <= LONGEST


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Entlein 42 ß", "Entlein 42 ß"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\nb", "a\\nb"),
        ("\x9b2J", "\\x9b2J"),
        ("OK\u202eKO", "OK\\u202eKO"),
    ],
)
def test_what_cannot_be_printed_is_written_out(text: str, shown: str) -> None:
    """Escapes, line ends, C1 controls and marks that turn the writing are visible, not obeyed."""
    assert plain(text) == shown


@given(st.dictionaries(st.text(), st.text()))
def test_json_for_a_terminal_is_the_same_json(value: dict[str, str]) -> None:
    """Whoever parses the line gets what was said; whoever only looks at it is safe."""
    line = plain_json(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    assert line.decode().isprintable()
    assert json.loads(line) == json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


@pytest.mark.parametrize(
    ("ms", "said"),
    [(8.25, "8.2 ms"), (63.4, "63 ms"), (12_400, "12.4 s"), (float("inf"), "very long"), (1e300, "very long")],
)
def test_durations_read_as_people_say_them(ms: float, said: str) -> None:
    """In ms or s, never hundreds of digits."""
    assert duration(ms) == said


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [(17, 20, "85 %"), (9999, 10_000, "99.9 %"), (1, 1000, "0.1 %"), (20, 20, "100 %"), (0, 0, "-")],
)
def test_a_share_never_hides_the_one_bad_part(part: int, whole: int, said: str) -> None:
    """What is not quite all is not said to be all."""
    assert share(part, whole) == said


@pytest.mark.parametrize(
    ("instant", "shown"),
    [("2026-11-23T02:19:57.123Z", "02:19:57"), ("yesterday, about noon", "yesterd…"), ("", "")],
)
def test_the_time_of_day_of_what_is_no_instant_is_cut_short(instant: str, shown: str) -> None:
    """Nothing is guessed."""
    assert time_of_day(instant) == shown
