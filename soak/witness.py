"""What came of it all, compared with what was promised. Pure: what was seen in, violations and figures out."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from camera_agent.simulator.kinds import View
from soak.plc import Fate
from soak.world import DUCKS, World

ON_EVIDENCE = ("00", "rules")


@dataclass(frozen=True, slots=True)
class Findings:
    """`wrong` is empty where every promise was kept; `figures` are for people."""

    wrong: tuple[str, ...]
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen: the PLC's parts, the record, what came up (None: no way up), what the model says of each duck."""

    fates: Mapping[int, Fate]
    items: Sequence[Mapping[str, Any]]
    came_up: Mapping[str, int] | None
    labels: Mapping[View, Sequence[str]]
    patience_s: float
    strangers: int
    log: str


def judge(evidence: Evidence, world: World) -> Findings:
    """Whether each trigger had one verdict, each item is recorded once, and nothing was judged by another's frame."""
    wrong = [
        *_of_the_plc(evidence),
        *_of_the_record(evidence),
        *_of_the_frames(evidence, world),
        *_of_the_log(evidence),
    ]
    if evidence.came_up is not None:
        recorded = {item["item_id"] for item in evidence.items}
        missing = recorded - evidence.came_up.keys()
        foreign = evidence.came_up.keys() - recorded
        wrong += [f"{item_id} is recorded and never came up" for item_id in sorted(missing)]
        wrong += [f"{item_id} came up and is not recorded" for item_id in sorted(foreign)]
    return Findings(tuple(wrong), _figures(evidence))


def _of_the_plc(evidence: Evidence) -> list[str]:
    wrong = []
    for fate in evidence.fates.values():
        if not fate.codes:
            wrong.append(f"seq {fate.seq}: no verdict, asked {fate.asked} times")
        elif len(fate.codes) > 1:
            wrong.append(f"seq {fate.seq}: {len(fate.codes)} verdicts: {fate.codes}")
    if evidence.strangers:
        wrong.append(f"{evidence.strangers} codes are retained or about a seq that was never sent")
    return wrong


def _of_the_record(evidence: Evidence) -> list[str]:
    wrong = []
    by_seq: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for item in evidence.items:
        by_seq[item["seq"]].append(item)
    for item_id, count in Counter(item["item_id"] for item in evidence.items).items():
        if count > 1:
            wrong.append(f"{item_id} is recorded {count} times")
    for seq, count in Counter(item["record_seq"] for item in evidence.items).items():
        if count > 1:
            wrong.append(f"record_seq {seq} belongs to {count} items")
    for seq, fate in evidence.fates.items():
        items = by_seq.pop(seq, [])
        if len(items) != 1:
            wrong.append(f"seq {seq}: {len(items)} items recorded, heard {fate.codes}")
        elif fate.codes and items[0]["verdict"] != fate.codes[0][0]:
            wrong.append(f"seq {seq}: the PLC heard {fate.codes[0]}, recorded is {items[0]['verdict']}")
    wrong += [f"seq {seq}: recorded, and never triggered" for seq in by_seq]
    return wrong


def _of_the_frames(evidence: Evidence, world: World) -> list[str]:
    wrong = []
    for item in evidence.items:
        seq = item["seq"]
        on_evidence = item["reason"] in ON_EVIDENCE
        shown: dict[str, int | None] = {}
        for frame in item["frames"]:
            picture = Path(frame["path"]).read_bytes()
            if hashlib.sha256(picture).hexdigest() != frame["sha256"]:
                wrong.append(f"seq {seq}: {frame['path']} is not what its hash says")
            shown[frame["camera"]] = world.part_of(frame["camera"], frame["sha256"])
        if not on_evidence:
            continue
        judged = {prediction["camera"] for prediction in item["predictions"]}
        for camera in sorted(judged):
            if camera not in shown:
                wrong.append(f"seq {seq}: judged by a frame of {camera} that is not recorded")
            elif shown[camera] != seq:
                wrong.append(f"seq {seq}: judged by {camera}'s frame of part {shown[camera]}")
        if item["verdict"] == "OK" and judged != evidence.labels.keys():
            wrong.append(f"seq {seq}: OK with {sorted(judged)} alone")
        expected = "OK" if all(labels[seq % DUCKS] == "OK" for labels in evidence.labels.values()) else "KO"
        if item["verdict"] != expected:
            wrong.append(f"seq {seq}: {item['verdict']} on evidence, and the duck is {expected}")
    return wrong


def _of_the_log(evidence: Evidence) -> list[str]:
    lines = evidence.log.splitlines()
    return [f"a defect in the log: {line[:200]}" for line in lines if "Traceback" in line or "defect" in line.lower()]


def _figures(evidence: Evidence) -> dict[str, float]:
    fates = evidence.fates.values()
    latencies = sorted(fate.latency_s for fate in fates if fate.latency_s is not None)
    reasons = Counter(item["reason"] for item in evidence.items)
    figures: dict[str, float] = {
        "triggers": len(fates),
        "items recorded": len(evidence.items),
        "frames recorded": sum(len(item["frames"]) for item in evidence.items),
        "verdicts asked for": sum(fate.asked > 0 for fate in fates),
        "verdicts heard twice": sum(fate.heard > 1 for fate in fates),
        "OK in time": sum(fate.accepted(evidence.patience_s) for fate in fates),
        **{f"reason {reason}": count for reason, count in sorted(reasons.items())},
    }
    if latencies:
        figures["p50 ms"] = round(latencies[len(latencies) // 2] * 1e3, 1)
        figures["p99 ms"] = round(latencies[int(len(latencies) * 0.99)] * 1e3, 1)
    if evidence.came_up is not None:
        figures["came up"] = len(evidence.came_up)
        figures["came up again"] = sum(count - 1 for count in evidence.came_up.values())
    return figures
