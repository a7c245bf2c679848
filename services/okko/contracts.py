"""Every message that travels over the broker: frozen types, encode and decode, and the version of the schema.

Frames are msgpack, everything else is small JSON. Readers ignore fields that they do not know, so that a field can
be added without a new version; a field that changes its meaning raises `SCHEMA`.
"""

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from okko.errors import ContractError

SCHEMA = "1"
"""The version that every message carries as MQTT 5 user property `schema`."""

# msgspec searches with Python's `$`, which also stands before a last line feed: the lookahead forbids it.
ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,199}$(?!\n)"
MAX_SEQ = 2**32 - 1
MAX_NUMBER = 2**53
"""Readers that know only double-precision numbers take no greater one without loss."""

MAX_DEPTH = 32
"""How deep what a PLC or a tool adds on its own may be nested: what is deeper could be read, and not written again."""

Id = Annotated[str, Meta(pattern=ID_PATTERN, description="safe in topics and paths")]
Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$(?!\n)")]
Seq = Annotated[int, Meta(ge=0, le=MAX_SEQ)]
Count = Annotated[int, Meta(ge=0, le=MAX_NUMBER)]
Pixels = Annotated[int, Meta(ge=1, le=65535)]
MonoNs = Annotated[int, Meta(ge=0, le=2**63 - 1, description="ns, CLOCK_MONOTONIC of `boot_id`")]
Milliseconds = Annotated[float, Meta(description="ms")]
Instant = Annotated[str, Meta(max_length=40, description="ISO 8601, UTC")]
Text = Annotated[str, Meta(max_length=4096)]
Hex256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]
Timings = dict[str, float]

VerdictWord = Literal["OK", "KO"]
Reason = Literal[
    "rules",
    "deadline",
    "camera_fault",
    "model_fault",
    "image",
    "overload",
    "late",
    "bad_trigger",
    "recipe",
    "no_model",
]
REASON_CODES: dict[Reason, int] = {
    "rules": 0,
    "deadline": 1,
    "camera_fault": 2,
    "model_fault": 3,
    "image": 4,
    "overload": 5,
    "late": 6,
    "bad_trigger": 7,
    "recipe": 8,
    "no_model": 9,
}
NO_MODEL = "the station has no model: every item is KO no_model"
"""The one reason for `ready` 0 that is as configured: a station that captures a data set."""

GOLDEN_PARTS = "golden parts"
"""How a reason for `ready` 0 begins that only the line can end, by sending the golden parts through."""

Encoding = Literal["jpeg", "png", "raw-bgr8"]
Severity = Literal["info", "warning", "error"]


class Message(Struct, frozen=True):
    """The root of all messages."""


class Trigger(Message, frozen=True, kw_only=True, omit_defaults=True):
    """One part has arrived: please inspect it. Extra keys of the JSON form go to the record."""

    part_id: str = ""
    seq: Seq | None = None
    triggered_at: Instant | None = None
    cameras: tuple[Name, ...] | None = None
    recipe: str | None = None
    extras: dict[str, Any] = {}


class Capture(Message, frozen=True, kw_only=True):
    """The decision agent asks its cameras for one exposure of one item.

    `arrived_mono_ns` is the trigger's arrival and `deadline_mono_ns` its deadline, on the clock of `boot_id`.
    `number` counts the station's items from 1.
    """

    item_id: Id
    number: Count
    shot: Count = 0
    cameras: tuple[Name, ...]
    arrived_mono_ns: MonoNs
    deadline_mono_ns: MonoNs
    boot_id: str


class Fault(Message, frozen=True, kw_only=True):
    """Why there is no frame or no prediction."""

    kind: Literal["camera", "exhausted", "late", "busy", "image", "model", "deadline", "overload"]
    text: Text


class Captured(Message, frozen=True, kw_only=True, omit_defaults=True):
    """A camera has exposed (the part may move on), or could not: then `error` says why."""

    item_id: Id
    camera: Name
    shot: Count = 0
    frame_id: Id | None = None
    captured_at: Instant
    captured_mono_ns: MonoNs
    boot_id: str
    exposure_us: float | None = None
    gain: float | None = None
    error: Fault | None = None


class Frame(Message, frozen=True, kw_only=True, omit_defaults=True):
    """One picture. `data` is a view into the received packet where it was decoded, never a copy."""

    item_id: Id
    camera: Name
    shot: Count = 0
    frame_id: Id
    captured_at: Instant
    captured_mono_ns: MonoNs
    boot_id: str
    deadline_mono_ns: MonoNs
    published_mono_ns: MonoNs
    width_px: Pixels
    height_px: Pixels
    encoding: Encoding
    data: memoryview
    sha256: Hex256
    source: Annotated[str, Meta(max_length=1024)] = ""
    roi: tuple[float, float, float, float] | None = None
    exposure_us: float | None = None
    gain: float | None = None
    timings_ms: Timings = {}


class ModelRef(Message, frozen=True, kw_only=True):
    """Which model made a prediction."""

    name: Name
    version: str
    sha256: Hex256


class Detection(Message, frozen=True, kw_only=True):
    """One thing that was found; `box` is [x0, y0, x1, y1] in 0..1 of the full frame."""

    label: str
    score: float
    box: tuple[float, float, float, float]


class ImageQuality(Message, frozen=True, kw_only=True):
    """What the picture itself is like, in grey: mean 0..255, saturated share 0..1, variance of the Laplacian."""

    mean_brightness: float
    saturated_share: float
    sharpness: float


class PredictionMap(Message, frozen=True, kw_only=True, omit_defaults=True):
    """A small picture of what a model says of each place: classes, or how odd it looks.

    `png` is a PNG of 8-bit grey in base64 and covers `box`, [x0, y0, x1, y1] in 0..1 of the full frame. Of `classes` a
    pixel's value is an index into `labels`, where an empty one means nothing; of `heat` it stands for
    `low + (high - low) * value / 255`.
    """

    kind: Literal["classes", "heat"]
    box: tuple[float, float, float, float]
    png: Annotated[str, Meta(max_length=65536)]
    labels: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 1.0


class Prediction(Message, frozen=True, kw_only=True, omit_defaults=True):
    """What one model says of one frame, or why it can say nothing.

    `areas` are shares, 0..1, of the full frame by label. A part is odd where `anomaly_score` is above
    `anomaly_threshold`, which is the model's own. A prediction with `shadow` has no say in the verdict.
    """

    item_id: Id
    camera: Name
    frame_id: Id
    shot: Count = 0
    model: ModelRef
    task: str
    label: str | None = None
    score: float | None = None
    scores: dict[str, float] | None = None
    detections: tuple[Detection, ...] | None = None
    areas: dict[str, float] | None = None
    anomaly_score: float | None = None
    anomaly_threshold: float | None = None
    map: PredictionMap | None = None
    shadow: bool = False
    image: ImageQuality | None = None
    timings_ms: Timings = {}
    done_mono_ns: MonoNs = 0
    error: Fault | None = None


class Verdict(Message, frozen=True, kw_only=True, omit_defaults=True):
    """OK or KO for one item, once. With `duplicate` it was told before (asked for, triggered again): count it no more.

    `finding` says for people what made it KO. With `borderline` a score was within a rule's `review_margin`, with
    `deadline_met` false it came too late. `latency_ms` is from the trigger's arrival to the decision. With `golden` it
    is of a golden part, no product: it is no yield, and must be as `expected`.
    """

    item_id: Id
    part_id: str
    seq: Seq | None
    verdict: VerdictWord
    reason: Reason
    finding: str | None
    borderline: bool
    triggered_at: Instant
    decided_at: Instant
    latency_ms: Milliseconds
    deadline_met: bool
    duplicate: bool
    recipe: str
    station: str
    golden: bool = False
    expected: VerdictWord | None = None


class Finding(Message, frozen=True, kw_only=True):
    """What one rule says of one item."""

    rule: str
    camera: str | None
    verdict: VerdictWord
    text: str
    reason: Reason = "rules"
    borderline: bool = False


class Item(Verdict, frozen=True, kw_only=True):
    """The whole story of one inspection. `trigger` is as it came: a JSON object, or text."""

    trigger: Any
    number: Count
    findings: tuple[Finding, ...]
    captured: tuple[Captured, ...]
    frame_ids: tuple[Id, ...]
    predictions: tuple[Prediction, ...]
    timings_ms: Timings
    config_sha256: Hex256
    record_seq: Count


class Totals(Message, frozen=True, kw_only=True, omit_defaults=True):
    """What the station has counted since `since`; `missed` are the triggers that `seq` shows were lost.

    `by_reason` counts all verdicts, OK and KO, by their reason; a reason that never occurred does not stand in it.
    Golden parts are counted in `golden` alone.
    """

    total: Count
    ok: Count
    ko: Count
    missed: Count
    by_reason: dict[str, Count]
    since: Instant
    golden: Count = 0


class Receipt(Message, frozen=True, kw_only=True):
    """Ids of items and frames that are safely on the recorder's disk."""

    ids: tuple[Id, ...]
    instance_id: str


class AgentState(Message, frozen=True, kw_only=True):
    """Whether an agent can work, and if not, why. `serves` names what it stands for: a camera, `camera/model`.

    `online`: it can; `faulted`: it runs, and can't; `offline`: it has ended, or the broker has lost it. `config`: the
    hash of that part of the station file which it was started with and cannot change while it runs.
    """

    agent: str
    state: Literal["online", "offline", "faulted"]
    why: str = ""
    instance_id: str
    version: str
    since: Instant
    serves: tuple[str, ...] = ()
    host: str = ""
    pid: Count = 0
    versions: dict[str, str] = {}
    config: str = ""


class Preview(Message, frozen=True, kw_only=True):
    """What a camera sees while it is set up: a small picture, and the figures of the full frame before its `roi`.

    `histogram`: of each colour, how many pixels fall into each of 64 bins of equal width, the dark ones first.
    `mean_brightness` (0..255) and `saturated_share` (0..1, of pixels at 250 and above) are of the grey picture.
    `focus` is greatest where the picture is sharpest (Tenengrad); it compares for one scene and one light.
    """

    camera: str
    at: Instant
    width_px: Count
    height_px: Count
    histogram: dict[str, tuple[Count, ...]]
    mean_brightness: float
    saturated_share: float
    focus: float
    roi: tuple[float, float, float, float] | None = None
    exposure_us: float | None = None
    gain: float | None = None
    source: str = ""
    jpeg_base64: str


class CameraInfo(Message, frozen=True, kw_only=True):
    """One camera of the station as it is configured."""

    name: str
    source: str
    encoding: str
    roi: tuple[float, float, float, float] | None = None


class ModelInfo(Message, frozen=True, kw_only=True):
    """One model of the station as it is configured."""

    name: str
    version: str
    cameras: tuple[str, ...]


class GoldenPartState(Message, frozen=True, kw_only=True, omit_defaults=True):
    """A golden part and what came of its last inspection in this round; nothing, while it is still to come."""

    part_id: str
    expect: VerdictWord
    passed: bool
    got: VerdictWord | None = None
    reason: Reason | None = None
    finding: str | None = None
    item_id: Id | None = None
    at: Instant | None = None


class GoldenRound(Message, frozen=True, kw_only=True, omit_defaults=True):
    """How far the round of golden parts is. `begun_at` and `why`: since when one is due, and what made it so.

    `needed`: `ready` is 0 until all have passed. `passed_at`: since when all of them have; none: they have not.
    """

    needed: bool
    begun_at: Instant
    why: str
    parts: tuple[GoldenPartState, ...]
    passed_at: Instant | None = None


class StationInfo(Message, frozen=True, kw_only=True, omit_defaults=True):
    """The configuration in force, and where the station has golden parts, how far their round is."""

    station: str
    recipe: str
    deadline_ms: Count
    capture_window_ms: Count
    trigger: str
    cameras: tuple[CameraInfo, ...]
    models: tuple[ModelInfo, ...]
    shadows: tuple[ModelInfo, ...] = ()
    rules: tuple[str, ...]
    combine: str
    config_sha256: Hex256
    golden: GoldenRound | None = None


class Percentiles(Message, frozen=True, kw_only=True):
    """A stage's durations over the last few hundred items."""

    p50_ms: float
    p99_ms: float
    n: Count


class Stats(Message, frozen=True, kw_only=True):
    """What an agent has counted since it started, how long its stages take, how full its queues are."""

    agent: str
    instance_id: str
    at: Instant
    uptime_s: float
    rss_bytes: Count
    counters: dict[str, Count]
    stages: dict[str, Percentiles]
    gauges: dict[str, float]


class Event(Message, frozen=True, kw_only=True):
    """Something a person should know."""

    severity: Severity
    code: str
    text: str
    agent: str
    at: Instant
    item_id: str | None = None


class DeadLetter(Message, frozen=True, kw_only=True):
    """A message that could not be read: what it was, and its first 4 kB."""

    agent: str
    topic: str
    error: str
    size_bytes: Count
    sha256: Hex256
    head_base64: str
    at: Instant


class Command(Message, frozen=True, kw_only=True, omit_defaults=True):
    """A question or an order to an agent; `request_id` comes back in the reply."""

    request_id: Annotated[str, Meta(min_length=1, max_length=100)]
    args: dict[str, Any] = {}


class Reply(Message, frozen=True, kw_only=True, omit_defaults=True):
    """The answer to a command."""

    request_id: str
    agent: str
    instance_id: str
    ok: bool
    result: dict[str, Any] = {}
    error: str | None = None


M = TypeVar("M", bound=Message)

_json = msgspec.json.Encoder(decimal_format="number")
_msgpack = msgspec.msgpack.Encoder()


def encode(message: Message) -> bytes:
    """The message as it travels: msgpack for a frame, JSON for everything else."""
    if isinstance(message, Frame):
        return _msgpack.encode(message)
    return _json.encode(message)


@cache
def _decoder(kind: type[M]) -> Callable[[bytes], M]:
    if kind is Frame:
        return msgspec.msgpack.Decoder(kind).decode
    return msgspec.json.Decoder(kind).decode


def decode(kind: type[M], payload: bytes) -> M:
    """The message of type `kind` that `payload` holds.

    Raises:
        ContractError: if it holds none; the text names the field.
    """
    try:
        decoder: Callable[[bytes], M] = _decoder(kind)
        message = decoder(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError, OverflowError) as error:
        raise ContractError(kind.__name__, str(error) or type(error).__name__) from error
    for name in _OPEN_FIELDS.get(kind, ()):
        if not is_shallow(getattr(message, name)):
            raise ContractError(kind.__name__, f"nested deeper than {MAX_DEPTH} - at `$.{name}`")
    return message


_OPEN_FIELDS: dict[type[Message], tuple[str, ...]] = {
    Trigger: ("extras",),
    Item: ("trigger",),
    Command: ("args",),
    Reply: ("result",),
}
"""The fields whose content is others' business."""


def is_shallow(value: Any, depth: int = MAX_DEPTH) -> bool:
    """Whether JSON is nested at most `depth` deep."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return inner is None or (depth > 0 and all(is_shallow(part, depth - 1) for part in inner))


def again(verdict: Verdict) -> Verdict:
    """The same verdict, said to be given again."""
    return msgspec.structs.replace(verdict, duplicate=True)
