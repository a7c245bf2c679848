"""What came of the parts that were watched, counted in bounded memory: pure."""

import re
from collections import Counter, OrderedDict, deque
from collections.abc import Iterable

from okko import contracts as c
from okko.stats import percentiles

REMEMBERED = 20_000
KINDS_OF_FINDING = 200
OTHERS = "other findings"

_NUMBER = re.compile(r"(?<![\w.-])\d+(\.\d+)?(?![\w-])")


class Tally:
    """Verdicts as they come, each item once; which of them the recorder has on disk."""

    def __init__(self) -> None:
        self.ok = 0
        self.ko = 0
        self.late = 0
        """Verdicts that missed their deadline."""
        self.borderline = 0
        self.golden = 0
        """Golden parts, which are neither yield nor product."""
        self.recorded = 0
        self.by_reason: Counter[c.Reason] = Counter()
        self.findings: Counter[str] = Counter()
        self._latencies: deque[float] = deque(maxlen=REMEMBERED)
        self._items: OrderedDict[str, bool] = OrderedDict()

    @property
    def total(self) -> int:
        """How many items."""
        return self.ok + self.ko

    @property
    def latencies(self) -> c.Percentiles | None:
        """Trigger to verdict, as the station itself measured it; None before the first item."""
        return percentiles(self._latencies) if self._latencies else None

    def add(self, verdict: c.Verdict) -> bool:
        """Count a verdict; False where its item was counted already."""
        if verdict.item_id in self._items:
            return False
        self._items[verdict.item_id] = verdict.golden  # of those the record is not counted either
        while len(self._items) > REMEMBERED:
            self._items.popitem(last=False)
        self._latencies.append(verdict.latency_ms)
        if verdict.golden:
            self.golden += 1
            return True
        self.late += not verdict.deadline_met
        self.borderline += verdict.borderline
        if verdict.verdict == "OK":
            self.ok += 1
            return True
        self.ko += 1
        self.by_reason[verdict.reason] += 1
        self._add_finding(alike(verdict.finding or "no finding"))
        return True

    def receipt(self, item_ids: Iterable[str]) -> None:
        """The recorder has these."""
        for item_id in item_ids:
            if self._items.get(item_id) is False:
                self._items[item_id] = True
                self.recorded += 1

    def _add_finding(self, finding: str) -> None:
        # Findings hold what PLCs and models said: there may be a new one for each part.
        room = finding in self.findings or len(self.findings) < KINDS_OF_FINDING
        self.findings[finding if room else OTHERS] += 1


def alike(finding: str) -> str:
    """A finding without its numbers: `right: KO 0.996 instead of OK` and `... 0.871 ...` are the same to a person."""
    return _NUMBER.sub("…", finding[:200])
