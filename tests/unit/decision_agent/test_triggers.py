"""The station's own triggers: an interval, and a pin with gpiozero's mock pins."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory, MockPin
from pydantic import TypeAdapter, ValidationError

from decision_agent.triggers import GpioTrigger, IntervalTrigger, MqttTrigger, TriggerSource
from okko.errors import ConfigError


@pytest.fixture
def pins() -> Iterator[MockFactory]:
    """Pins that a test drives."""
    factory = MockFactory()
    before, Device.pin_factory = Device.pin_factory, factory
    yield factory
    factory.reset()
    Device.pin_factory = before


async def shots(trigger: GpioTrigger, play: Callable[[], None]) -> int:
    """How often a trigger fires while something is played to its pin."""
    fired = 0

    def fire() -> None:
        nonlocal fired
        fired += 1

    running = asyncio.create_task(trigger.run(fire))
    await asyncio.sleep(0)  # the task opens the pin before it waits
    play()
    for _ in range(3):
        await asyncio.sleep(0)  # what the pin's callback has handed to the loop runs
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    return fired


@pytest.mark.parametrize(
    ("edge", "pull", "levels", "expected"),
    [
        ("rising", "down", [1, 0, 1, 0], 2),
        ("falling", "down", [1, 0, 1, 0], 2),
        ("rising", "down", [1], 1),
        ("falling", "down", [1], 0),
        ("rising", "up", [0, 1], 1),
        ("falling", "up", [0, 1, 0], 2),
        ("rising", "up", [0], 0),
        ("rising", "floating", [1, 0, 1], 2),
        ("falling", "floating", [1, 0], 1),
    ],
)
async def test_each_edge_of_the_pin_is_one_trigger(
    pins: MockFactory, edge: str, pull: str, levels: list[int], expected: int
) -> None:
    """Rising is low to high and falling high to low at the pin, whatever pulls it."""
    trigger = GpioTrigger.model_validate({"kind": "gpio", "pin": 17, "edge": edge, "pull": pull, "debounce_ms": 0})

    def play() -> None:
        pin: MockPin = pins.pin(17)
        for level in levels:
            if level:
                pin.drive_high()
            else:
                pin.drive_low()

    if pull == "floating":
        pins.pin(17).drive_low()
    assert await shots(trigger, play) == expected


async def test_the_pin_is_free_again_once_the_trigger_is_stopped(pins: MockFactory) -> None:
    """A second run opens the same pin: the first one let go of it."""
    trigger = GpioTrigger(pin=17, debounce_ms=0)
    for _ in range(2):
        assert await shots(trigger, lambda: pins.pin(17).drive_high()) == 1
        pins.pin(17).drive_low()


async def test_a_pin_that_is_not_there_is_a_configuration_error(pins: MockFactory) -> None:
    """The message names the pin and says how to mend it."""
    assert pins is not None
    with pytest.raises(ConfigError, match=r"pin: 'GPIO99' cannot be used.*pinout"):
        await GpioTrigger(pin="GPIO99").run(lambda: None)


async def test_an_interval_fires_once_a_period_and_does_not_make_up_for_a_stall() -> None:
    """Periods that passed while the loop stood still are left out: their parts are gone."""
    loop = asyncio.get_running_loop()
    fired: asyncio.Queue[float] = asyncio.Queue()
    running = asyncio.create_task(IntervalTrigger(period_ms=20).run(lambda: fired.put_nowait(loop.time())))
    for _ in range(3):
        await fired.get()
    end = loop.time() + 0.2
    while loop.time() < end:
        pass  # the loop stands still for ten periods
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    running.cancel()
    assert fired.qsize() <= 1


async def test_the_plc_trigger_has_nothing_of_its_own_to_run() -> None:
    """With `mqtt` the broker brings the triggers."""
    fired: list[int] = []
    await MqttTrigger().run(lambda: fired.append(1))
    assert fired == []


@pytest.mark.parametrize(
    "settings",
    [
        {"kind": "interval", "period_ms": 0},
        {"kind": "interval", "period": 5},
        {"kind": "gpio"},
        {"kind": "gpio", "pin": "17; rm"},
        {"kind": "gpio", "pin": 17, "edge": "both"},
        {"kind": "gpio", "pin": 17, "debounce_ms": -1},
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, object]) -> None:
    """Unknown keys and values out of bounds are errors, not defaults."""
    with pytest.raises(ValidationError):
        TypeAdapter(TriggerSource).validate_python(settings)
