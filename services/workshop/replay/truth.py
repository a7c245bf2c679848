"""What an item really was, where a person has said so."""

from okko.contracts import VerdictWord

GOOD = "ok"


def truth_of(label: str | None) -> VerdictWord | None:
    """OK or KO, as the item was labelled; None where it was not. The label of a defect says that the part is bad."""
    if label is None:
        return None
    return "OK" if label.strip().casefold() == GOOD else "KO"
