"""By which names the page may be asked for."""

import pytest

from dashboard.web.hosts import is_known

NAMES = ("okko.plant.example",)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1:8080", "192.168.0.7", "[::1]:8080", "[fe80::1]", "localhost", "localhost:8080", "box-3:8080"),
        *("box-3.local", "box-3.lan:80", "a.localhost", "okko.plant.example:443", "OKKO.plant.example."),
    ],
)
def test_addresses_local_names_and_those_given_are_known(host: str) -> None:
    """However they are written, and whatever the port."""
    assert is_known(host, NAMES)


@pytest.mark.parametrize(
    "host",
    ["", ":8080", "elsewhere.example", "okko.plant.example.elsewhere.example", "local.example", "127.0.0.1.example"],
)
def test_a_name_that_anybody_can_have_is_not_known(host: str) -> None:
    """It may point at this machine by now."""
    assert not is_known(host, NAMES)
