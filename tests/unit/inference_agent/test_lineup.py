"""How one model follows another: at once under the same name, and with an overlap under a new one."""

from inference_agent.lineup import Lineup

NAMES = {"a1": "a", "a2": "a", "b1": "b"}
SECOND = 1_000_000_000


def lineup() -> Lineup:
    """One camera with version 1 of model a."""
    return Lineup({"top": ("a1",)}, dict(NAMES))


def test_the_same_name_is_followed_at_once() -> None:
    """No frame sees both, none sees neither."""
    line = lineup()
    line.want({"top": ("a2",)})
    assert line.models_of("top") == ("a2",)
    assert not line.is_leaving()
    assert line.serves() == ("top/a",)


def test_another_name_joins_until_nobody_awaits_the_old_one() -> None:
    """The old one runs first, and goes only when it was not awaited for as long as an item may live."""
    line = lineup()
    line.want({"top": ("b1",)})
    assert line.models_of("top") == ("a1", "b1")
    assert not line.needed({("top", "a")}, 0, SECOND)
    assert not line.needed({("top", "b")}, 10 * SECOND, SECOND)
    assert not line.needed({("top", "a")}, 11 * SECOND, SECOND)  # awaited again, after all
    assert not line.needed({("top", "b")}, 12 * SECOND, SECOND)
    assert line.models_of("top") == ("a1", "b1")
    assert line.needed({("top", "b")}, 14 * SECOND, SECOND)
    assert line.models_of("top") == ("b1",)
    assert line.keys() == {"b1"}
    assert not line.is_leaving()


def test_a_camera_may_get_its_first_model_and_lose_its_last() -> None:
    """What is taken away altogether answers as long as it is awaited."""
    line = lineup()
    line.want({"top": ("a1",), "side": ("b1",)})
    assert line.models_of("side") == ("b1",)
    assert set(line.cameras()) == {"top", "side"}
    line.want({"top": ("a1",)})
    assert line.models_of("side") == ("b1",)
    line.needed({("top", "a")}, 0, SECOND)
    assert line.needed({("top", "a")}, 2 * SECOND, SECOND)
    assert line.models_of("side") == ()


def test_back_to_the_one_before_while_it_is_still_there() -> None:
    """A rollback within the overlap has nothing to wait for."""
    line = lineup()
    line.want({"top": ("b1",)})
    line.want({"top": ("a1",)})
    assert line.models_of("top") == ("b1", "a1")
    assert line.is_leaving()
