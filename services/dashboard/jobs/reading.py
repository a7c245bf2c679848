"""What a job says while it runs: the JSON lines of `--progress json`, and lines for people among them. Pure."""

import json
from collections import deque
from dataclasses import dataclass, replace
from typing import Any

TEXTS_KEPT = 50
LINES_KEPT = 20
LONGEST_LINE = 100_000
_LONGEST_TEXT = 2000

_CHATTER = ("INFO: ", "WARNING: ", "W0000", "I0000")
"""How lines begin that libraries write, and that tell nobody anything."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is: `done` of `total` of a step, where that is known, and how long the step will take (s)."""

    step: str = ""
    done: int = 0
    total: int | None = None
    eta_s: float | None = None

    @property
    def share(self) -> float | None:
        """0..1, where it is known."""
        return min(1.0, self.done / self.total) if self.total else None


class Reading:
    """Takes bytes as they come; a line may be cut anywhere."""

    def __init__(self) -> None:
        self.progress = Progress()
        self.result: dict[str, Any] | None = None
        self._texts: deque[str] = deque(maxlen=TEXTS_KEPT)
        self._lines: deque[str] = deque(maxlen=LINES_KEPT)
        self._rest = b""

    @property
    def texts(self) -> tuple[str, ...]:
        """What a person should know, oldest first; the last so many."""
        return tuple(self._texts)

    @property
    def lines(self) -> tuple[str, ...]:
        """The last lines that were no JSON: errors."""
        return tuple(self._lines)

    def feed(self, data: bytes) -> None:
        """More of it."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._line(line)
        if len(self._rest) > LONGEST_LINE:
            self._rest = b""

    def end(self) -> None:
        """That was all: what is left is a line too."""
        self._line(self._rest)
        self._rest = b""

    def _line(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace").strip()
        if text.startswith("{"):
            try:
                told = json.loads(text)
            except ValueError:
                told = None
            if isinstance(told, dict) and self._took(told):
                return
        if text and not text.startswith(_CHATTER):
            self._lines.append(text[:_LONGEST_TEXT])

    def _took(self, told: dict[str, Any]) -> bool:
        match told:
            case {"step": str(step), "done": int(done), **more}:
                total, eta_s = more.get("total"), more.get("eta_s")
                progress = Progress(step, done)
                if isinstance(total, int):
                    progress = replace(progress, total=total)
                if isinstance(eta_s, (int, float)):
                    progress = replace(progress, eta_s=float(eta_s))
                self.progress = progress
            case {"text": str(text)}:
                self._texts.append(text[:_LONGEST_TEXT])
            case {"result": dict(result)}:
                self.result = result
            case _:
                return False
        return True
