import json
from pathlib import Path
from typing import Any

from dashboard.replay.flips import agreement, name_of, read_flips

SIDES: dict[str, Any] = {
    side: {"verdict": "OK", "reason": "rules", "finding": None, "findings": []} for side in ("before", "after")
}


def _line(number: int) -> str:
    flip = {"item_id": f"i{number}", "part_id": "", "decided_at": "2026-11-25T06:00:00.000Z", **SIDES}
    pictures = [{"camera": "top", "before": f"/x/000{number}-0-before.jpg", "after": None, "why": "gone"}]
    return json.dumps({"flip": {**flip, "pictures": pictures}}, separators=(",", ":"))


def test_flips_are_read_some_at_a_time(tmp_path: Path) -> None:
    """What was left out stands between them; a line that was cut off is none."""
    left_out = '{"left_out":{"item_id":"i","why":"recipe","text":""}}'
    lines = [_line(1), left_out, _line(2), _line(3), '{"summary":{}}', _line(4)[:50]]
    (tmp_path / "stdout").write_text("\n".join(lines))
    found = read_flips(tmp_path / "stdout", 1, 1)
    assert ([flip.item_id for flip in found.shown], found.count) == (["i2"], 3)
    (pictured,) = found.shown[0].pictures
    assert (name_of(pictured.before or ""), pictured.after, pictured.why) == ("0002-0-before.jpg", None, "gone")
    assert [flip.item_id for flip in read_flips(tmp_path / "stdout", 0, 20).shown] == ["i1", "i2", "i3"]


def test_agreement_is_the_share_that_stayed() -> None:
    """Of none there is none."""
    assert agreement({"replayed": 8, "same": 6}) == 0.75
    assert agreement({"replayed": 0, "same": 0}) is None
