"""A frame and the verdict of its item, whichever comes first: what was inspected, and may be shown. Pure.

The verdict tells what a frame does not: that the frame is the right part's, what the PLC called it, that it is golden.
"""

from collections import OrderedDict
from typing import TypeVar

from okko import contracts as c
from workshop.teaching.example import Example, example_of_frame

V = TypeVar("V")

WAITING = 8
"""Frames that wait for their verdict, a matter of milliseconds; of more the oldest go, since memory has an end."""

_KNOWN = 256
_NOT_THE_PART: frozenset[c.Reason] = frozenset({"camera_fault", "late", "bad_trigger", "image"})


class Pairs:
    """Fed with what comes; gives an example when both are there. `passed_over` counts golden parts and bad frames."""

    def __init__(self) -> None:
        self.passed_over = 0
        self._frames: OrderedDict[str, c.Frame] = OrderedDict()
        self._verdicts: OrderedDict[str, c.Verdict] = OrderedDict()
        self._seen: OrderedDict[str, None] = OrderedDict()

    def frame(self, frame: c.Frame) -> Example | None:
        """A frame has come."""
        if frame.frame_id in self._seen:
            return None
        _note(self._seen, frame.frame_id, None, _KNOWN)
        if (verdict := self._verdicts.get(frame.item_id)) is not None:
            return self._example(frame, verdict)
        _note(self._frames, frame.item_id, frame, WAITING)
        return None

    def verdict(self, verdict: c.Verdict) -> Example | None:
        """A verdict has come."""
        if verdict.item_id in self._verdicts:
            return None
        _note(self._verdicts, verdict.item_id, verdict, _KNOWN)
        frame = self._frames.pop(verdict.item_id, None)
        return None if frame is None else self._example(frame, verdict)

    def _example(self, frame: c.Frame, verdict: c.Verdict) -> Example | None:
        if verdict.golden or verdict.reason in _NOT_THE_PART:
            self.passed_over += 1
            return None
        return example_of_frame(frame, part_id=verdict.part_id)


def _note(into: "OrderedDict[str, V]", key: str, value: V, most: int) -> None:
    into[key] = value
    while len(into) > most:
        into.popitem(last=False)
