"""The result for programs: a JSON object a line as the items come, and one with the sums at the end. Pure."""

from typing import Any

import msgspec

from okko.contracts import Finding, Verdict
from workshop.replay.evidence import LeftOut
from workshop.replay.sweep_curve import Rate, Sweep
from workshop.replay.tally import Confusion, Outcome, Sums


def flip(outcome: Outcome, pictures: list[dict[str, Any]] | None = None) -> bytes:
    """A flip: `{"flip": {...}}`; with `pictures` where files of them were asked for."""
    told = {
        "item_id": outcome.item_id,
        "part_id": outcome.part_id,
        "decided_at": outcome.decided_at,
        "label": outcome.label or None,
        "truth": outcome.truth,
        "before": _side(outcome.before, outcome.findings_before),
        "after": _side(outcome.after, outcome.findings_after),
    }
    return msgspec.json.encode({"flip": told if pictures is None else {**told, "pictures": pictures}})


def left_out(item: LeftOut) -> bytes:
    """An item that was not judged again: `{"left_out": {...}}`."""
    return msgspec.json.encode({"left_out": {"item_id": item.item_id, "why": item.why, "text": item.text}})


def summary(sums: Sums) -> dict[str, Any]:
    """The sums, which stand in the last line."""
    tally = sums.tally
    return {
        "seconds": round(sums.seconds, 3),
        "replayed": tally.replayed,
        "left_out": dict(tally.left_out),
        "same": tally.same,
        "flips": tally.flips,
        "ok_to_ko": tally.to_ko,
        "ko_to_ok": tally.to_ok,
        "labelled": {"good": tally.after.of("OK"), "bad": tally.after.of("KO")},
        "before": _confusion(tally.before),
        "after": _confusion(tally.after),
        "of_other_configuration": tally.other_configuration,
        "decided_by": [
            {"camera": camera, "model": name, "version": version, "sha256": sha256, "predictions": count}
            for (camera, name, version, sha256), count in sorted(tally.decided_by.items())
        ],
        "notes": list(sums.notes),
        "sweep": None if sums.sweep is None else _sweep(sums.sweep),
        "timings_ms": {
            "recorded": msgspec.to_builtins(dict(sums.then)),
            "now": msgspec.to_builtins(dict(sums.now)),
        },
    }


def _side(verdict: Verdict, findings: tuple[Finding, ...]) -> dict[str, Any]:
    return {
        "verdict": verdict.verdict,
        "reason": verdict.reason,
        "finding": verdict.finding,
        "findings": msgspec.to_builtins(findings),
    }


def _confusion(confusion: Confusion) -> dict[str, int]:
    return {
        "good_ok": confusion.counts["OK", "OK"],
        "good_ko": confusion.false_rejects,
        "bad_ok": confusion.escapes,
        "bad_ko": confusion.counts["KO", "KO"],
    }


def _sweep(sweep: Sweep) -> dict[str, Any]:
    return {
        "threshold": sweep.target.name,
        "rules": list(sweep.target.indexes),
        "not_below": sweep.target.floor,
        "why_not_below": sweep.target.why or None,
        "points": [
            {
                "threshold": point.threshold,
                "in_force": point.in_force,
                "escapes": _rate(point.escapes),
                "false_rejects": _rate(point.false_rejects),
            }
            for point in sweep.points()
        ],
    }


def _rate(rate: Rate) -> dict[str, Any]:
    low, high = rate.interval
    return {"count": rate.count, "of": rate.of, "per_thousand": rate.per_thousand, "low": low, "high": high}
