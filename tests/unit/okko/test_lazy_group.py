import sys

import click
import pytest

from okko.lazy_group import LazyGroup

GROUP = LazyGroup("tools", table={"check": "okko.commands.check:check", "none": "okko.clock:mono_ns"})


def context() -> click.Context:
    """As the command line makes it."""
    return click.Context(GROUP, info_name="tools")


def test_a_command_is_loaded_when_it_is_asked_for() -> None:
    """The names cost nothing; the module of a command is imported with the command."""
    sys.modules.pop("okko.commands.check", None)
    assert GROUP.list_commands(context()) == ["check", "none"]
    assert "okko.commands.check" not in sys.modules
    found = GROUP.get_command(context(), "check")
    assert found is not None
    assert found.name == "check"
    assert "okko.commands.check" in sys.modules


def test_a_typing_error_is_answered_with_what_there_is() -> None:
    """The nearest name, or all of them."""
    with pytest.raises(click.UsageError, match="Did you mean 'check'"):
        GROUP.resolve_command(context(), ["chek"])
    with pytest.raises(click.UsageError, match="Commands: check, none"):
        GROUP.resolve_command(context(), ["frobnicate"])


def test_a_table_that_names_no_command_is_a_defect_that_says_so() -> None:
    """What is not there is None; what is something else is told by its place."""
    assert GROUP.get_command(context(), "frobnicate") is None
    with pytest.raises(TypeError, match=r"okko\.clock:mono_ns is no command"):
        GROUP.get_command(context(), "none")
