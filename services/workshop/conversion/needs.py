"""Packages that only some conversions need, and are asked for when they are needed."""

from collections.abc import Iterator
from contextlib import contextmanager

from okko.errors import ConfigError


@contextmanager
def needs(package: str, extra: str) -> Iterator[None]:
    """Turn the lack of a package into a word on how to install it.

    Raises:
        ConfigError: if an import inside fails.
    """
    try:
        yield
    except ImportError as error:
        raise ConfigError.one(
            package,
            "",
            f"is not installed, or not whole ({error})",
            f"Install it: pip install 'okko[{extra}]'; of a checkout, at its root: "
            f'pip install -e ".[camera,inference,{extra}]"',
        ) from error
