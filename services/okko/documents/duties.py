"""What a PLC and a dashboard do with a topic: the rules that no schema can say, by the name of the operation."""

from collections.abc import Mapping

from okko.topics import SPECS

_READY_S = SPECS["ready"].expiry_s

DUTIES: Mapping[str, str] = {
    "plc_sends_trigger": (
        "Once for each part, while `ready` is 1: the text `seq part_id`, with a `seq` that begins at 1, counts up by "
        "one and outlives the PLC's restart. Only while connected: not retained, not from a queue that was filled "
        "before. The same `seq` and `part_id` within `duplicate_window_ms` (10 s unless the station file says "
        "otherwise) is the same part, and its verdict comes again. A gap in `seq` is counted as `missed`. Without a "
        "`seq` each trigger is a part of its own, whose verdict is told by its part alone. An empty payload is a part"
        " without a name: its verdict has zeros for the `seq` and ends with the space before the part; have no two of"
        " them under way."
    ),
    "plc_receives_captured": (
        "May be read: the part whose `seq` and part stand in it may move. It does not come if a camera fails; the "
        "verdict always does."
    ),
    "plc_receives_verdict_code": (
        "Act on the line whose `seq` (without one: whose part) is awaited, and ignore every other. A line may come "
        "again (asked for, or delivered twice); it never says something else. Silence is KO: where none has come by a"
        " deadline of the PLC's own, longer than the station's `deadline_ms` (the expiry at "
        "`decision_sends_verdict_code` is long enough), the part is rejected. It is not retained: whoever was away "
        "asks."
    ),
    "plc_sends_ask": (
        "After silence, where the verdict must be known: the very payload of the trigger, again until `verdict/code` "
        "answers. The verdict that stands comes again; a part that okko never heard of becomes KO `late`, which then "
        "stands too; a part that is being judged gets no answer but its verdict. A part that was rejected for silence"
        " stays rejected, whatever the answer is."
    ),
    "plc_receives_verdict": (
        "The same as `verdict/code` with more words, for a PLC that reads JSON: one of the two is enough."
    ),
    "plc_receives_ready": (
        f"The interlock, and the only retained topic that a PLC may act on. `0`, none for {_READY_S} s, or no "
        "connection: feed no part. Its expiry sends nothing, so count the time from each message, also where the "
        "value is the same."
    ),
    "anyone_receives_verdict": (
        "Each verdict as it falls. One with `duplicate` true was told before: do not count it. Whoever was away has "
        "missed some, and finds the totals in `count`."
    ),
    "anyone_receives_verdict_last": "For a person who connects late. A machine never acts on it: it may be of any age.",
    "anyone_receives_count": "Retained: comes at once, and again when something was counted. Take totals from here.",
    "anyone_receives_ready": f"`0`, none for {_READY_S} s, or no connection: show the station as not ready.",
    "anyone_receives_agent": (
        "Retained, one message for each agent: subscribe with `+` in the place of its name. When an agent dies, the "
        "broker says `offline` for it. An empty payload takes an agent away."
    ),
}
"""By `<role>_<sends|receives>_<key of the topic>`."""
