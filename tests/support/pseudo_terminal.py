"""A program in a terminal of a given size, as a person would see it and type at it."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Self

from waiting import PATIENCE_S

_ESCAPES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|[()][A-Z0-9])")


class PseudoTerminal:
    """Runs a command until left; `raw` is all that it wrote to its terminal, stdout and stderr alike."""

    def __init__(
        self, command: Sequence[str], columns: int = 100, rows: int = 30, environment: Mapping[str, str] | None = None
    ) -> None:
        self.raw = b""
        self._master, slave = pty.openpty()
        self._set_size(columns, rows)
        # What the tests themselves run in must not decide how many colours there are, and how wide it is.
        mine = {key: value for key, value in os.environ.items() if key not in {"COLUMNS", "LINES", "NO_COLOR"}}
        self.process = subprocess.Popen(
            ["setsid", "--ctty", *command],  # a session of its own, with this terminal: Ctrl-C reaches it, and it alone
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**mine, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(environment or {})},
        )
        os.close(slave)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join()
        os.close(self._master)

    @property
    def text(self) -> str:
        """All that it wrote, without escape sequences."""
        return _ESCAPES.sub("", self.raw.decode("utf-8", "replace"))

    def until(self, *texts: str) -> None:
        """Wait until all of these have been written."""
        end = time.monotonic() + PATIENCE_S
        while lacking := [text for text in texts if text not in self.text]:
            assert time.monotonic() < end, f"{lacking} did not come\n{self.text[-4000:]}"
            time.sleep(0.05)  # a real program, in its own time

    def forget(self) -> None:
        """Look only at what comes from now on."""
        self.raw = b""

    def type(self, keys: bytes) -> None:
        """Press keys; `\\x03` is Ctrl-C."""
        os.write(self._master, keys)

    def resize(self, columns: int, rows: int) -> None:
        """Make the window larger or smaller, and tell the program as a terminal does."""
        self._set_size(columns, rows)
        self.process.send_signal(signal.SIGWINCH)

    def end(self) -> int:
        """Wait for its end; gives the exit code."""
        code = self.process.wait(PATIENCE_S)
        self._reader.join()
        return code

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _read(self) -> None:
        while True:
            try:
                piece = os.read(self._master, 65536)
            except OSError:  # nobody has the other end open any more
                return
            if not piece:
                return
            self.raw += piece
