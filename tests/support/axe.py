"""What axe-core finds on a page that keeps people out."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

SCRIPT = Path(__file__).parents[1] / "clients/node_modules/axe-core/axe.min.js"
GRAVE = ("serious", "critical")
RUN = """async (grave) => {
  const found = await axe.run(document, { resultTypes: ["violations"] });
  return found.violations.filter((one) => grave.includes(one.impact));
}"""


@cache
def script() -> str:
    """axe-core, as npm installed it for the tests."""
    if not SCRIPT.is_file():
        pytest.skip("no axe-core: sh tools/setup test")
    return SCRIPT.read_text(encoding="utf-8")


def barriers(page: Page) -> list[str]:
    """What is serious or critical, each as a line: the rule, how grave, where, and why."""
    page.evaluate(script())
    violations: list[dict[str, Any]] = page.evaluate(RUN, list(GRAVE))
    return [
        f"{one['id']} ({one['impact']}) {' '.join(map(str, node['target']))}: {_why(node)}"
        for one in violations
        for node in one["nodes"]
    ]


def _why(node: dict[str, Any]) -> str:
    return "; ".join(check["message"] for kind in ("any", "all", "none") for check in node[kind])
