"""The demo as a person sees it: the whole line, and the live screen over it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from pseudo_terminal import PseudoTerminal
from terminal import unhurried

ROOT = Path(__file__).parents[2]


def test_the_demo_in_a_terminal_shows_ducks_and_ends_with_a_summary(tmp_path: Path) -> None:
    """Pictures, verdicts and stages of a real line, in a window that changes; in the end what it means."""
    station = tmp_path / "stations" / "ducks"
    shutil.copytree(ROOT / "stations" / "ducks", station, ignore=shutil.ignore_patterns("data"))
    (tmp_path / "models").symlink_to(ROOT / "models")
    file = station / "station.toml"
    file.write_text(unhurried(file.read_text()))
    demo = [sys.executable, "-m", "okko", "demo", str(station), "--items", "10", "--rate", "4"]
    with PseudoTerminal(demo) as terminal:
        terminal.until("are starting", " READY ", "▀" * 12, "run the model")
        terminal.resize(80, 24)
        assert terminal.end() == 0, terminal.text
    raw, text = terminal.raw.decode("utf-8", "replace"), terminal.text
    assert re.search(r"\x1b\[38;2;\d+;\d+;\d+;48;2;\d+;\d+;\d+m▀", raw)
    summary = text[text.index("10 triggers: ") :]
    for part in ("0 without a verdict", "The simulator had damaged 1 part; 1 of them got a KO", "How fast", "Next"):
        assert part in summary
    assert "10 of 10 items recorded" in summary

    again = subprocess.run([*demo[:5], "--items", "2", "--rate", "4"], capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "2 of 2 items recorded" in again.stdout  # new ducks, although the first ones' names come again at once
    assert "\x1b" not in again.stdout

    # Somebody could log in at its page, with another password each time, and nobody can any more.
    passwords = re.findall(r"log\s+in\s+as\s+demo-run\s+with\s+([a-z2-9-]{14})", text + again.stdout)
    assert len(set(passwords)) == 2
    users = subprocess.run([*demo[:3], "users", "list", str(station)], capture_output=True, text=True, check=True)
    assert "demo-run" not in users.stdout
