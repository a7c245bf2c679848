"""Messages as nobody should send them: lies, bombs, and what hypothesis makes of real ones."""

import json
import struct
import zlib
from dataclasses import dataclass
from typing import Any

import msgspec
from hypothesis import strategies as st

from okko import clock
from okko.documents import examples
from okko.topics import SPECS

NAMES = {"camera": "top", "model": "duck-quality", "agent": "stranger", "verb": "who"}
AGENTS = ("camera-top", "decision", "inference", "recorder", "stranger")
READ = (
    *("trigger", "ask", "capture", "captured_by", "frame", "prediction", "verdict", "item", "receipt"),
    *("record_frame", "record_item", "agent", "stats", "cmd", "reply"),
)
"""The rows of the topic table that some agent subscribes to."""

_HUGE_CLAIMS = (b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff", b"\xdb\xff\xff\xff\xff")
"""The beginnings of a msgpack array, map, byte string and text of four billion."""


@dataclass(frozen=True)
class Poison:
    """One message: the path of its topic, its bytes, its user properties."""

    path: str
    payload: bytes
    user: dict[str, str]


def chunk(kind: bytes, body: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_bomb(width: int, height: int, rows: int) -> bytes:
    """A PNG of one bit a pixel, black, that says it is so large; `rows` of it are really there."""
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    data = zlib.compress(bytes((width + 7) // 8 + 1) * rows, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def jpeg_bomb(width: int, height: int) -> bytes:
    """A JPEG that is nothing but the header of one so large."""
    frame_header = struct.pack(">HBHHB", 17, 8, height, width, 3) + b"\x01\x11\0\x02\x11\1\x03\x11\1"
    return b"\xff\xd8\xff\xc0" + frame_header + b"\xff\xd9"


def frame(number: int, **changed: Any) -> bytes:
    """A frame as the camera would publish it, but for what is changed; no type stops us."""
    now = clock.mono_ns()
    fields = {
        "item_id": f"poison-{number}",
        "camera": "top",
        "frame_id": f"poison-{number}-top",
        "captured_at": clock.utc_now(),
        "captured_mono_ns": now,
        "boot_id": clock.boot_id(),
        "deadline_mono_ns": now + 60_000_000_000,
        "published_mono_ns": now,
        "width_px": 64,
        "height_px": 48,
        "encoding": "png",
        "data": b"",
        "sha256": "0" * 64,
    }
    return msgspec.msgpack.encode(fields | changed)


def path_of(key: str, agent: str = "stranger") -> str:
    """The path of a row, below the station's prefix."""
    return SPECS[key].path.format(**{**NAMES, "agent": agent})


_small = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["top", "duck-quality", "online", "OK", "../x", "\0", "a" * 5000]),
)
_values = st.recursive(
    _small, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)
_sides = st.sampled_from([0, 1, 48, 64, 4096, 65_535, 100_000, 2**31, 2**63])


@st.composite
def _changed(draw: st.DrawFn, key: str) -> bytes:
    """A real message with some fields left out, added or made something else."""
    payload = draw(st.sampled_from(list(examples.of(key.removeprefix("record_")).values()))).payload
    is_frame = key.endswith("frame")
    fields = msgspec.msgpack.decode(payload) if is_frame else json.loads(payload)
    for name in draw(st.lists(st.sampled_from(sorted(fields)), max_size=3)):
        fields.pop(name, None)
    for name in draw(st.lists(st.sampled_from([*fields, "item_id", "camera", "args", "new"]), max_size=3)):
        fields[name] = draw(_values)
    if is_frame:
        return _packed(fields)
    return json.dumps(fields).encode()


def _packed(fields: dict[str, Any]) -> bytes:
    try:
        return msgspec.msgpack.encode(fields)
    except (OverflowError, msgspec.MsgspecError):
        return json.dumps(fields, default=str).encode()


_lying_frames = st.builds(
    lambda number, width, height, encoding, data: frame(
        number, width_px=width, height_px=height, encoding=encoding, data=data
    ),
    st.integers(0, 10**9),
    _sides,
    _sides,
    st.sampled_from(["jpeg", "png", "raw-bgr8", "gif", ""]),
    st.one_of(
        st.binary(max_size=64),
        st.builds(png_bomb, st.integers(0, 65_535), st.integers(0, 65_535), st.integers(0, 50)),
        st.builds(jpeg_bomb, st.integers(0, 65_535), st.integers(0, 65_535)),
        st.just(png_bomb(6_000, 6_000, 6_000)),
    ),
)
_bytes = st.one_of(
    st.binary(max_size=600),
    st.builds(
        lambda unit, times: unit * times, st.sampled_from([b"[", b'{"a":', b"\x91", b"\x81\xa1a"]), st.integers(1, 9000)
    ),
    st.builds(lambda claim, rest: claim + rest, st.sampled_from(_HUGE_CLAIMS), st.binary(max_size=40)),
    st.builds(lambda value: json.dumps(value).encode(), _values),
)


@st.composite
def poisons(draw: st.DrawFn) -> Poison:
    """Any bytes on any topic that an agent reads, more often nearly right than nonsense."""
    key = draw(st.sampled_from(READ))
    nearly_right = [_changed(key)] if examples.of(key.removeprefix("record_")) and key not in ("trigger", "ask") else []
    lies = [_lying_frames] if key.endswith("frame") else []
    payload = draw(st.one_of(*nearly_right, *nearly_right, *lies, _bytes))
    user = draw(st.sampled_from([{}, {}, {}, {"schema": "1"}, {"schema": "99"}, {"schema": ""}]))
    return Poison(path_of(key, draw(st.sampled_from(AGENTS))), payload, user)
