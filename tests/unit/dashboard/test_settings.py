"""`[dashboard]`: what is refused, with what to write instead; and what it does not touch."""

from pathlib import Path

import pytest

from dashboard.settings import DashboardSettings
from okko import toml_file
from okko.errors import ConfigError
from okko.station import load
from okko.station_file import StationFile

STATION = {
    "station": {"site": "canario", "line": "ducks", "name": "line-1"},
    "camera": [{"name": "top", "source": {"kind": "simulator"}}],
}


def _problems(**table: object) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        toml_file.validate(Path("station.toml"), {**STATION, "dashboard": table}, StationFile)
    return [str(problem) for problem in caught.value.problems]


def test_a_page_for_this_machine_alone_needs_no_more_than_its_table() -> None:
    """Without any key: nobody else reaches it, everybody on the box may look, three shifts."""
    page = DashboardSettings()
    assert (page.local, page.tls, page.without_login) == (True, False, "look")
    assert page.shifts == ("06:00", "14:00", "22:00")


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("shifts", ["6:00"], '\'6:00\' must be a time of day, from "00:00" to "23:59", with two digits each'),
        ("shifts", ["24:00"], '\'24:00\' must be a time of day, from "00:00" to "23:59", with two digits each'),
        ("shifts", ["06:00\n"], '\'06:00\\n\' must be a time of day, from "00:00" to "23:59", with two digits each'),
        ("shifts", ["06:00", "06:00"], "'06:00' stands there twice"),
        (
            "shifts",
            ["22:00", "06:00", "14:00"],
            '\'06:00\' comes after \'22:00\' and is earlier; write them in order: ["06:00", "14:00", "22:00"]',
        ),
        ("shifts", [], "[] must be 1 entry or more"),
        (
            "names",
            ["https://okko.plant"],
            "'https://okko.plant' must be a name alone, as okko.plant.example, without https:// and port",
        ),
        ("port", 0, "0 must be at least 1"),
        ("port", 70_000, "70000 must be at most 65535"),
        ("target_per_min", 0, "0 must be above 0.0"),
        ("language", "de", '"de" is none of the choices; Choices: en, fr'),
        ("session_hours", "12", '"12" must be a number'),
    ],
)
def test_a_value_that_is_refused_says_what_to_write(key: str, value: object, says: str) -> None:
    """Each with its place."""
    (problem,) = _problems(**{key: value})
    assert problem.replace(". ", "; ") == f"dashboard.{key}: {says}"


@pytest.mark.parametrize("host", ["", "a b", "127.0.0.1:8080", "http://box", "-box", "box-", "a" * 64 + ".", "box\n"])
def test_a_host_is_an_address_or_a_name(host: str) -> None:
    """A port, a scheme and the like are told apart from it."""
    (problem,) = _problems(host=host)
    assert problem.startswith("dashboard.host: ")
    assert "as 127.0.0.1, ::1 or box-3.plant" in problem


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_who_listens_to_this_machine_alone_needs_no_tls(host: str) -> None:
    """Nothing leaves the box."""
    assert DashboardSettings(host=host).local


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "box-3.plant"])  # noqa: S104 - refused here
def test_passwords_do_not_cross_a_network_unencrypted_by_accident(host: str) -> None:
    """Such an address wants a certificate, or the word that it is meant so."""
    (problem,) = _problems(host=host)
    assert problem.startswith("dashboard: ")
    assert "set `cert`" in problem
    assert "plain_http = true" in problem
    assert not DashboardSettings(host=host, plain_http=True).tls
    assert DashboardSettings(host=host, cert=Path("page.pem")).tls


def test_a_key_without_a_certificate_is_refused() -> None:
    """It would be passed over in silence."""
    assert _problems(key="page.key") == ["dashboard: `key` is the key of a certificate, and there is no `cert`"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A station without a page."""
    (tmp_path / "station.toml").write_text(
        '[station]\nsite = "canario"\nline = "ducks"\nname = "line-1"\n'
        '[[camera]]\nname = "top"\nsource = { kind = "simulator" }\n'
    )
    return tmp_path


def test_the_page_is_no_part_of_what_judges(folder: Path) -> None:
    """The hash of the configuration in force is the same with it, without it, and with another one."""
    file = folder / "station.toml"
    without = load(folder)
    assert without.dashboard is None
    for table in ("[dashboard]\n", "[dashboard]\nport = 9090\n"):
        file.write_text(f"{file.read_text().partition('[dashboard]')[0]}{table}")
        page = load(folder)
        assert page.dashboard is not None
        assert page.config_sha256 == without.config_sha256


def test_the_files_of_its_tls_are_found_from_the_stations_folder(folder: Path) -> None:
    """And missing ones are told before anything starts."""
    with (folder / "station.toml").open("a") as file:
        file.write('[dashboard]\nhost = "0.0.0.0"\ncert = "page.pem"\nkey = "page.key"\n')
    with pytest.raises(ConfigError) as caught:
        load(folder)
    assert [problem.where for problem in caught.value.problems] == ["dashboard.cert", "dashboard.key"]
    for name in ("page.pem", "page.key"):
        (folder / name).write_text("-")
    page = load(folder).dashboard
    assert page is not None
    assert (page.cert, page.key) == (folder / "page.pem", folder / "page.key")
