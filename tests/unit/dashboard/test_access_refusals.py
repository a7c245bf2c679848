"""How many refusals the audit takes."""

from dashboard.access.records import Entry
from dashboard.access.refusals import A_MINUTE_S, AT_ONCE, AT_ONCE_OF_STRANGERS, Refusals
from dashboard.access.role import Role


def refused(who: str, address: str) -> Entry:
    """A trigger that was not sent."""
    return Entry(who, Role.VIEWER, address, "trigger", result="refused", detail="no")


def test_who_is_refused_without_end_is_noted_once_a_minute() -> None:
    """And how often it was; others are noted as ever."""
    refusals, vera = Refusals(), refused("vera", "10.0.0.9")
    assert [refusals.noted(vera, 1.0) for _ in range(AT_ONCE + 7)] == [vera] * AT_ONCE + [None] * 7
    ben = refusals.noted(refused("ben", "10.0.0.9"), 1.0)
    assert ben is not None
    assert ben.detail == "no (before it 7 refusals were not noted: too many)"
    assert refusals.noted(vera, 1.0 + A_MINUTE_S) == vera
    assert refusals.noted(vera, 1.0 + A_MINUTE_S) is None


def test_strangers_have_no_more_room_the_more_addresses_they_have() -> None:
    """An entry each from a million addresses would push out all others; who has a login keeps their room."""
    refusals = Refusals()
    noted = sum(refusals.noted(refused("", f"10.0.{n // 250}.{n % 250}"), 1.0) is not None for n in range(5000))
    assert noted == AT_ONCE_OF_STRANGERS
    assert refusals.noted(refused("vera", "10.0.0.9"), 1.0) is not None
