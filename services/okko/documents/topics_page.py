"""The table of topics for people: as a page of Markdown, and as lines of a terminal."""

from okko.documents.markdown import code
from okko.documents.markdown import table as markdown_table
from okko.topics import AGENTS, TABLE, TopicSpec

_INTRO = """
# Topics

`{base}` is the station's prefix: `okko/v1/<site>/<line>/<name>` unless `base` under `[station]` says
otherwise. It stands before every topic on this page. What a PLC writes and reads:
[how-to/plc.md](../how-to/plc.md). The same for programs: [asyncapi.json](asyncapi.json), an AsyncAPI 3.0
document with an example of each message, and [schemas.json](schemas.json), JSON Schemas of the messages.

Text is UTF-8. *Expiry* is how long the broker keeps a message for a reader that is away, or a retained one
for readers to come. A reader takes no message that is larger than *at most*; what it cannot read becomes a
dead letter.
"""


def page(base: str = "{base}") -> str:
    """docs/reference/topics.md; with a `base`, the topics of that station."""
    rows = [
        (
            code(f"{base}/{spec.path}"),
            spec.about,
            ", ".join(spec.publishers),
            ", ".join(spec.readers),
            _payload(spec),
            str(spec.qos),
            "yes" if spec.retain else "",
            _expiry(spec),
            _size(spec.max_bytes),
        )
        for spec in TABLE
    ]
    heads = ("topic", "what", "from", "to", "payload", "QoS", "retained", "expiry", "at most")
    return f"{_INTRO.strip()}\n\n{markdown_table(heads, rows)}"


def lines(base: str = "{base}") -> str:
    """The topics in columns below their prefix, as wide as they need."""
    heads = ("TOPIC", "FROM", "TO", "PAYLOAD", "QOS", "RETAINED", "EXPIRY", "WHAT")
    rows = [
        (
            spec.path,
            _roles(spec.publishers),
            _roles(spec.readers),
            _plain_payload(spec),
            str(spec.qos),
            "yes" if spec.retain else "-",
            _expiry(spec) or "-",
            spec.about,
        )
        for spec in TABLE
    ]
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    columns = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (heads, *rows)
    )
    return "\n".join((f"below {base}/", "", *columns))


def _roles(roles: tuple[str, ...]) -> str:
    return "agents" if roles == AGENTS else ", ".join(roles)


def _plain_payload(spec: TopicSpec) -> str:
    if spec.payload is None:
        return "text or JSON" if spec.key in {"trigger", "ask"} else "text"
    return f"{spec.payload.__name__} ({'msgpack' if 'msgpack' in spec.content_type else 'JSON'})"


def _payload(spec: TopicSpec) -> str:
    if spec.key in {"trigger", "ask"}:
        return "text, or [Trigger](messages.md#trigger)"
    if spec.payload is None:
        return "[text](../how-to/plc.md)" if "plc" in spec.publishers + spec.readers else "text"
    name = spec.payload.__name__
    return f"[{name}](messages.md#{name.lower()})"


def _expiry(spec: TopicSpec) -> str:
    if spec.expiry_after_deadline_s is not None:
        more = spec.expiry_after_deadline_s
        return f"deadline + {more} s" if more else "deadline"
    return f"{spec.expiry_s} s" if spec.expiry_s is not None else ""


def _size(size_bytes: int) -> str:
    kib = size_bytes // 1024
    return f"{kib // 1024} MiB" if kib >= 1024 else f"{kib} KiB"  # noqa: PLR2004 - KiB in a MiB
