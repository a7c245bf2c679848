import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inference_agent.bundle import Bundle
from okko import contracts as c
from okko.plc import parse_code, parse_trigger
from okko.station_file import StationFile
from terminal import Terminal
from tools.pages import Block, pages

ROOT = Path(__file__).parents[2]
PAGES = {str(page.path.relative_to(ROOT)): page for page in pages(ROOT)}
RUN = [name for name, page in PAGES.items() if any(block.mark.startswith("run") for block in page.blocks)]
SMALLEST: dict[str, Any] = {
    "station": {"site": "a", "line": "b", "name": "c"},
    "camera": [{"name": "top", "source": {"kind": "simulator"}}],
}


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    """A shell in a copy of the repository; what a page started in the background is ended."""
    shell = Terminal(ROOT, tmp_path)
    yield shell
    shell.close()


@pytest.mark.parametrize("name", RUN)
def test_the_commands_of_a_page_do_what_it_shows(name: str, terminal: Terminal) -> None:
    """Typed from top to bottom against a real station, each command exits 0 and prints what the page shows."""
    terminal.type(PAGES[name])


def test_the_pages_that_promise_commands_are_run() -> None:
    """README, tutorial and the how-to pages with commands are among those that are executed."""
    assert {"README.md", "docs/tutorial/first-station.md", "docs/how-to/plc.md"} <= set(RUN)


@pytest.mark.parametrize("name", PAGES)
def test_toml_on_a_page_is_taken_by_the_models(name: str) -> None:
    """Each piece of a station file or bundle is one that okko accepts, keys, kinds and bounds included."""
    for block in PAGES[name].blocks:
        if block.kind != "toml":
            continue
        tables = tomllib.loads(block.text)
        if block.mark == "bundle" or block.mark.endswith("model.toml"):
            Bundle.model_validate(tables)
        else:
            assert block.mark == "station" or block.mark.endswith("station.toml"), f"say what this is\n{block.text}"
            StationFile.model_validate({**SMALLEST, **tables})


@pytest.mark.parametrize("name", PAGES)
def test_messages_on_a_page_are_messages(name: str) -> None:
    """JSON that a page shows as a message can be read as one."""
    for line in _json_lines(PAGES[name].blocks):
        fields = json.loads(line)
        if "total" in fields:
            c.decode(c.Totals, line.encode())
        elif "item_id" in fields:
            c.decode(c.Verdict, line.encode())


@pytest.mark.parametrize("module", ["tools.reference", "tools.duck_sheet"])
def test_what_is_made_from_the_code_is_fresh(module: str) -> None:
    """The committed reference pages and pictures are what the code says now; `make docs` writes them."""
    done = subprocess.run(
        [sys.executable, "-m", module, "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_triggers_are_read_as_the_page_for_plcs_says() -> None:
    """The table of trigger forms is true of the parser."""
    rows = PAGES["docs/how-to/plc.md"].table_under("## What a trigger may look like")
    assert len(rows) == 5
    for payload, part, seq in rows:
        sent = b"" if payload == "(empty)" else payload.strip("`").encode()
        read = parse_trigger(sent)
        assert read.error is None
        assert read.trigger.part_id == ("" if part == "none" else part.strip("`"))
        assert read.trigger.seq == (None if seq == "none" else int(seq))


def test_columns_and_reasons_are_as_the_page_for_plcs_says() -> None:
    """The columns that the ten lines cut out hold what okko writes, and the list of reasons is complete."""
    text = PAGES["docs/how-to/plc.md"].text
    code = parse_code(line := b"OK 0000001042 00 duck-1042")
    assert f"\n{line.decode()}\n" in text
    assert (line[0:2], int(line[3:13]), int(line[14:16]), line[17:]) == (b"OK", code.seq, 0, code.part_id.encode())
    said = " ".join(text.split())
    assert ", ".join(f"{number:02d} {reason}" for reason, number in c.REASON_CODES.items()) in said


def test_what_survives_what_names_tests_that_there_are() -> None:
    """Each row of the table names what proves it, and each test that it names is in this repository."""
    rows = PAGES["docs/explanation/design.md"].table_under("## What survives what")
    tests = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    for fault, _, proof in rows:
        named = [word for word in proof.split("`") if word.startswith("test_")]
        assert named or fault == "power cut", fault
        assert [name for name in named if f"def {name}(" not in tests] == []


def _json_lines(blocks: list[Block]) -> Iterator[str]:
    for block in blocks:
        yield from (line for line in block.text.splitlines() if line.startswith('{"') and line.endswith("}"))
