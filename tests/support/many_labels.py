"""A record of many items, each labelled by somebody, made by the recorder's own store."""

import json
from dataclasses import replace
from importlib import resources
from pathlib import Path

from okko import contracts as c
from recorder.labels import MAX_LABELS, LabelEntry, LabelsEntry
from recorder.records import read_item
from recorder.store import Store


def record_labelled(data: Path, count: int, words: tuple[str, ...]) -> None:
    """So many items a second apart, without images; each has one of the words, in turns."""
    recorded = json.loads((resources.files("okko.documents") / "recorded" / "messages.json").read_text("utf-8"))
    real = c.decode(c.Item, recorded["item"]["payload"].encode())
    pattern = read_item(bytes(c.encode(real))).row
    names = [f"{number:020d}-be7c" for number in range(1, count + 1)]
    rows = [
        replace(
            pattern,
            item_id=name,
            record_seq=number,
            seq=number,
            decided_ms=pattern.decided_ms + number * 1000,
            item=pattern.item.replace(real.item_id, name),
        )
        for number, name in enumerate(names, start=1)
    ]
    data.mkdir(parents=True, exist_ok=True)
    store = Store.open(data)
    for start in range(0, count, MAX_LABELS):
        labels = tuple(
            LabelEntry(f"label-{name}", name, words[number % len(words)], None, "zoé", pattern.decided_ms)
            for number, name in enumerate(names[start : start + MAX_LABELS])
        )
        store.add(rows[start : start + MAX_LABELS], (), (LabelsEntry(f"labels-{start}", labels),))
    store.close()
