"""Names and passwords: what is taken, what is refused, with which reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.access.names import checked_name, name_key
from dashboard.access.passwords import COMMON, LEAST, MOST, check_password
from dashboard.access.refused import TEXTS, AccessRefused

GOOD_NAMES = ["anna", "Zoë", "m.dupont@plant", "shift 2", "李雷", "O_1", "x" * 64]
BAD_NAMES = {
    "": "name_empty",
    "  \t": "name_empty",
    "x" * 65: "name_long",
    "<b>": "name_character",
    "a'b": "name_character",
    "a\nb": "name_character",
    "a\u202eb": "name_character",
    "-rf": "name_start",
    ".": "name_start",
}
WEAK = {
    "ninechars": "password_short",
    "x" * (MOST + 1): "password_long",
    "technician": "password_name",
    "Technician-2026": "password_name",
    "naicinhcet!": "password_name",
    "Password2026!": "password_common",
    "MotDePasse1": "password_common",
    "1q2w3e4r5t": "password_common",
    "aaaaaaaaaaaa": "password_simple",
    "abababababab": "password_simple",
    "abcdefghijkl": "password_simple",
    "9876543210": "password_simple",
    "1234567890": "password_simple",
}
FIELDS = {"most": 1, "least": 1, "count": 1, "character": "'<'", "name": "anna", "seconds": 1}


def _refusal(password: str, name: str) -> AccessRefused | None:
    try:
        check_password(password, name)
    except AccessRefused as refused:
        return refused
    return None


@pytest.mark.parametrize("name", GOOD_NAMES)
def test_a_name_may_be_written_as_people_write_theirs(name: str) -> None:
    """Letters of any language, digits, inner spaces and four signs."""
    assert checked_name(f" {name} ") == name


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_that_would_deceive_or_break_a_page_is_refused(name: str) -> None:
    """Markup, control characters, options of a command line; the reason names the rule."""
    with pytest.raises(AccessRefused) as caught:
        checked_name(name)
    assert caught.value.key == BAD_NAMES[name]


def test_two_spellings_are_one_name() -> None:
    """Upper and lower case, composed and not."""
    assert name_key("Zoe\u0308") == name_key("ZOË ")
    assert checked_name("Zoe\u0308") == "Zoë"


@pytest.mark.parametrize("password", WEAK)
def test_a_weak_password_is_refused_with_its_reason(password: str) -> None:
    """Too short, the name with a year behind it, what everybody takes, rows and repetitions."""
    with pytest.raises(AccessRefused) as caught:
        check_password(password, "technician")
    assert caught.value.key == WEAK[password]


@pytest.mark.parametrize(
    "password", ["correct horse battery", "duck-pond-94", "éèàùçôîêâû", "technician at the duck pond"]
)
def test_no_composition_is_asked_for(password: str) -> None:
    """Words alone are good, accents count, and the name may be a part of it."""
    check_password(password, "technician")


@given(st.text(st.characters(max_codepoint=127), max_size=LEAST - 1))
def test_nothing_short_passes(password: str) -> None:
    """Whatever it is made of."""
    refused = _refusal(password, "anna")
    assert refused is not None
    assert refused.key == "password_short"


@given(st.text(), st.text())
def test_any_text_is_judged(password: str, name: str) -> None:
    """Taken, or refused with a reason that has its words."""
    refused = _refusal(password, name)
    assert refused is None or (refused.key.startswith("password_") and str(refused))


@pytest.mark.parametrize("common", sorted(COMMON))
def test_the_list_is_as_it_is_compared(common: str) -> None:
    """Lower case, or an entry would never match."""
    assert common == common.casefold()


@pytest.mark.parametrize("key", TEXTS)
def test_every_refusal_has_its_text(key: str) -> None:
    """No field is missing that the text wants."""
    assert str(AccessRefused(key, FIELDS))
