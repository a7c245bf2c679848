import pytest

from okko import cli


@pytest.mark.parametrize(
    ("typed", "says"),
    [("chek", "Did you mean 'check'?"), ("frobnicate", "topics, trigger, up, users, watch")],
)
def test_a_command_that_is_not_there_is_answered_with_those_that_are(
    typed: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A typing error costs one look: exit 2, and the nearest command or all of them, on stderr."""
    assert cli.run([typed]) == 2
    told = capsys.readouterr()
    assert says in told.err
    assert not told.out


def test_every_command_explains_itself_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` of each command shows how it is called."""
    for name in cli.okko.list_commands(cli.okko.make_context("okko", ["--help"], resilient_parsing=True)):
        assert cli.run([name, "--help"]) == 0
        assert f"okko {name} " in capsys.readouterr().out
