"""What a run showed, as people read it and as JSON for whoever compares."""

import json
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

MIB = 1024 * 1024


def machine() -> dict[str, str]:
    """What it ran on."""
    model = next(
        (line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "unknown"
    )
    cores = sum(line.startswith("processor") for line in _lines("/proc/cpuinfo"))
    told = subprocess.run(["mosquitto", "-h"], capture_output=True, text=True, check=False)
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "processor": f"{cores} x {model}",
        "kernel": platform.release(),
        "python": platform.python_version(),
        "mosquitto": (told.stdout.splitlines() or ["unknown"])[0],
    }


def memory(samples: Sequence[Mapping[str, int]]) -> dict[str, dict[str, float]]:
    """The resident memory of each process in MB: in the first tenth, in the last tenth, at most."""
    tenth = max(1, len(samples) // 10)
    names = sorted({name for sample in samples for name in sample})
    found = {}
    for name in names:
        values = [sample[name] / MIB for sample in samples if sample.get(name)]
        if values:
            first, last = values[: max(1, min(tenth, len(values)))], values[-max(1, min(tenth, len(values))) :]
            found[name] = {
                "first": round(sum(first) / len(first), 1),
                "last": round(sum(last) / len(last), 1),
                "most": round(max(values), 1),
            }
    return found


def write(name: str, told: Mapping[str, Any]) -> Path:
    """The report as JSON, below the present folder; gives the file."""
    file = Path(f"soak-{name}.json")
    file.write_text(json.dumps({"machine": machine(), **told}, indent=2) + "\n", encoding="utf-8")
    return file


def lines(told: Mapping[str, Any], indent: str = "") -> list[str]:
    """The report as lines of text."""
    found = []
    for key, value in told.items():
        if isinstance(value, Mapping) and all(not isinstance(inner, Mapping) for inner in value.values()):
            inside = ", ".join(f"{name} {inner}" for name, inner in value.items())
            found.append(f"{indent}{key}: {inside}")
        elif isinstance(value, Mapping):
            found.append(f"{indent}{key}")
            found += lines(value, indent + "  ")
        else:
            found.append(f"{indent}{key}: {value}")
    return found


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
