"""The result as people read it in a terminal. Pure."""

from collections.abc import Iterable, Iterator

from okko.contracts import Percentiles, VerdictWord
from workshop.replay.tally import Confusion, Outcome, Sums

_WORDS: tuple[VerdictWord, ...] = ("OK", "KO")

WHY: dict[str, str] = {
    "deadline": "decided because the time was up",
    "camera_fault": "a camera gave nothing, or another part's picture",
    "model_fault": "a model failed then",
    "overload": "too many parts came",
    "late": "the trigger was old when it was read",
    "bad_trigger": "the trigger could not be read, or asks for other cameras",
    "recipe": "another recipe was asked for",
    "image_gone": "its images are deleted",
    "image_damaged": "an image is not the one that was recorded",
    "not_recorded": "an image never came to the record",
    "unreadable": "recorded by an okko that wrote items otherwise",
}
"""Why items are left out, in words."""


def flip_line(outcome: Outcome) -> str:
    """A flip in a line."""
    truth = "" if outcome.truth is None else f"  labelled {outcome.truth}"
    why = outcome.after.finding or outcome.before.finding or ""
    arrow = f"{outcome.before.verdict} -> {outcome.after.verdict}"
    return _printable(f"{arrow}  {outcome.item_id}  {outcome.part_id or '-'}{truth}  {why}").rstrip()


def summary(sums: Sums) -> Iterator[str]:
    """All but the flips themselves."""
    tally, now, then = sums.tally, sums.now, sums.then
    left_out = sum(tally.left_out.values())
    yield f"{tally.replayed + left_out} items, {tally.replayed} judged again in {sums.seconds:.1f} s"
    yield from _columns(
        [
            ("the same", str(tally.same), _share(tally.same, tally.replayed)),
            ("OK -> KO", str(tally.to_ko), _share(tally.to_ko, tally.replayed)),
            ("KO -> OK", str(tally.to_ok), _share(tally.to_ok, tally.replayed)),
        ]
    )
    if left_out:
        yield f"{left_out} left out"
        yield from _columns([(why, str(count), WHY.get(why, "")) for why, count in tally.left_out.most_common()])
    yield from confusion(tally.before, tally.after)
    if now:
        yield "ms (p50, p99 of the last)           recorded         now"
        for name in sorted(now):
            yield f"  {name:32}{_pair(then.get(name)):>13}{_pair(now[name]):>13}"


def confusion(before: Confusion, after: Confusion) -> Iterator[str]:
    """Verdicts against labels, before and after."""
    if not before.counts:
        return
    yield "Against the labels        recorded: OK      KO      now: OK      KO"
    for truth in _WORDS:
        cells = [before.counts[truth, "OK"], before.counts[truth, "KO"]]
        cells += [after.counts[truth, "OK"], after.counts[truth, "KO"]]
        name = "good parts" if truth == "OK" else "bad parts"
        yield f"  {name:30}{cells[0]:>8}{cells[1]:>8}{cells[2]:>12}{cells[3]:>8}"
    for name, truth, was, now in (
        ("escapes", "KO", before.escapes, after.escapes),
        ("false rejects", "OK", before.false_rejects, after.false_rejects),
    ):
        of = before.of("KO" if truth == "KO" else "OK")
        kind = "bad" if truth == "KO" else "good"
        yield f"  {name:14} {was} -> {now} of {of} {kind} parts ({_per_thousand(was, of)} -> {_per_thousand(now, of)})"


def _per_thousand(count: int, of: int) -> str:
    return f"{1000 * count / of:.0f} per thousand" if of else "none seen"


def _share(count: int, of: int) -> str:
    return f"{100 * count / of:.1f} %" if of else ""


def _pair(found: Percentiles | None) -> str:
    return "-" if found is None else f"{found.p50_ms:.1f}, {found.p99_ms:.1f}"


def _columns(rows: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    for name, count, more in rows:
        yield f"  {name:14}{count:>8}  {more}".rstrip()


def _printable(text: str) -> str:
    """Without what would move the cursor: a part's name comes from outside."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
