"""Who is asked to begin anew after another station file has come, and until when."""

from decision_agent.rollout import ASK_AGAIN_NS, LISTEN_NS, PATIENCE_NS, Rollout
from okko.contracts import AgentState

WANTED = {"camera-top": "new", "recorder": "new", "inference": "same"}
LATER = LISTEN_NS + 1


def rollout() -> Rollout:
    """It began at 0."""
    return Rollout(lambda agent: WANTED.get(agent, ""), 0)


def states(*given: tuple[str, str, str, str]) -> dict[str, AgentState]:
    """Agents by name, instance, configuration and state."""
    return {
        agent: AgentState(
            agent=agent,
            state=state,  # type: ignore[arg-type] # one of the three words
            instance_id=instance,
            version="1",
            since="2026-11-23T00:00:00.000Z",
            config=config,
            host="box",
        )
        for agent, instance, config, state in given
    }


def test_only_who_works_by_another_part_of_the_file_is_asked() -> None:
    """Not who has it already, nor one whom the station does not have any more, nor one that is away."""
    present = states(
        ("camera-top", "a", "old", "online"),
        ("inference", "b", "same", "online"),
        ("camera-gone", "c", "old", "online"),
        ("recorder", "d", "old", "offline"),
    )
    assert rollout().to_ask(present, 0) == ("camera-top",)


def test_who_is_slow_is_asked_again_until_it_has_come_back() -> None:
    """An order may be lost; one that is ending is still waited for."""
    one = rollout()
    running = states(("recorder", "a", "old", "online"))
    assert one.to_ask(running, 0) == ("recorder",)
    assert one.to_ask(running, ASK_AGAIN_NS - 1) == ()
    assert one.to_ask(running, ASK_AGAIN_NS) == ("recorder",)
    ending = states(("recorder", "a", "old", "offline"))
    assert one.to_ask(ending, 2 * ASK_AGAIN_NS) == ()
    assert one.behind(ending) == ("recorder",)
    assert not one.is_over(ending, LATER)
    assert one.is_over(ending, PATIENCE_NS + 1)
    assert one.is_over(states(("recorder", "b", "new", "online")), LATER)


def test_one_that_comes_back_with_another_file_is_not_asked_for_ever() -> None:
    """A camera on a machine with a file of its own: it is told of, once."""
    one = rollout()
    one.to_ask(states(("camera-top", "a", "old", "online")), 0)
    back = states(("camera-top", "b", "old", "online"))
    assert one.to_ask(back, ASK_AGAIN_NS * 2) == ()
    assert one.stale == {"camera-top": "box"}
    assert one.behind(back) == ("camera-top",)
    assert one.is_over(back, LATER)


def test_it_is_not_over_before_the_broker_has_told_who_is_there() -> None:
    """Right after a start nobody is known."""
    assert not rollout().is_over({}, LISTEN_NS)
    assert rollout().is_over({}, LATER)
