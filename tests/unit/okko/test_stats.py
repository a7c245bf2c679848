import msgspec

from okko import contracts as c
from okko.stats import StatsBook


def test_a_gauge_that_is_yes_or_no_travels_as_a_number() -> None:
    """A reader that expects numbers takes the stats of an agent whose gauge was set to a boolean."""
    book = StatsBook()
    book.gauge("ready", True)  # noqa: FBT003 - as an agent that has a yes or no to tell sets it

    travelled = msgspec.json.decode(msgspec.json.encode(book.gauges), type=dict[str, float])

    assert travelled == {"ready": 1.0}
    assert c.decode(c.Stats, c.encode(_stats(book))).gauges == travelled


def _stats(book: StatsBook) -> c.Stats:
    return c.Stats(
        agent="decision",
        instance_id="x",
        at="2026-11-23T00:00:00.000Z",
        uptime_s=1.0,
        rss_bytes=1,
        counters={},
        stages={},
        gauges=book.gauges,
    )
