"""Which KO items are shown with their pictures: spread over the findings, and within one over the time. Pure."""

from collections.abc import Iterator, Sequence

from dashboard.report.figures import Kind


def candidates(kinds: Sequence[Kind]) -> Iterator[tuple[str, str]]:
    """Finding and id of the items to show, best first: one of each finding, the most frequent first, then another."""
    orders = [(kind.finding, _spread(kind.item_ids)) for kind in kinds]
    longest = max((len(ids) for _, ids in orders), default=0)
    for place in range(longest):
        for finding, ids in orders:
            if place < len(ids):
                yield finding, ids[place]


def _spread(item_ids: Sequence[str]) -> list[str]:
    """The first, the last, then from the middle of what is between: `[a, e, c, ...]` of `a` to `e`."""
    if len(item_ids) <= 2:  # noqa: PLR2004 - both ends
        return list(item_ids)
    found, gaps = [item_ids[0], item_ids[-1]], [(0, len(item_ids) - 1)]
    while gaps:
        first, last = gaps.pop(0)
        middle = (first + last) // 2
        if middle > first:
            found.append(item_ids[middle])
            gaps += [(first, middle), (middle, last)]
    return found
