import pytest

from okko.watch import tally as tally_module
from okko.watch.tally import KINDS_OF_FINDING, OTHERS, REMEMBERED, Tally, alike
from watched import verdict


def test_each_item_is_counted_once() -> None:
    """A verdict that comes again, for whatever reason, changes nothing."""
    tally = Tally()
    assert tally.add(verdict(1))
    assert not tally.add(verdict(1, duplicate=True))
    assert tally.add(verdict(2, "KO", reason="image", finding=None, deadline_met=False, borderline=True))
    assert (tally.total, tally.ok, tally.ko, tally.late, tally.borderline) == (2, 1, 1, 1, 1)
    assert tally.by_reason == {"image": 1}
    assert tally.findings == {"no finding": 1}


def test_golden_parts_are_no_yield() -> None:
    """Counted once and apart; what they took is time all the same."""
    tally = Tally()
    assert tally.add(verdict(1, "KO", golden=True, expected="KO"))
    assert not tally.add(verdict(1, "KO", golden=True, expected="KO"))
    tally.receipt(["item-1"])
    assert (tally.golden, tally.total, tally.ko, tally.recorded, dict(tally.by_reason)) == (1, 0, 0, 0, {})
    assert tally.latencies is not None


def test_only_what_was_seen_counts_as_recorded() -> None:
    """Receipts for others, and a receipt that comes twice, do not count."""
    tally = Tally()
    tally.add(verdict(1))
    tally.add(verdict(2))
    tally.receipt(["item-1", "item-1", "somebody's"])
    tally.receipt(["item-1"])
    assert tally.recorded == 1


@pytest.mark.parametrize(
    ("finding", "kind"),
    [
        ("right: KO 0.996 instead of OK", "right: KO … instead of OK"),
        ("camera2: 3 of crack-7, at most 1", "camera2: … of crack-7, at most …"),
    ],
)
def test_findings_that_differ_in_numbers_are_one_kind(finding: str, kind: str) -> None:
    """Scores and counts are left out; the numbers in names are not."""
    assert alike(finding) == kind


def test_a_tally_does_not_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by items nor by ever new findings."""
    monkeypatch.setattr(tally_module, "REMEMBERED", 100)
    tally = Tally()
    for number in range(1000):
        tally.add(verdict(number, "KO", finding=f"part {chr(0x4E00 + number)}"))
    assert tally.ko == 1000
    assert len(tally.findings) == KINDS_OF_FINDING + 1
    assert tally.findings[OTHERS] == 1000 - KINDS_OF_FINDING
    tally.receipt(f"item-{number}" for number in range(1000))
    assert tally.recorded == 100 < REMEMBERED
