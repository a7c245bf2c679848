"""The files that go with a taught bundle, for people and for programs."""

import json

from workshop.teaching.account import Account
from workshop.teaching.card import FIGURES, REPORT
from workshop.teaching.report import report
from workshop.teaching.telling import figures


def beside(account: Account) -> dict[str, bytes]:
    """Their contents, by name: the same for the same account."""
    told = json.dumps(figures(account), ensure_ascii=False, indent=1)
    return {REPORT: report(account).encode(), FIGURES: f"{told}\n".encode()}
