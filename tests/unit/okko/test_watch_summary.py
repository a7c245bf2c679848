from rich.text import Text

from okko.watch.summary import Damage, Story, damage_of, summary, truth_of
from okko.watch.tally import Tally
from watched import HOSTILE, PLACE, verdict

GOOD = "simulator:seed=7,number=1,view=left,truth=OK,item=OK"
SCRATCHED = "simulator:seed=7,number=2,view=left,truth=OK,item=KO,defect=scratch,side=right"
BENT = "simulator:seed=7,number=3,view=left,truth=KO,item=KO,defect=bent_beak,side=both"


def text(lines: list[Text]) -> str:
    """What is printed."""
    return "\n".join(line.plain for line in lines)


def test_a_newcomer_learns_what_came_of_the_parts() -> None:
    """How many, why, how fast against the deadline in words, what is recorded, what to type next."""
    tally = Tally()
    for number in range(1, 18):
        tally.add(verdict(number))
    tally.add(verdict(18, "KO"))
    tally.add(verdict(19, "KO", finding="left: KO 0.871 instead of OK"))
    tally.add(verdict(20, "KO", reason="camera_fault", finding="camera left gave no frame", latency_ms=900.0))
    tally.receipt(f"item-{number}" for number in range(1, 20))
    said = text(summary(tally, PLACE, Story("stations/ducks/data/images")))
    for part in (
        "20 parts: 17 OK (85 %), 3 KO",
        "2  rules:         a rule of the station says that the picture is not as it should be",
        "1  camera_fault:  a camera gave no picture, or one of another moment",
        "2 x  left: KO … instead of OK",
        "half within 20 ms, 99 of 100 within 900 ms",
        "the deadline is 1000 ms: every verdict came in time",
        "19 of 20 items recorded, with their pictures in stations/ducks/data/images",
        "okko items stations/ducks --verdict KO",
    ):
        assert part in said


def test_golden_parts_stand_apart() -> None:
    """They are neither yield nor missing."""
    tally = Tally()
    tally.add(verdict(1))
    tally.add(verdict(2, "KO", golden=True, expected="KO"))
    said = text(summary(tally, PLACE, Story(None, triggers=3)))
    assert "3 triggers: 1 OK (100 %), 0 KO, and 1 golden, 1 without a verdict" in said
    assert "Why KO" not in said


def test_it_says_what_went_wrong() -> None:
    """Verdicts that came late, triggers that got none, a station that records nothing."""
    tally = Tally()
    tally.add(verdict(1, deadline_met=False))
    said = text(summary(tally, PLACE, Story(None, triggers=3)))
    for part in ("3 triggers: 1 OK (100 %), 0 KO, 2 without a verdict", "1 came too late", "has no [recorder]"):
        assert part in said
    assert "Why KO" not in said


def test_without_a_verdict_it_says_how_to_get_one() -> None:
    """Whoever watched an idle line is told how to play the PLC."""
    assert "okko trigger stations/ducks --count 10" in text(summary(Tally(), PLACE, Story("images")))
    assert "4 triggers, no verdict." in text(summary(Tally(), PLACE, Story("images", triggers=4)))


def test_what_was_damaged_stands_beside_what_was_found() -> None:
    """By kind of defect, and how many good ones were rejected."""
    tally = Tally()
    for number in (1, 2):
        tally.add(verdict(number, "KO"))
    damage = damage_of([("KO", [GOOD, GOOD]), ("KO", [SCRATCHED] * 2), ("OK", [BENT]), ("OK", [])])
    assert damage == [Damage("bent_beak", 1, 0), Damage("scratch", 1, 1)]
    said = text(summary(tally, PLACE, Story("images", damage=damage)))
    for part in (
        "The simulator had damaged 2 parts; 1 of them got a KO",
        "0 of 1  bent beak",
        "1 of 1  scratch",
        "1 part without damage got a KO too",
    ):
        assert part in said


def test_real_pictures_have_no_known_truth() -> None:
    """Nothing is said of damage where no simulator told of it."""
    assert damage_of([("KO", ["images/part-1.jpg"]), ("OK", [])]) is None
    assert truth_of("images/simulator:1.jpg") is None
    assert truth_of(GOOD) == ""
    assert damage_of([("OK", [GOOD])]) == []


def test_a_finding_cannot_command_the_terminal() -> None:
    """The summary shows what models and PLCs said."""
    tally = Tally()
    tally.add(verdict(1, "KO", finding=HOSTILE))
    assert all(line.plain.isprintable() for line in summary(tally, PLACE, Story("images")))
