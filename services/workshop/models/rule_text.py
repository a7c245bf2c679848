"""A rule written in one line, as `--rule` and the page take it."""

from pathlib import Path
from typing import Any

from decision_agent.rules import Rule
from okko import toml_file, toml_tables
from okko.errors import ConfigError
from okko.settings import Settings


class _Given(Settings):
    """The rule, read as a station file is, so that it is told as well what is wrong with it."""

    rule: Rule


def rule_of(text: str, camera: str, where: str) -> Rule:
    """The rule that a text says for a camera: `kind = "expected_label"; label = "OK"`. `where` it was written.

    Raises:
        ConfigError: if it is no TOML, or no rule.
    """
    try:
        fields: dict[str, Any] = toml_tables.parse(text.replace(";", "\n"))
    except ValueError as error:
        remedy = 'Write it as in a station file: kind = "max_anomaly"'
        raise ConfigError.one(where, "", f"{text!r} is no TOML: {error}", remedy) from error
    return toml_file.validate(Path(where), {"rule": {"camera": camera, **fields}}, _Given).rule
