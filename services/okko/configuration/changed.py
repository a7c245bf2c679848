"""What is another between two texts of a station file."""

import difflib


def difference(before: str, after: str) -> str:
    """A unified diff; empty where both say the same."""
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), "in force", "new", n=3
    )
    return "".join(line if line.endswith("\n") else f"{line}\n\\ no line end here\n" for line in lines)
