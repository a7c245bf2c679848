"""From messages to rows: pure, and the place where a message that cannot be kept is refused."""

import hashlib
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from operator import attrgetter

import msgspec

from okko import contracts as c
from okko.clock import parse_utc
from okko.errors import ContractError
from recorder.annotations import AnnotateEntry
from recorder.facts import NO_FACTS, Facts, facts_of
from recorder.labels import LabelEntry, LabelsEntry

MAX_INTEGER = 2**63 - 1
"""What an SQLite integer holds at most."""

BYTES_PER_PIXEL = 3

LOST = ("missing", "damaged")
"""Why an image is gone that nobody wanted to go: if its camera still has it, it is taken again."""

_EXTENSIONS: dict[c.Encoding, str] = {"jpeg": "jpg", "png": "png", "raw-bgr8": "bmp"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One row of the table `items`, and what else of it stands in the table `facts`.

    `cameras` has a space before and after each name, so that `instr` finds whole names.
    """

    item_id: str
    record_seq: int
    verdict: str
    reason: str
    part_id: str
    seq: int | None
    decided_ms: int
    latency_ms: float
    borderline: int
    cameras: str
    item: str
    golden: int = 0
    facts: Facts = NO_FACTS


@dataclass(frozen=True, slots=True)
class FrameRow:
    """One row of the table `frames`.

    `path` is relative to the data folder; `sha256` and `size_bytes` are those of the file, `frame_sha256` that of the
    frame's data (another one only where the file is a BMP made from raw pixels).
    """

    frame_id: str
    item_id: str
    camera: str
    shot: int
    captured_ms: int
    path: str
    size_bytes: int
    sha256: str
    frame_sha256: str
    source: str
    encoding: str
    width_px: int
    height_px: int
    roi: str | None
    exposure_us: float | None
    gain: float | None


@dataclass(frozen=True, slots=True)
class ItemEntry:
    """An item on its way to the disk."""

    row: ItemRow
    size_bytes: int


@dataclass(frozen=True, slots=True)
class FrameEntry:
    """A frame on its way to the disk; its file's size and hash are known once the file is made."""

    frame: c.Frame
    path: str
    captured_ms: int
    size_bytes: int


Entry = ItemEntry | FrameEntry | LabelEntry | LabelsEntry | AnnotateEntry


def read_item(payload: bytes) -> ItemEntry:
    """The item that `payload` holds, to be kept byte for byte.

    Raises:
        ContractError: if it holds none.
    """
    item = c.decode(c.Item, payload)
    try:
        text = payload.decode()
    except UnicodeDecodeError as error:
        raise ContractError("Item", str(error)) from error
    return ItemEntry(item_row(item, text), len(payload))


def item_row(item: c.Item, text: str) -> ItemRow:
    """The row of an item that came as `text`.

    Raises:
        ContractError: if a number or an instant cannot be kept.
    """
    return ItemRow(
        item_id=item.item_id,
        record_seq=_integer("Item", "record_seq", item.record_seq),
        verdict=item.verdict,
        reason=item.reason,
        part_id=item.part_id,
        seq=item.seq,
        decided_ms=_unix_ms("Item", "decided_at", item.decided_at),
        latency_ms=item.latency_ms,
        borderline=int(item.borderline),
        cameras=_cameras(item),
        item=text,
        golden=int(item.golden),
        facts=facts_of(item),
    )


def read_frame(payload: bytes, camera: str) -> FrameEntry:
    """The frame that `payload` holds, which came on the topic of `camera`.

    Raises:
        ContractError: if it holds none, if it is of another camera, or if its data are not what it says they are.
    """
    frame = c.decode(c.Frame, payload)
    if frame.camera != camera:
        raise ContractError("Frame", f"camera {frame.camera!r} on the topic of {camera!r}")
    _integer("Frame", "shot", frame.shot)
    captured_ms = _unix_ms("Frame", "captured_at", frame.captured_at)
    expected = frame.width_px * frame.height_px * BYTES_PER_PIXEL
    if frame.encoding == "raw-bgr8" and frame.data.nbytes != expected:
        raise ContractError(
            "Frame", f"data: {frame.width_px}x{frame.height_px} raw-bgr8 is {expected} bytes, not {frame.data.nbytes}"
        )
    found = hashlib.sha256(frame.data).hexdigest()
    if found != frame.sha256:
        raise ContractError("Frame", f"sha256: says {frame.sha256}, the data are {found}")
    return FrameEntry(frame, image_path(frame.frame_id, frame.encoding, captured_ms), captured_ms, len(payload))


def image_path(frame_id: str, encoding: c.Encoding, captured_ms: int) -> str:
    """Where a frame's file belongs, relative to the data folder: `images/2026-11-23/02/<frame_id>.jpg` (UTC)."""
    seconds = captured_ms // 1000
    hour = datetime.fromtimestamp(seconds, UTC)
    # Not strftime: it writes years before 1000 without their zeros.
    return f"images/{hour.date().isoformat()}/{hour.hour:02d}/{frame_id}.{_EXTENSIONS[encoding]}"


def frame_row(entry: FrameEntry, size_bytes: int, sha256: str) -> FrameRow:
    """The row of a frame whose file has this size and hash."""
    frame = entry.frame
    return FrameRow(
        frame_id=frame.frame_id,
        item_id=frame.item_id,
        camera=frame.camera,
        shot=frame.shot,
        captured_ms=entry.captured_ms,
        path=entry.path,
        size_bytes=size_bytes,
        sha256=sha256,
        frame_sha256=frame.sha256,
        source=frame.source,
        encoding=frame.encoding,
        width_px=frame.width_px,
        height_px=frame.height_px,
        roi=None if frame.roi is None else msgspec.json.encode(frame.roi).decode(),
        exposure_us=frame.exposure_us,
        gain=frame.gain,
    )


frame_values = attrgetter(*(field.name for field in fields(FrameRow)))
"""The values of a row, in the order of its fields."""


def unix_ms(instant: datetime) -> int:
    """An instant in whole milliseconds since 1970, rounded down."""
    since = instant - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000


def _unix_ms(message: str, key: str, text: str) -> int:
    try:
        return unix_ms(parse_utc(text))
    except (ValueError, OverflowError) as error:
        raise ContractError(message, f"{key}: {error}") from error


def _integer(message: str, key: str, value: int) -> int:
    if value > MAX_INTEGER:
        raise ContractError(message, f"{key}: {value} is too large to be kept")
    return value


def _cameras(item: c.Item) -> str:
    """Every camera that had a part in the item, also one that failed: that is what people look for."""
    names = {captured.camera for captured in item.captured} | {prediction.camera for prediction in item.predictions}
    names |= {finding.camera for finding in item.findings if finding.camera}
    return f" {' '.join(sorted(names))} "
