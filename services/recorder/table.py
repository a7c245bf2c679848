"""The list of items as people read it: one line each, in columns."""

from collections.abc import Iterator

import msgspec

from recorder.reader import StoredItem

_HEADINGS = ("time", "verdict", "reason", "part", "seq", "latency", "finding")
_RIGHT = {4, 5}
_FIRST_WIDTHS = (24, 7, 12, 12, 10, 10)


class _Line(msgspec.Struct):
    """What the table shows of an item."""

    decided_at: str
    verdict: str
    reason: str
    part_id: str
    seq: int | None
    latency_ms: float
    finding: str | None
    golden: bool = False
    expected: str | None = None


_decode = msgspec.json.Decoder(_Line).decode


class Table:
    """Aligns lines as they come: a column grows when it must, since to know the widest is to wait for all."""

    def __init__(self) -> None:
        self._widths = list(_FIRST_WIDTHS)

    def head(self) -> str:
        """The headings."""
        return self._aligned(_HEADINGS)

    def line(self, stored: StoredItem) -> str:
        """One item."""
        item = _decode(stored.item)
        return self._aligned(
            (
                item.decided_at,
                item.verdict,
                item.reason,
                item.part_id or "-",
                "-" if item.seq is None else str(item.seq),
                f"{item.latency_ms:.1f} ms",
                "; ".join(filter(None, (item.finding, _golden(item), *_notes(stored)))),
            )
        )

    def _aligned(self, cells: tuple[str, ...]) -> str:
        shown = [_printable(cell) for cell in cells]
        self._widths = [max(width, len(cell)) for width, cell in zip(self._widths, shown, strict=False)]
        columns = [
            cell.rjust(width) if index in _RIGHT else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(shown, self._widths, strict=False))
        ]
        return "  ".join((*columns, shown[-1])).rstrip()


def _golden(item: _Line) -> str | None:
    return f"golden part, must be {item.expected}" if item.golden else None


def _notes(stored: StoredItem) -> Iterator[str]:
    """What has become of an item since its verdict."""
    if stored.label is not None:
        yield f"labelled {stored.label.label}{', golden' if stored.label.golden else ''}"
    if stored.gone:
        yield f"{'some' if stored.frames else 'its'} images are gone ({stored.gone[-1].gone_why})"


def _printable(text: str) -> str:
    """Without what would move the cursor: a part's name comes from outside."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
