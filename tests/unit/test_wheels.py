"""What a box installs comes ready made: uv.lock has a wheel of each package for each platform and Python we name."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.markers import Marker
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename

ROOT = Path(__file__).parents[2]
LOCK = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
EXTRAS = ("camera", "inference", "recorder", "dashboard", "pi")
PYTHONS = ("3.11", "3.12", "3.13")
MACHINES = ("aarch64", "x86_64")

GLIBC_MINOR = 36
"""Debian 12 (bookworm) and the Raspberry Pi OS made of it: glibc 2.36."""

WITHOUT_WHEEL = {("lgpio", "aarch64", "3.13")}
"""What PyPI has no wheel of; a Raspberry Pi takes it from apt (python3-lgpio), as it does picamera2."""


def environment_of(python: str, machine: str) -> dict[str, str]:
    """What markers ask about, on Linux."""
    return {
        "implementation_name": "cpython",
        "implementation_version": f"{python}.0",
        "os_name": "posix",
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": f"{python}.0",
        "python_version": python,
        "sys_platform": "linux",
    }


def tags_of(python: str, machine: str) -> frozenset[Tag]:
    """The wheels that such an interpreter can install."""
    version = tuple(int(part) for part in python.split("."))
    platforms = [f"manylinux_2_{minor}_{machine}" for minor in range(GLIBC_MINOR, 4, -1)]
    platforms += [f"manylinux2014_{machine}", f"linux_{machine}"]
    interpreter = f"cp{version[0]}{version[1]}"
    return frozenset([*cpython_tags(version, platforms=platforms), *compatible_tags(version, interpreter, platforms)])


def locked(wanted: dict[str, Any]) -> dict[str, Any]:
    """The package that a dependency of the lock means: by its name, and its version where there are several."""
    found = [p for p in LOCK if p["name"] == wanted["name"] and wanted.get("version", p["version"]) == p["version"]]
    assert len(found) == 1, wanted
    package: dict[str, Any] = found[0]
    return package


def installed(extra: str, python: str, machine: str) -> dict[str, dict[str, Any]]:
    """All packages that `okko[extra]` brings there, by name."""
    environment = environment_of(python, machine)
    (okko,) = (package for package in LOCK if package["name"] == "okko")

    def in_force(dependencies: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for wanted in dependencies:
            if "marker" not in wanted or Marker(wanted["marker"]).evaluate(environment):
                yield wanted

    waiting = [*in_force(okko["dependencies"]), *in_force(okko["optional-dependencies"].get(extra, []))]
    found: dict[str, dict[str, Any]] = {}
    while waiting:
        package = locked(wanted := waiting.pop())
        known = package["name"] in found
        found[package["name"]] = package
        more = package.get("optional-dependencies", {})
        deeper = [dependency for name in wanted.get("extra", []) for dependency in more.get(name, [])]
        waiting += in_force(deeper if known else [*package.get("dependencies", []), *deeper])
    return found


def has_wheel(package: dict[str, Any], tags: frozenset[Tag]) -> bool:
    """Whether one of a package's wheels can be installed."""
    names = (wheel["url"].rsplit("/", maxsplit=1)[-1] for wheel in package.get("wheels", []))
    return any(parse_wheel_filename(name)[3] & tags for name in names)


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("extra", EXTRAS)
def test_every_package_has_a_wheel_or_comes_from_apt(extra: str, machine: str, python: str) -> None:
    """Nothing is compiled on the box, nor in the image: no compiler is there."""
    tags = tags_of(python, machine)
    found = installed(extra, python, machine)
    without = {name for name, package in found.items() if not has_wheel(package, tags)}
    assert without == {name for name, *where in WITHOUT_WHEEL if where == [machine, python] and name in found}


def test_of_picamera2_only_the_name_comes_from_pypi() -> None:
    """It wants libcamera, which only apt has: the lock follows it no further, and only the extra `pi` names it."""
    assert "dependencies" not in locked({"name": "picamera2"})
    for extra in EXTRAS:
        assert ("picamera2" in installed(extra, "3.11", "aarch64")) == (extra == "pi")


def test_what_is_looked_through_is_what_is_installed() -> None:
    """The walk through the lock reaches what the extras are for, and what that needs in turn."""
    assert {"numpy", "opencv-python-headless", "ai-edge-litert", "msgspec", "pydantic-core"} <= set(
        installed("inference", "3.11", "aarch64")
    )
    assert "ai-edge-litert" not in installed("camera", "3.11", "aarch64")
    assert all("paho-mqtt" not in installed(extra, "3.11", "aarch64") for extra in EXTRAS)
    assert {"picamera2", "lgpio"} <= set(installed("pi", "3.12", "aarch64"))
    assert "picamera2" not in installed("pi", "3.12", "x86_64")


def test_a_package_without_a_wheel_is_found() -> None:
    """A source distribution alone, or wheels of another platform, Python or C library, do not count."""
    tags = tags_of("3.11", "aarch64")
    for name in (
        "a-1.0-cp311-cp311-manylinux_2_17_x86_64.whl",
        "a-1.0-cp312-cp312-manylinux_2_17_aarch64.whl",
        "a-1.0-cp311-cp311-musllinux_1_2_aarch64.whl",
        "a-1.0-cp311-cp311-manylinux_2_39_aarch64.whl",
        "a-1.0-cp311-cp311-macosx_12_0_arm64.whl",
    ):
        assert not has_wheel({"wheels": [{"url": f"https://host/{name}"}]}, tags)
    assert not has_wheel({}, tags)
    assert has_wheel({"wheels": [{"url": "https://host/a-1.0-cp37-abi3-manylinux2014_aarch64.whl"}]}, tags)
    assert has_wheel({"wheels": [{"url": "https://host/a-1.0-py3-none-any.whl"}]}, tags)
