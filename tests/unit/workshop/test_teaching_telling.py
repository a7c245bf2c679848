import json
from pathlib import Path

from an_account import account
from workshop.teaching.telling import as_object, as_text

BUNDLE = Path("taught/top-taught-3")


def test_a_person_hears_what_was_made_and_where_to_look() -> None:
    """What it means, the parts that may be bad, and whether it is in charge."""
    text = as_text(BUNDLE, account(), activated=False)
    assert text.startswith(
        "top-taught 3: padim, taught from 30 good parts, 1 more left out as suspicious, 5 KO parts\n"
    )
    assert "about 10 are to be expected above the threshold" in text
    assert "Least like the others: 029.jpg, 028.jpg, 027.jpg, 026.jpg, 025.jpg. Are they good?" in text
    assert "taught/top-taught-3/report.html" in text
    assert "in charge" not in text
    assert "in charge of camera top from now on" in as_text(BUNDLE, account(), activated=True)


def test_a_program_gets_it_as_json() -> None:
    """All that it may decide by, in numbers."""
    found = json.loads(json.dumps(as_object(BUNDLE, account(), activated=True)))
    assert (found["bundle"], found["version"], found["activated"]) == ("taught/top-taught-3", "3", True)
    assert found["report"] == "taught/top-taught-3/report.html"
    assert (found["good"], found["ko"], found["suspects"]) == (30, 5, ["200.jpg"])
    assert found["escapes"]["of"] == 5
    assert found["false_rejects"]["upper"] > 0.05
    assert found["least_like"][0] == "029.jpg"
