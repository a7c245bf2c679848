"""Commands as they are typed on this machine: what pages and screens tell people must run."""

import sys
from pathlib import Path

import pytest

from okko.watch.watcher import program


def test_an_agent_that_was_started_as_a_module_tells_a_command_that_can_be_typed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`okko up` starts its agents by `python -m okko`: the login page told people to run `__main__.py`."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "okko" / "__main__.py"), "run", "dashboard"])
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))
    monkeypatch.chdir(tmp_path)
    assert program() == "bin/okko"


def test_another_program_is_called_by_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As it was called."""
    monkeypatch.setenv("PATH", str(tmp_path / "none"))
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "bin" / "okko"), "watch"])
    monkeypatch.chdir(tmp_path)
    assert program() == "bin/okko"
