"""What to do where a model that is given does not go with the rules that are there."""

from okko.errors import ConfigError, Problem
from workshop.unfit_rules import with_remedy


def test_only_problems_of_rules_say_it_too() -> None:
    """After the remedy that they have, or in its place."""
    error = ConfigError(
        "station.toml",
        (Problem("rule[0].kind", "no score", "Its decoder is x"), Problem("rule", "none"), Problem("model[0]", "gone")),
    )
    assert with_remedy(error, "Give --rule") == ConfigError(
        "station.toml",
        (
            Problem("rule[0].kind", "no score", "Its decoder is x. Give --rule"),
            Problem("rule", "none", "Give --rule"),
            Problem("model[0]", "gone"),
        ),
    )
