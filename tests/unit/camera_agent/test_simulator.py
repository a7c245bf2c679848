"""The simulator: the same ducks for everyone, defects that can be seen, a truth that is told."""

import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from camera_agent.shot import Request
from camera_agent.simulator.duck import Duck, make_duck
from camera_agent.simulator.kinds import DEFECT_KINDS, ONE_SIDED, VIEWS, DefectKind, View
from camera_agent.simulator.render import render
from camera_agent.sources.simulator import SimulatorSource

SMALL = (320, 240)


def request(number: int) -> Request:
    """A request for that duck, read now."""
    return Request(item_id=f"item-{number}", number=number, shot=0, requested_mono_ns=time.monotonic_ns())


def bad_duck(kind: DefectKind, number: int = 1) -> Duck:
    """A duck that has this defect."""
    return make_duck(3, number, defect_rate=1.0, defects=(kind,))


def changed_share(duck: Duck, view: View) -> float:
    """The share of the picture that differs by more than the eye forgives from the same duck without its defect."""
    bad = render(duck, view, *SMALL).astype(np.int16)
    good = render(replace(duck, defect=None), view, *SMALL).astype(np.int16)
    return float((np.abs(bad - good).max(axis=2) > 40).mean())


def test_a_duck_depends_on_seed_and_number_alone() -> None:
    """Asked again, in another order, the same duck comes; another number or seed is another duck."""
    first = [make_duck(7, number) for number in range(1, 30)]
    again = [make_duck(7, number) for number in reversed(range(1, 30))]
    assert first == again[::-1]
    assert len({duck.pose for duck in first}) == len(first)
    assert make_duck(8, 1).pose != make_duck(7, 1).pose


@pytest.mark.parametrize("view", VIEWS)
def test_a_picture_is_the_same_bytes_each_time(view: View) -> None:
    """Rendering keeps nothing from one frame to the next."""
    duck = make_duck(7, 5, defect_rate=1.0)
    before = render(duck, view, *SMALL)
    render(make_duck(9, 6, defect_rate=1.0), view, *SMALL)
    assert np.array_equal(render(duck, view, *SMALL), before)
    assert before.shape == (240, 320, 3)
    assert before.dtype == np.uint8


def test_another_process_sees_the_same_duck() -> None:
    """Two cameras are two processes: what they see must not depend on hash seeds or on what ran before."""
    script = (
        "import zlib; from camera_agent.simulator.duck import make_duck;"
        "from camera_agent.simulator.render import render;"
        "duck = make_duck(7, 42, defect_rate=1.0); print(duck, zlib.crc32(render(duck, 'left', 320, 240).tobytes()))"
    )
    told = [subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True) for _ in "ab"]
    assert told[0].stdout == told[1].stdout
    assert str(make_duck(7, 42, defect_rate=1.0)) in told[0].stdout


def test_both_cameras_look_at_one_duck_from_their_sides() -> None:
    """The pose, the plastic and the defect are the duck's; the picture is the camera's, and faces its own way."""
    left, right = (
        SimulatorSource(seed=7, view=view, defect_rate=1.0, width_px=320, height_px=240).open() for view in VIEWS
    )
    for number in range(1, 8):
        pair = left.capture(request(number)), right.capture(request(number))
        duck = make_duck(7, number, defect_rate=1.0)
        assert duck.defect is not None
        assert all(f"defect={duck.defect.kind}," in shot.source and "item=KO" in shot.source for shot in pair)
        assert pair[0].image is not None
        assert pair[1].image is not None
        assert not np.array_equal(pair[0].image, pair[1].image)


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 1.0])
def test_the_defect_rate_is_what_was_asked_for(rate: float) -> None:
    """Over a long run the share of bad ducks is within four standard deviations of the rate."""
    count = 2000
    bad = sum(make_duck(11, number, defect_rate=rate).defect is not None for number in range(1, count + 1))
    assert abs(bad / count - rate) <= 4.0 * (rate * (1.0 - rate) / count) ** 0.5


def test_only_the_chosen_defects_appear_and_each_of_them_does() -> None:
    """`defects` narrows what goes wrong, and every kind of it has its turn on both sides."""
    chosen: tuple[DefectKind, ...] = ("stain", "bent_beak")
    made = [make_duck(5, number, defect_rate=1.0, defects=chosen).defect for number in range(1, 101)]
    assert {defect.kind for defect in made if defect} == set(chosen)
    assert {defect.side for defect in made if defect and defect.kind == "stain"} == set(VIEWS)


@pytest.mark.parametrize("kind", DEFECT_KINDS)
def test_a_defect_shows_where_the_truth_says_so_and_only_there(kind: DefectKind) -> None:
    """A view that is KO differs clearly from the same duck without the defect; a view that is OK not by a pixel."""
    for number in range(1, 9):
        duck = bad_duck(kind, number)
        assert duck.defect is not None
        assert (duck.defect.side is not None) == (kind in ONE_SIDED)
        assert duck.item_truth == "KO"
        for view in VIEWS:
            share = changed_share(duck, view)
            if duck.truth(view) == "KO":
                assert share > 0.0008
            else:
                assert np.array_equal(render(duck, view, *SMALL), render(replace(duck, defect=None), view, *SMALL))


def test_a_defect_changes_nothing_else_about_the_duck() -> None:
    """The same number with and without a defect has the same pose and light, so that only the defect differs."""
    bad, good = make_duck(7, 3, defect_rate=1.0), make_duck(7, 3, defect_rate=0.0)
    assert replace(bad, defect=None) == good


def test_the_unseen_variation_is_the_same_duck_on_another_day() -> None:
    """Poses and defects stay, light and belt do not: what a model loses on it, it loses to the scene."""
    normal, unseen = (make_duck(7, 3, defect_rate=1.0, variation=day) for day in ("normal", "unseen"))
    assert (normal.pose, normal.plastic, normal.defect) == (unseen.pose, unseen.plastic, unseen.defect)
    belt = (slice(195, 210), slice(0, 30))
    away = render(unseen, "left", *SMALL)[belt].mean(axis=(0, 1)) - render(normal, "left", *SMALL)[belt].mean(
        axis=(0, 1)
    )
    assert np.abs(away).max() > 30


@pytest.mark.parametrize(("width", "height"), [(64, 64), (800, 450), (300, 500)])
def test_frames_have_the_size_that_was_asked_for(width: int, height: int) -> None:
    """Any size within the bounds is drawn, with a duck in it."""
    shot = SimulatorSource(width_px=width, height_px=height).open().capture(request(1))
    assert shot.image is not None
    assert shot.image.shape == (height, width, 3)
    assert (shot.width_px, shot.height_px) == (width, height)
    blue, green, red = (shot.image[..., channel].astype(int) for channel in range(3))
    assert ((red > blue + 90) & (green > blue + 60)).mean() > 0.05


def test_a_shot_is_exposed_after_its_request_and_tells_the_truth() -> None:
    """`captured_mono_ns` is the start of an exposure that nobody began early; the source says what is seen."""
    camera = SimulatorSource(view="right", seed=7, defect_rate=0.5, width_px=320, height_px=240, exposure_ms=1.0).open()
    truths = set()
    for number in range(1, 21):
        asked = request(number)
        shot = camera.capture(asked)
        duck = make_duck(7, number, defect_rate=0.5)
        assert asked.requested_mono_ns <= shot.captured_mono_ns <= time.monotonic_ns()
        expected = f"simulator:seed=7,number={number},view=right,truth={duck.truth('right')},item={duck.item_truth}"
        assert shot.source.startswith(expected)
        assert (shot.exposure_us, shot.encoded, shot.encoding) == (1000.0, None, None)
        truths.add(duck.truth("right"))
    assert truths == {"OK", "KO"}
    assert camera.warnings == ()
    camera.close()
    camera.close()


@pytest.mark.parametrize(
    "wrong",
    [
        {"defect_rate": 1.5},
        {"defect_rate": -0.1},
        {"defects": ["rust"]},
        {"defects": []},
        {"view": "above"},
        {"variation": "easy"},
        {"seed": -1},
        {"width_px": 10},
        {"height_px": 100_000},
        {"exposure_ms": -1},
        {"exposure": 5},
        {"kind": "usb"},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    """Out of bounds, unknown words and unknown keys are errors when the station is read, not when it runs."""
    with pytest.raises(ValidationError) as refused:
        SimulatorSource.model_validate(wrong)
    assert next(iter(wrong)) in str(refused.value)


def test_reading_the_settings_needs_no_image_library() -> None:
    """A box without cameras checks the whole station file; OpenCV is loaded when the camera is opened."""
    script = "import sys, camera_agent.sources.simulator; print({'cv2', 'numpy'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"
