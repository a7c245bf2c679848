"""A certificate that cannot be used is told at the start, with what is wrong."""

from pathlib import Path

import pytest

from a_certificate import made_certificate, made_key
from dashboard.settings import DashboardSettings
from dashboard.web import certificate
from okko.errors import ConfigError

WHERE = Path("station.toml")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a certificate and its key, another key, and one that is locked."""
    made = tmp_path_factory.mktemp("tls")
    made_certificate(made)
    made_key(made / "other.key")
    made_key(made / "locked.key", "-aes128", "-passout", "pass:secret")
    both = made / "both.pem"
    both.write_bytes((made / "page.crt").read_bytes() + (made / "page.key").read_bytes())
    return made


@pytest.mark.parametrize(
    ("cert", "key", "says"),
    [
        ("there-is-none.crt", "page.key", "No such file"),
        ("page.crt", "other.key", "the key does not belong to the certificate"),
        ("page.crt", "locked.key", "locked by a password"),
        ("page.key", "page.key", "no certificate and key in PEM"),
        ("page.crt", None, "no certificate and key in PEM"),
    ],
)
def test_what_is_wrong_is_said(folder: Path, cert: str, key: str | None, says: str) -> None:
    """Nobody is asked for a password, and nothing is begun."""
    settings = DashboardSettings(cert=folder / cert, key=None if key is None else folder / key)
    with pytest.raises(ConfigError, match=says):
        certificate.check(settings, WHERE)


@pytest.mark.parametrize(("cert", "key"), [("page.crt", "page.key"), ("both.pem", None)])
def test_what_is_right_is_taken(folder: Path, cert: str, key: str | None) -> None:
    """In two files, or in one."""
    certificate.check(DashboardSettings(cert=folder / cert, key=None if key is None else folder / key), WHERE)


def test_without_tls_there_is_nothing_to_check() -> None:
    """The page is for this machine alone."""
    certificate.check(DashboardSettings(), WHERE)
