"""`okko report` on a record that the recorder's own store made: what stands in the page, and that it needs no other."""

import json
import re
import sqlite3
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

from dashboard.events.book import EventBook
from okko import contracts as c
from okko.cli import run
from shifted import BEGIN, SHIFT, STATION, item, ko, record, write_station

NASTY = '<script>alert("pièce")</script>'
VOID = {"meta", "img", "br", "hr", "line", "rect", "circle", "path", "input", "link"}


class Read(HTMLParser):
    """A page: its words, its pictures, every attribute that could fetch something; nesting is checked."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.fetched: list[str] = []
        self.tags: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note it."""
        self.tags.append(tag)
        self.fetched += [value or "" for name, value in attrs if name in {"src", "href", "srcset", "data", "action"}]
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """It must be the one that was opened last."""
        if tag not in VOID:
            assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note its words."""
        self.words.append(" ".join(data.split()))  # no-break spaces are spaces here too

    @property
    def text(self) -> str:
        """All of it, a space between the pieces."""
        return " ".join(word for word in self.words if word)


@pytest.fixture
def station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A station in Madrid."""
    monkeypatch.setenv("TZ", "Europe/Madrid")
    return write_station(tmp_path / "line")


def _report(station: Path, *options: str) -> Read:
    out = station / "out.html"
    assert run(["report", str(station), "--out", str(out), *(options or ("--shift", SHIFT))]) == 0
    text = out.read_text(encoding="utf-8")
    read = Read(text)
    assert [url[:23] for url in read.fetched] == ["data:image/jpeg;base64,"] * len(read.fetched)
    assert re.findall(r"url\(|@import|https?:", text) == []
    assert "script" not in read.tags
    return read


def test_a_shift_with_all_that_can_be_in_it(station: Path) -> None:
    """Figures, findings, pictures, labels, golden parts, events and changes, golden parts apart from the yield."""
    good = [item(number, number) for number in range(1, 9)]
    bad = [ko(11, 30), ko(12, 31, "top: dent 0.800 > 0.5"), ko(15, 32, NASTY, part_id=NASTY)]
    late = ko(16, 40, "the time was up", reason="deadline", deadline_met=False, findings=())
    golden = [
        ko(17, 50, part_id="GOLD-1", golden=True, expected="KO"),
        item(18, 51, part_id="GOLD-1", golden=True, expected="KO"),
    ]
    changed = [item(19, 60, config_sha256="b" * 64)]
    outside = [item(20, -1), item(21, 8 * 60)]
    everything = [*good, *bad, late, *golden, *changed, *outside]
    labels = {bad[0].item_id: "OK", bad[1].item_id: "dent", good[0].item_id: "ok"}
    record(station, everything, pictures=[*bad, good[0]], labels=labels)
    book = EventBook(station / "data")
    for code, text in (("trigger_missed", "2 triggers have not come"), ("camera_lost", f"camera top: {NASTY}")):
        at = BEGIN.isoformat().replace("+00:00", "Z")
        book.add(c.Event(severity="warning", code=code, text=text, agent="decision", at=at))
    book.flush()

    page = _report(station)
    words = page.text
    assert words.startswith("line-1: Shift report, shift 2 of 2026-11-25")
    assert "2026-11-25 14:00 \N{EN DASH} 22:00" in words
    assert "Europe/Madrid, UTC+01:00" in words
    assert "items 13 OK 9 KO 4 yield 69.2%" in words
    assert "late verdicts 1 missed triggers 4" in words
    assert "golden parts 2" in words
    assert "top: dent … > … 2 50.0% 50.0%" in words
    assert "duck-quality 1.2.0" in words
    assert "3 labelled items" in words
    assert "2 of 4 KO 1 50.0%" in words
    assert "✓ passed" in words
    assert "✗ failed" in words
    assert "2 triggers have not come" in words
    assert "It changed within this time" in words
    assert words.count(NASTY) >= 4  # as text, where it was to be markup
    assert page.tags.count("img") == 3
    assert page.tags.count("article") == 3
    assert "3 of 4, chosen" in words


def test_in_french(station: Path) -> None:
    """Words and numbers."""
    record(station, [item(number, number / 60) for number in range(1, 1300)])
    words = _report(station, "--shift", SHIFT, "--language", "fr").text
    assert "Rapport d'équipe, équipe 2 du 2026-11-25" in words
    assert "pièces 1 299 OK 1 299 KO 0 rendement 100,0 %" in words
    assert "Aucune pièce n'a été KO." in words


def test_what_is_not_all_is_not_said_to_be(station: Path) -> None:
    """One KO of ten thousand is no yield of 100 %."""
    record(station, [*(item(number, number / 100) for number in range(1, 5000)), ko(5000, 60)])
    assert "yield 99.98%" in _report(station).text


def test_a_station_without_a_record(station: Path) -> None:
    """A report of nothing is one all the same."""
    words = _report(station).text
    assert "This station has no record yet." in words
    assert "No item was decided in this time." in words
    assert "Nobody has noted events" in words


def test_a_shift_without_items(station: Path) -> None:
    """It says from when on the record is."""
    record(station, [item(1, 600)])
    words = _report(station).text
    assert "The record begins at 2026-11-26 00:00:00" in words
    assert "No item was decided in this time." in words


def test_images_that_are_gone(station: Path) -> None:
    """It says so, and why; the figures stay."""
    bad = [ko(1, 1), ko(2, 2)]
    record(station, bad, pictures=bad)
    with sqlite3.connect(station / "data" / "store.sqlite") as store:
        store.execute("UPDATE frames SET gone_ms = 5, gone_why = 'ko_days'")
    store.close()
    page = _report(station)
    assert "no image is there any more (ko_days)" in page.text
    assert page.tags.count("img") == 0
    assert "KO 2" in page.text


def test_an_image_that_cannot_be_read_says_so_in_its_place(station: Path) -> None:
    """The others are shown."""
    bad = [ko(1, 1), ko(2, 2), ko(3, 3)]
    record(station, bad, pictures=bad)
    files = sorted((station / "data" / "images").rglob("*.jpg"))
    files[0].write_bytes(b"no picture")
    files[1].unlink()
    page = _report(station)
    assert page.tags.count("img") == 1
    assert "its hash is another" in page.text
    assert "No such file" in page.text


def test_a_record_without_counters_says_that_missed_triggers_are_unknown(station: Path) -> None:
    """Rather than none."""
    record(station, [item(1, 1, seq=None)])
    assert "missed triggers \N{EN DASH} the PLC sends no counter" in _report(station).text


def test_any_span(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Between two instants; the report's path is what is printed, below the data where nothing else is asked."""
    record(station, [item(number, number) for number in range(1, 10)])
    span = ("--since", "2026-11-25T13:02Z", "--until", "2026-11-25T13:05:00.001Z")
    assert "items 4" in _report(station, *span).text
    capsys.readouterr()
    assert run(["report", str(station), *span]) == 0
    path = Path(capsys.readouterr().out.strip())
    assert path == station / "data" / "reports" / "span-20261125T130200Z-20261125T130500Z.html"
    assert path.is_file()


def test_progress_for_programs(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """JSON lines, the last one with the report's path."""
    record(station, [*(item(number, number) for number in range(1, 400)), ko(400, 470)])
    assert run(["report", str(station), "--shift", SHIFT, "--progress", "json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert lines[0]["step"] == "record"
    assert lines[-2]["done"] == lines[-2]["total"] == 100
    assert lines[-1]["result"]["report"].endswith("shift-2026-11-25-2.html")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--shift", "yesterday"), "'yesterday' names no shift; write last, current, or a day"),
        (("--shift", "2026-11-25/4"), "3 shifts begin on a day, at 06:00, 14:00, 22:00"),
        (("--shift", "2999-01-01/1"), "begins at 2999-01-01 06:00, which is still to come"),
        (("--shift", "last", "--since", "1h"), "give either --shift, or --since and --until"),
        (("--until", "1h"), "--until needs a --since"),
        (("--since", "1h", "--until", "2h"), "nothing is between --since and --until"),
        (("--since", "2020-01-01"), "that is longer than 400 days"),
        (("--out", "nowhere/report.html"), "there is no folder"),
    ],
)
def test_what_cannot_be_asked_for(
    station: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], says: str
) -> None:
    """Exit 2, with what to write instead; no file is made."""
    record(station, [item(1, 1)])
    assert run(["report", str(station), *options]) == 2
    assert says in capsys.readouterr().err
    assert not list(station.rglob("*.html"))


def test_nothing_is_written_where_nothing_was_decided(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --if-any, as at the end of a shift in which the line stood."""
    record(station, [item(1, 600)])
    assert run(["report", str(station), "--shift", SHIFT, "--if-any"]) == 0
    assert capsys.readouterr().out == ""
    assert not list(station.rglob("*.html"))


def test_a_record_that_cannot_be_read(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Told in a line, no report is written."""
    (station / "data" / "store.sqlite").write_bytes(b"no database" * 1000)
    assert run(["report", str(station)]) == 1
    assert "cannot be read: file is not a database" in capsys.readouterr().err


def test_without_a_dashboard_shifts_begin_as_usual(station: Path) -> None:
    """At 06:00, 14:00 and 22:00."""
    (station / "station.toml").write_text(STATION.partition("[dashboard]")[0])
    record(station, [item(1, 1)])
    assert "14:00 \N{EN DASH} 22:00" in _report(station).text


def test_an_item_of_another_form_is_no_reason_to_fail(station: Path) -> None:
    """What a newer okko adds is passed over."""
    record(station, [ko(1, 1)])
    with sqlite3.connect(station / "data" / "store.sqlite") as store:
        (text,) = store.execute("SELECT item FROM items").fetchone()
        newer = {**json.loads(text), "humidity": [1, 2, {"deep": None}]}
        store.execute("UPDATE items SET item = ?", (msgspec.json.encode(newer).decode(),))
    store.close()
    assert "KO 1" in _report(station).text
