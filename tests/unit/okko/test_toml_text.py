"""What is written can be read again, whatever is in it."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okko.toml_text import toml_table, toml_text

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_what_is_written_is_read_again(values: dict[str, object]) -> None:
    """Texts with any character, numbers, lists and tables in one another."""
    assert tomllib.loads(toml_table("[[change]]", values)) == {"change": [values]}


def test_none_is_left_out_of_a_table_and_is_no_value() -> None:
    """TOML has none."""
    assert toml_table("[one]", {"a": None, "b": 1}) == "[one]\nb = 1\n"
    with pytest.raises(TypeError, match="NoneType"):
        toml_text(None)
