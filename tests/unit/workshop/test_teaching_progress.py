import io

from rich.console import Console

from workshop.teaching.progress import TellingPeople


def _told(*, terminal: bool) -> str:
    out = io.StringIO()
    with TellingPeople(Console(file=out, force_terminal=terminal, width=100)) as telling:
        telling.stage("looking at parts", 50)
        for _ in range(50):
            telling.step()
        telling.stage("learning")
        telling.say("[top] 2 parts are odd")
    return out.getvalue()


def test_without_a_terminal_there_are_a_few_plain_lines() -> None:
    """No control characters: it may be a log."""
    assert _told(terminal=False).splitlines() == [
        "looking at parts ...",
        *(f"looking at parts: {count} of 50" for count in (10, 20, 30, 40, 50)),
        "learning ...",
        "[top] 2 parts are odd",
    ]


def test_a_terminal_has_a_bar() -> None:
    """Which goes when all is done; what was said stays."""
    told = _told(terminal=True)
    assert "50/50" in told
    assert "[top] 2 parts are odd" in told
