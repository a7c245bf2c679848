"""The machine: cores, load, memory, heat and power."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from okko.doctor.finding import Finding, good, note, size_text, warning

SUBJECT = "machine"

_HOT_C = 80.0
_LITTLE_MEMORY_BYTES = 200_000_000
_VCGENCMD_S = 1.0

# Bits of `vcgencmd get_throttled`: now, and since the start.
_UNDERVOLTED, _CAPPED, _THROTTLED, _SOFT_LIMIT = 0x1, 0x2, 0x4, 0x8
_SINCE_START = 16


@dataclass(frozen=True, slots=True)
class MachineSeen:
    """None: this machine does not tell. `throttled` are the bits of a Raspberry Pi's firmware."""

    cores: int
    load_1min: float
    memory_bytes: int | None = None
    available_bytes: int | None = None
    temperature_c: float | None = None
    governors: frozenset[str] = frozenset()
    throttled: int | None = None


def look() -> MachineSeen:
    """This machine."""
    memory = _memory()
    return MachineSeen(
        cores=len(os.sched_getaffinity(0)),
        load_1min=os.getloadavg()[0],
        memory_bytes=memory.get("MemTotal"),
        available_bytes=memory.get("MemAvailable"),
        temperature_c=max(_temperatures(), default=None),
        governors=frozenset(_lines("/sys/devices/system/cpu", "cpu*/cpufreq/scaling_governor")),
        throttled=_throttled(),
    )


def judge(seen: MachineSeen) -> Iterator[Finding]:
    """All that is to be said of it."""
    yield _load(seen)
    if seen.available_bytes is None:
        yield note(SUBJECT, "how much memory is free is not to be seen here")
    elif seen.available_bytes < _LITTLE_MEMORY_BYTES:
        yield warning(
            SUBJECT,
            f"only {size_text(seen.available_bytes)} of memory are free: agents may be killed",
            "End what else runs here; see which agent has grown in `okko watch`",
        )
    else:
        yield good(SUBJECT, f"{size_text(seen.available_bytes)} of {size_text(seen.memory_bytes or 0)} memory are free")
    if seen.temperature_c is None:
        yield note(SUBJECT, "its temperature is not to be seen here")
    elif seen.temperature_c >= _HOT_C:
        yield warning(
            SUBJECT, f"{seen.temperature_c:.0f} C: it slows down to cool off", "Give it a heat sink, a fan, or more air"
        )
    else:
        yield good(SUBJECT, f"{seen.temperature_c:.0f} C")
    if seen.governors & {"powersave"}:
        yield warning(
            SUBJECT,
            "its cores run at their lowest clock (governor `powersave`)",
            "`echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor`",
        )
    if seen.throttled is not None:
        yield from throttling(seen.throttled)


def throttling(bits: int) -> Iterator[Finding]:
    """What a Raspberry Pi's firmware says of its power and heat."""
    since = bits >> _SINCE_START
    power = (
        "Take the power supply made for this Raspberry Pi, and a short cable; USB devices may need a hub of their own"
    )
    cool = "Give it a heat sink, a fan, or more air"
    if bits & _UNDERVOLTED:
        yield warning(SUBJECT, "its voltage is too low just now: it is slow, and may stop or damage its card", power)
    elif since & _UNDERVOLTED:
        yield warning(SUBJECT, "its voltage was too low since its start", power)
    if bits & (_CAPPED | _THROTTLED | _SOFT_LIMIT):
        yield warning(SUBJECT, "it is slowed down just now, by heat or low voltage", cool)
    elif since & (_CAPPED | _THROTTLED | _SOFT_LIMIT):
        yield note(SUBJECT, "it was slowed down since its start, by heat or low voltage", cool)


def _load(seen: MachineSeen) -> Finding:
    what = f"{seen.cores} cores, load {seen.load_1min:.1f}"
    if seen.load_1min > 1.5 * seen.cores:
        return warning(
            SUBJECT, f"{what}: programs wait for each other", "See what runs (`top`), and take something away"
        )
    return good(SUBJECT, what)


def _memory() -> dict[str, int]:
    found: dict[str, int] = {}
    with contextlib.suppress(OSError):
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            name, _, rest = line.partition(":")
            amount = rest.split()
            if amount and amount[0].isdigit():
                found[name] = int(amount[0]) * 1024
    return found


def _lines(folder: str, pattern: str) -> Iterator[str]:
    for path in Path(folder).glob(pattern):
        with contextlib.suppress(OSError):
            yield path.read_text(encoding="utf-8").strip()


def _temperatures() -> Iterator[float]:
    for text in _lines("/sys/class/thermal", "thermal_zone*/temp"):
        if text.lstrip("-").isdigit():
            yield int(text) / 1000


def _throttled() -> int | None:
    program = shutil.which("vcgencmd")
    if program is None:
        return None
    with contextlib.suppress(OSError, subprocess.SubprocessError, ValueError):
        done = subprocess.run(  # noqa: S603 - found above, no input
            [program, "get_throttled"], capture_output=True, text=True, check=True, timeout=_VCGENCMD_S
        )
        return int(done.stdout.strip().partition("=")[2], 16)
    return None
