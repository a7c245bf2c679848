from hypothesis import given
from hypothesis import strategies as st

from okko.topics import TABLE
from okko.watch.seen import AGENTS_KEPT, FRAMES_WAITING, VERDICTS_KEPT
from watched import finding, frame, item, now, running, seen, state, stats, tell, verdict


def test_a_verdict_is_given_once() -> None:
    """As `verdict`, not as the last that the broker kept, and not again as a duplicate."""
    look = seen()
    assert tell(look, verdict(1), "verdict/last") is None
    assert tell(look, verdict(1), "verdict") == verdict(1)
    assert tell(look, verdict(1, duplicate=True), "verdict") is None
    assert [shown.duplicate for shown in look.verdicts] == [False, True]
    assert look.tally.total == 1


def test_ready_lasts_three_seconds() -> None:
    """Silence is not ready."""
    look = running(seen())
    assert look.is_ready(now(2.9))
    assert not look.is_ready(now(3.1))
    tell(look, b"0", "ready", 4)
    assert not look.is_ready(now(4))
    assert look.has_ready(now(4))


def test_an_agent_that_does_not_tell_its_stats_is_silent() -> None:
    """Whatever its last state says."""
    look = running(seen())
    tell(look, stats("decision", 10.0), "stats/decision", 3)
    assert not look.is_silent("decision", now(6))
    assert look.is_silent("recorder", now(6))


def test_a_rate_is_made_of_an_agents_own_counters() -> None:
    """Two stats of one instance; a new instance begins anew."""
    look = seen()
    tell(look, stats("decision", 10.0, triggers=100), "stats/decision")
    assert look.rates == {}
    tell(look, stats("decision", 12.0, triggers=110), "stats/decision")
    assert look.rates == {"decision": 5.0}
    tell(look, stats("decision", 1.0, triggers=1), "stats/decision")
    assert look.rates == {}


def test_items_a_minute_are_of_the_last_minute() -> None:
    """Known after two seconds; what is older than a minute is past."""
    look = seen()
    for number in range(10):
        tell(look, verdict(number), "verdict", number / 10)
    assert look.items_per_minute(now(1)) is None
    assert look.items_per_minute(now(10)) == 60
    assert look.items_per_minute(now(60.55)) == 4
    assert look.items_per_minute(now(100)) == 0


def test_a_picture_is_shown_with_what_was_found_in_it() -> None:
    """Each camera's own finding: a scratch on the right is none on the left."""
    look = seen()
    for camera in ("left", "right", "stranger"):
        tell(look, frame("item-1", camera), f"frame/{camera}")
    assert look.shots == {}
    tell(look, item(verdict(1, "KO"), finding("left", "OK", "fine"), finding("right", "KO", "scratch")), "item")
    assert {camera: (shot.word, shot.finding) for camera, shot in look.shots.items()} == {
        "left": ("OK", ""),
        "right": ("KO", "scratch"),
    }


def test_a_station_whose_decision_agent_ended_is_not_ready() -> None:
    """Its last word stays with the broker for three seconds more."""
    look = running(seen())
    assert look.is_ready(now(1))
    tell(look, state("decision", "offline"), "agent/decision", 1)
    assert not look.is_ready(now(1))


def test_a_frame_that_comes_after_its_item_is_shown_too() -> None:
    """Frames come over a connection of their own: on a slow line there is no next part to make up for one."""
    look = seen("left")
    tell(look, item(verdict(1, "KO"), finding("left", "KO")), "item")
    tell(look, frame("item-1"), "frame/left")
    assert look.shots["left"].frame.item_id == "item-1"
    assert look.shots["left"].word == "KO"


def test_frames_do_not_pile_up() -> None:
    """Without verdicts the oldest are let go."""
    look = seen()
    for number in range(FRAMES_WAITING + 1):
        tell(look, frame(f"item-{number}"), "frame/left")
    tell(look, item(verdict(0)), "item")
    assert look.shots == {}
    tell(look, item(verdict(1)), "item")
    assert look.shots["left"].part_id == "duck-1"


def test_nothing_piles_up() -> None:
    """A stranger who invents agents, or a PLC that triggers for days."""
    look = seen()
    for number in range(AGENTS_KEPT + 10):
        tell(look, state(f"agent-{number}"), f"agent/agent-{number}")
        tell(look, stats(f"agent-{number}", 1.0), f"stats/agent-{number}")
    for number in range(VERDICTS_KEPT + 10):
        tell(look, verdict(number), "verdict")
    assert (len(look.states), len(look.stats), len(look.verdicts)) == (AGENTS_KEPT, AGENTS_KEPT, VERDICTS_KEPT)
    tell(look, b"", "agent/agent-0")
    assert "agent-0" not in look.states


@given(st.sampled_from(TABLE), st.one_of(st.binary(max_size=64), st.sampled_from([b"{}", b"null", b"\x80", b"[" * 64])))
def test_garbage_on_any_topic_is_counted_and_changes_nothing(spec: object, payload: bytes) -> None:
    """What cannot be read is the agents' business to tell."""
    path = spec.path.format(camera="left", model="m", agent="decision", verb="v")  # type: ignore[attr-defined] # a row
    look = seen()
    tell(look, payload, path)
    assert not look.verdicts
    assert not look.states
    assert not look.shots


def test_what_is_larger_than_its_topic_carries_is_not_read() -> None:
    """The bound of the table holds for tools too."""
    look = seen()
    tell(look, verdict(1, finding="x" * 70_000), "verdict")
    assert (look.unread, list(look.verdicts)) == (1, [])
