"""The result as people read it in a terminal. Pure."""

from collections.abc import Iterable, Iterator

from okko.contracts import Percentiles, VerdictWord
from workshop.replay.sweep_curve import Point, Rate, Sweep, runs
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
    if sums.sweep is not None:
        yield from swept(sums.sweep)
    if now:
        yield "ms (p50, p99 of the last)           recorded         now"
        for name in sorted(now):
            yield f"  {name:32}{_pair(then.get(name)):>13}{_pair(now[name]):>13}"
    yield from sums.notes


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
        yield f"  {name:14} of {of} {kind} parts: {per_thousand(was, of)} -> {per_thousand(now, of)}"


def per_thousand(count: int, of: int) -> str:
    """A share with its 95 % interval: `3 (15 per thousand, 5 to 43)`."""
    rate = Rate(count, of)
    if rate.per_thousand is None:
        return "none seen"
    low, high = rate.interval
    return f"{count} ({rate.per_thousand:.0f} per thousand, {low:.0f} to {high:.0f})"


def swept(sweep: Sweep) -> Iterator[str]:
    """The curve as a table, thresholds that make no difference in one line."""
    yield f"{sweep.target.name}: count of so many: per thousand (95 % interval)"
    if sweep.target.floor:
        yield f"  below {sweep.target.floor:g} nothing can be said: {sweep.target.why}"
    yield f"  {'threshold':22}{'escapes':32}false rejects"
    for first, last in runs(sweep.points()):
        yield f"  {place(first, last):22}{first.escapes!s:32}{first.false_rejects}"


def place(first: Point, last: Point) -> str:
    """The thresholds of a row."""
    shown = f"{first.threshold:.4g}" + ("" if first is last else f" to {last.threshold:.4g}")
    return f"{shown} in force" if first.in_force else shown


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
