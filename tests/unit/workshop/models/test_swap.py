"""What `okko model set --rule` takes; tests/pipeline/test_swap.py has the commands at work."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from okko.cli import okko
from okko.errors import ConfigError


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ('kind = "max_anomali"', "--rule: rule.kind: there is no 'max_anomali'. Did you mean `max_anomaly`? Choices: "),
        ('kind = "max_anomaly"; max_skore = 1', "rule.max_skore: unknown key. Did you mean `max_score`?"),
        ('kind = "max_anomaly"; max_score = "1"', 'rule.max_score: "1" must be a number'),
        ("label = 'OK'", "--rule: rule: has no `kind`"),
    ],
)
def test_a_rule_that_is_none_is_told_as_in_a_station_file(rule: str, said: str) -> None:
    """Where, what, and the choices; nothing is read or asked before."""
    done = CliRunner().invoke(okko, ["model", "set", "nowhere", "top", "nothing", "--rule", rule])
    assert isinstance(done.exception, ConfigError)
    assert said in str(done.exception)


def test_a_rule_that_is_no_toml_is_told_with_how_to_write_it(tmp_path: Path) -> None:
    """Quotes that the shell took away are the most common slip."""
    done = CliRunner().invoke(okko, ["model", "set", str(tmp_path), "top", "nothing", "--rule", "kind = max_anomaly"])
    assert isinstance(done.exception, ConfigError)
    assert "--rule: 'kind = max_anomaly' is no TOML" in str(done.exception)
    assert 'kind = "max_anomaly"' in str(done.exception)
