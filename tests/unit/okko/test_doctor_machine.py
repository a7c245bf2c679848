"""What the doctor says of clocks, disk, cameras, models and the machine: tables, and a look at what is there."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from okko import clock
from okko import contracts as c
from okko.doctor import cameras, clocks, disk, machine, models, retention
from okko.doctor.examine import hosts_elsewhere
from okko.doctor.finding import Finding, Severity
from okko.doctor.frames import FrameSize, largest_file, sizes
from okko.doctor.retention import Growth, Limits
from okko.station import Station, load
from recorder.store import Store

GRAVE, WARNING, NOTE, GOOD = Severity.GRAVE, Severity.WARNING, Severity.NOTE, Severity.GOOD
NOW_S = 1_800_000_000.0
"""An instant in 2027."""


def worst(findings: list[Finding], word: str = "") -> Severity:
    """How bad the worst finding is that has a word; GOOD where there is none."""
    return max((finding.severity for finding in findings if word in finding.what), default=GOOD)


# -- clocks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "severity"),
    [
        (clocks.ClockSeen(NOW_S, synchronised=True), GOOD),
        (clocks.ClockSeen(NOW_S, synchronised=False), NOTE),
        (clocks.ClockSeen(NOW_S, None), NOTE),
        (clocks.ClockSeen(0.0, synchronised=False), WARNING),
    ],
)
def test_the_wall_clock(seen: clocks.ClockSeen, severity: Severity) -> None:
    """A box in 1970 is a warning: verdicts go by the monotonic clock all the same."""
    assert worst(list(clocks.judge(seen, {}, frozenset()))) == severity


@pytest.mark.parametrize(
    ("at", "live", "words"),
    [
        (clock.utc_text(int((NOW_S + 4) * 1e9)), True, None),
        (clock.utc_text(int((NOW_S + 60) * 1e9)), True, "60 s ahead"),
        (clock.utc_text(int((NOW_S - 60) * 1e9)), True, "60 s behind"),
        (clock.utc_text(int((NOW_S - 60) * 1e9)), False, None),  # kept from before
        ("yesterday", True, None),
    ],
)
def test_clocks_of_agents(at: str, live: bool, words: str | None) -> None:
    """Apart by more than messages take is a warning; what was retained tells no time."""
    stats = c.Stats(agent="x", instance_id="i", at=at, uptime_s=1.0, rss_bytes=1, counters={}, stages={}, gauges={})
    seen = clocks.ClockSeen(NOW_S, synchronised=True)
    found = [f for f in clocks.judge(seen, {"x": stats}, frozenset({"x"} if live else ())) if f.severity is WARNING]
    assert [words is not None and words in f.what for f in found] == ([True] if words else [])


def test_this_machines_clock_can_be_looked_at() -> None:
    """Without privileges: nothing is set."""
    assert clocks.look().unix_s > 0


# -- disk --------------------------------------------------------------------------------------------------------------

GB = 1_000_000_000
DISK = disk.DiskSeen(Path("/d"), 100 * GB, 50 * GB, 1000, 900, "sda", sync_p50_ms=2.0)
GROWTH = Growth(kept_bytes=GB, span_s=86_400, images_bytes=GB, rows_bytes=GB // 10_000)
STORE = disk.StoreSeen(1000, 1000, sound=True, growth=GROWTH)
LIMITS = Limits(max_bytes=None, min_free_percent=5.0, rows_days=None)


@pytest.mark.parametrize(
    ("seen", "severity", "word"),
    [
        (DISK, GOOD, "full up to min_free_percent in 45.0 days"),
        (replace(DISK, free_bytes=6 * GB), GOOD, ""),
        (replace(DISK, free_bytes=4 * GB), WARNING, "free"),
        (replace(DISK, total_bytes=2 * GB, free_bytes=GB - 1), WARNING, "free"),
        (replace(DISK, free_bytes=GB // 4 - 1), GRAVE, "soon nothing is recorded"),
        (replace(DISK, total_bytes=0, free_bytes=0), GRAVE, "soon nothing is recorded"),
        (replace(DISK, free_inodes=49), WARNING, "49 more files"),
        (replace(DISK, inodes=0, free_inodes=0), GOOD, ""),  # a file system without inodes
        (replace(DISK, sync_p50_ms=60.0), NOTE, "slow"),
        (replace(DISK, sync_p50_ms=600.0), WARNING, "very slow"),
        (replace(DISK, sync_p50_ms=None, error="Read-only file system"), GRAVE, "Read-only file system"),
        (replace(DISK, sync_p50_ms=None, error="denied", only_not_ours=True), WARNING, "this user may not"),
        (replace(DISK, is_card=True), NOTE, "SD card"),
        (replace(DISK, on_card=("journal",)), NOTE, "the journal is on an SD card"),
        (replace(DISK, store=None), NOTE, "nothing is recorded yet"),
        (replace(DISK, store=replace(STORE, sound=None)), NOTE, "too much to look through"),
        (replace(DISK, store=replace(STORE, error="malformed", remedy="r")), GRAVE, "malformed"),
        (replace(DISK, store=replace(STORE, wal_bytes=300_000_000)), WARNING, "write-ahead log"),
    ],
)
def test_disks(seen: disk.DiskSeen, severity: Severity, word: str) -> None:
    """What stops the record is grave, what will one day a warning; each bad finding has a remedy."""
    looked_at = seen if seen.store is not None or word == "nothing is recorded yet" else replace(seen, store=STORE)
    findings = list(disk.judge(looked_at, LIMITS))
    assert max(f.severity for f in findings) == severity
    assert worst(findings, word) == severity
    assert all(f.remedy for f in findings if f.severity in {WARNING, GRAVE})


def test_a_station_that_records_nothing_misses_no_store() -> None:
    """No [recorder]."""
    assert list(disk.judge(DISK, None)) == list(disk.judge(replace(DISK, store=STORE), None))


@pytest.mark.parametrize(
    ("limits", "growth", "severity", "word"),
    [
        (LIMITS, None, NOTE, "too little is recorded yet"),
        (LIMITS, replace(GROWTH, span_s=9.0), NOTE, "too little is recorded yet"),
        (LIMITS, replace(GROWTH, span_s=86_400 * 1000), GOOD, "room for ten years"),
        (LIMITS, replace(GROWTH, images_bytes=10 * GB), GOOD, "full up to min_free_percent in 4.5 days"),
        (replace(LIMITS, max_bytes=GB), GROWTH, GOOD, "full up to max_bytes: the oldest images make room"),
        (
            replace(LIMITS, max_bytes=3 * GB),
            GROWTH,
            GOOD,
            "full up to max_bytes in 2.0 days, at the rate of the last 24",
        ),
        (replace(LIMITS, max_bytes=96 * GB), GROWTH, WARNING, "more than this disk can hold"),
        (replace(LIMITS, min_free_percent=0), GROWTH, WARNING, "nothing is ever removed"),
        (LIMITS, replace(GROWTH, rows_bytes=GB), WARNING, "fill this disk in 46 days"),
        (replace(LIMITS, rows_days=30), replace(GROWTH, rows_bytes=GB), GOOD, "full up to min_free_percent in 22.5"),
    ],
)
def test_how_long_the_disk_lasts(limits: Limits, growth: Growth | None, severity: Severity, word: str) -> None:
    """At the present rate; and limits that cannot hold are told with what to write instead."""
    findings = list(retention.judge(limits, growth, free_bytes=50 * GB, total_bytes=100 * GB))
    assert worst(findings, word) == severity
    assert all(f.remedy for f in findings if f.severity in {WARNING, GRAVE})


def test_a_folder_that_is_not_there_yet_is_looked_at_where_it_will_be(tmp_path: Path) -> None:
    """And what the speed was tried with is gone again."""
    seen = disk.look(tmp_path / "data" / "deep", {"journal": tmp_path / "journal"})
    assert seen.total_bytes >= seen.free_bytes > 0
    assert seen.sync_p50_ms is not None
    assert seen.store is None
    assert list(tmp_path.iterdir()) == []


def test_a_sound_store_is_sound_and_left_as_it_is(tmp_path: Path) -> None:
    """Read beside a recorder that has it open, which can write on."""
    store = Store.open(tmp_path)
    content = (tmp_path / "store.sqlite").read_bytes()
    seen = disk.look_at_store(tmp_path)
    assert (tmp_path / "store.sqlite").read_bytes() == content
    store.add([], [])
    store.close()
    assert seen is not None
    assert (seen.sound, seen.error, seen.frames) == (True, "", ())


@pytest.mark.parametrize("how", ["torn", "foreign", "other"])
def test_a_store_that_is_broken_is_told(tmp_path: Path, how: str) -> None:
    """Torn pages, no database at all, somebody else's database: an error with its remedy, never a crash."""
    file = tmp_path / "store.sqlite"
    if how == "torn":
        Store.open(tmp_path).close()
        content = file.read_bytes()
        file.write_bytes(content[:8192] + b"\xa5" * (len(content) - 8192))
    elif how == "other":
        connection = sqlite3.connect(file)
        connection.execute("CREATE TABLE others (x)")
        connection.close()
    else:
        file.write_bytes(b"no database" * 1000)
    seen = disk.look_at_store(tmp_path)
    assert seen is not None
    assert seen.sound is not True
    assert seen.error
    assert seen.remedy


# -- cameras and their frames ------------------------------------------------------------------------------------------

ONE_CAMERA = """
[station]
site = "a"
line = "b"
name = "c"
[[camera]]
name = "top"
source = {source}
{more}
"""


def station(folder: Path, source: str, more: str = "") -> Station:
    """A station with one camera."""
    (folder / "station.toml").write_text(ONE_CAMERA.format(source=source, more=more))
    return load(folder)


@pytest.mark.parametrize(
    ("state", "severity"),
    [("there", GOOD), ("unknown", NOTE), ("missing", GRAVE), ("not allowed", GRAVE), ("no library", GRAVE)],
)
@pytest.mark.parametrize("kind", ["usb", "video", "picamera2", "folder", "gpio"])
def test_what_a_camera_needs(kind: str, state: cameras.State, severity: Severity) -> None:
    """Each kind of source has a remedy for each thing that may be missing."""
    if kind == "folder" and state == "no library":
        return  # it says `unknown`: JPEG and PNG need none
    finding = cameras.judge(cameras.CameraSeen("top", kind, "something", state))
    assert finding.severity is severity
    assert bool(finding.remedy) == (severity is GRAVE)


@pytest.mark.parametrize(
    ("source", "state", "words"),
    [
        ('{ kind = "simulator" }', "there", "nothing"),
        ('{ kind = "folder", path = "full" }', "there", "12 bytes"),
        ('{ kind = "folder", path = "empty" }', "missing", "no picture"),
        ('{ kind = "folder", path = "nowhere" }', "missing", "no folder"),
        ('{ kind = "video", path = "film.mp4" }', "there", "film.mp4"),
        ('{ kind = "video", path = "other.mp4" }', "missing", "other.mp4"),
        ('{ kind = "video", url = "rtsp://me:secret@cam/1" }', "unknown", "stream"),
        ('{ kind = "usb", device = 250 }', "missing", "/dev/video250"),
        ('{ kind = "usb", device = "/dev/null" }', "there", "not opened"),
    ],
)
def test_a_look_at_cameras(tmp_path: Path, source: str, state: str, words: str) -> None:
    """Files and device nodes; nothing is opened, no password is told."""
    for name in ("full", "empty"):
        (tmp_path / name).mkdir()
    (tmp_path / "full" / "a.jpg").write_bytes(b"\xff\xd8 a picture")
    (tmp_path / "film.mp4").write_bytes(b"film")
    (seen,) = cameras.look(station(tmp_path, source))
    assert (seen.name, seen.state, words in seen.what) == ("top", state, True), seen
    assert "secret" not in seen.what


@pytest.mark.parametrize(
    ("source", "more", "recorded", "expected"),
    [
        (
            '{ kind = "simulator", width_px = 100, height_px = 100 }',
            'encoding = { kind = "raw-bgr8" }',
            {"top": 1},
            (30_000, 32_048),
        ),
        (
            '{ kind = "simulator", width_px = 100, height_px = 100 }',
            'encoding = { kind = "raw-bgr8" }\nroi = [0.0, 0.0, 0.5, 0.5]',
            {},
            (7_500, 9_548),
        ),
        ('{ kind = "simulator" }', 'encoding = { kind = "jpeg", quality = 90 }', {}, (15_360, 217_088)),
        ('{ kind = "simulator" }', 'encoding = { kind = "jpeg", quality = 90 }', {"top": 70_000}, (70_000, 72_048)),
        ('{ kind = "simulator" }', 'encoding = { kind = "png" }', {"other": 1}, (153_600, 923_648)),
        ('{ kind = "usb" }', "", {}, None),
        ('{ kind = "usb" }', "", {"top": 5}, (5, 2053)),
        (
            '{ kind = "usb", width_px = 100, height_px = 100 }',
            'encoding = { kind = "jpeg", quality = 1 }',
            {},
            (500, 5548),
        ),
        ('{ kind = "folder", path = "." }', "", {"top": 5}, (12, 2060)),
        ('{ kind = "folder", path = "none" }', "", {}, None),
    ],
)
def test_how_large_frames_are(
    tmp_path: Path, source: str, more: str, recorded: dict[str, int], expected: tuple[int, int] | None
) -> None:
    """Exact for raw pixels and files, as recorded for others, reckoned where nothing is recorded yet."""
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8 a picture")
    (size,) = sizes(station(tmp_path, source, more), recorded)
    assert (size and (size.low_bytes, size.high_bytes)) == expected
    assert size is None or isinstance(size, FrameSize)


def test_only_pictures_that_are_published_as_they_are_count(tmp_path: Path) -> None:
    """A BMP is packed anew; another file is none."""
    (tmp_path / "a.bmp").write_bytes(bytes(1000))
    assert largest_file(tmp_path) is None
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "b.PNG").write_bytes(bytes(10))
    assert largest_file(tmp_path) == 10


def test_agents_on_other_machines_are_named_with_their_host() -> None:
    """Not those that are gone, nor those that do not say."""
    online = c.AgentState(agent="x", state="online", instance_id="i", version="1", since="")
    states = {
        "here": msgspec.structs.replace(online, host="box"),
        "there": msgspec.structs.replace(online, host="pi"),
        "ill": msgspec.structs.replace(online, host="pi2", state="faulted"),
        "gone": msgspec.structs.replace(online, host="pi", state="offline"),
        "silent": online,
    }
    assert hosts_elsewhere(states, "box") == {"there": "pi", "ill": "pi2"}


# -- models ------------------------------------------------------------------------------------------------------------

MODEL = models.ModelSeen("m", "1", cameras={"inference": 1}, threads=1, labels=2, run_p50_ms=10.0)


@pytest.mark.parametrize(
    ("seen", "severity", "word"),
    [
        ((MODEL,), GOOD, "10.0 ms"),
        (None, NOTE, "LiteRT"),
        ((replace(MODEL, error="damaged", run_p50_ms=None),), GRAVE, "damaged"),
        ((replace(MODEL, run_p50_ms=101.0),), GRAVE, "longer than the deadline"),
        ((replace(MODEL, run_p50_ms=51.0),), WARNING, "51 ms of inference"),
        ((replace(MODEL, run_p50_ms=20.0, cameras={"inference": 3}),), WARNING, "60 ms of inference"),
        ((replace(MODEL, run_p50_ms=20.0, cameras={"a": 2, "b": 1}),), GOOD, ""),
        ((replace(MODEL, run_p50_ms=20.0, cameras={"a": 1, "b": 3}),), WARNING, "60 ms of inference in all in b"),
        ((replace(MODEL, threads=5),), WARNING, "5 threads"),
        ((replace(MODEL, threads=4),), GOOD, ""),
        ((replace(MODEL, labels=0),), NOTE, "no labels"),
    ],
)
def test_models(seen: tuple[models.ModelSeen, ...] | None, severity: Severity, word: str) -> None:
    """Against a deadline of 100 ms and 4 cores."""
    findings = list(models.judge(seen, deadline_ms=100, cores=4, configured=1))
    assert max(f.severity for f in findings) == severity
    assert any(word in f.what for f in findings if f.severity is severity)
    assert all(f.remedy for f in findings if f.severity in {WARNING, GRAVE})


def test_a_station_without_a_model_is_told_what_that_means() -> None:
    """Whether or not LiteRT is there."""
    for seen in ((), None):
        (finding,) = models.judge(seen, deadline_ms=100, cores=4, configured=0)
        assert finding.severity is NOTE
        assert "no_model" in finding.what


# -- machine -----------------------------------------------------------------------------------------------------------

MACHINE = machine.MachineSeen(4, 1.0, 8 * GB, 4 * GB, 50.0, frozenset({"ondemand"}), 0)


@pytest.mark.parametrize(
    ("seen", "severity", "word"),
    [
        (MACHINE, GOOD, ""),
        (replace(MACHINE, load_1min=6.0), GOOD, ""),
        (replace(MACHINE, load_1min=6.1), WARNING, "wait for each other"),
        (replace(MACHINE, available_bytes=100_000_000), WARNING, "100 MB"),
        (replace(MACHINE, available_bytes=None), NOTE, "memory"),
        (replace(MACHINE, temperature_c=80.0), WARNING, "80 C"),
        (replace(MACHINE, temperature_c=None), NOTE, "temperature"),
        (replace(MACHINE, governors=frozenset({"powersave", "ondemand"})), WARNING, "powersave"),
        (replace(MACHINE, throttled=None), GOOD, ""),
        (replace(MACHINE, throttled=0x1), WARNING, "voltage is too low just now"),
        (replace(MACHINE, throttled=0x10000), WARNING, "voltage was too low"),
        (replace(MACHINE, throttled=0x4), WARNING, "slowed down just now"),
        (replace(MACHINE, throttled=0x40000), NOTE, "was slowed down"),
        (replace(MACHINE, throttled=0x50005), WARNING, "slowed down just now"),
    ],
)
def test_machines(seen: machine.MachineSeen, severity: Severity, word: str) -> None:
    """Nothing of the machine is grave by itself; it is told what it costs."""
    findings = list(machine.judge(seen))
    assert max(f.severity for f in findings) == severity
    assert worst(findings, word) == severity


def test_this_machine_can_be_looked_at() -> None:
    """Whatever it tells."""
    seen = machine.look()
    assert seen.cores >= 1
    assert seen.load_1min >= 0
