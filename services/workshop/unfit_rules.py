"""What to do where a model that is given does not go with the rules that are there."""

from dataclasses import replace

from okko.errors import ConfigError, Problem


def with_remedy(error: ConfigError, remedy: str) -> ConfigError:
    """The same error, where problems of rules say this too: what the command can be given instead of an edited file."""
    return ConfigError(error.file, tuple(_with(problem, remedy) for problem in error.problems))


def _with(problem: Problem, remedy: str) -> Problem:
    if not problem.where.startswith("rule"):
        return problem
    return replace(problem, remedy=f"{problem.remedy}. {remedy}" if problem.remedy else remedy)
