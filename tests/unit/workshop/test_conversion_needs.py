import pytest

from okko.errors import ConfigError
from workshop.conversion.needs import needs


def test_a_package_that_is_not_there_is_told_with_what_installs_it() -> None:
    """As an error of the user's: exit 2."""
    with (
        pytest.raises(ConfigError, match=r"nothing: is not installed.*pip install 'okko\[train\]'"),
        needs("nothing", "train"),
    ):
        import nothing  # type: ignore[import-not-found] # noqa: F401 - that it is not there is the point
