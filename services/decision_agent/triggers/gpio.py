"""A light barrier on a pin of a Raspberry Pi."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import Field

from okko.errors import ConfigError
from okko.settings import Settings


class GpioTrigger(Settings):
    """One trigger for each edge of a pin, through gpiozero.

    `pin` is a BCM number or a name that gpiozero knows (`GPIO17`, `BOARD11`). After an edge the pin is not looked at
    for `debounce_ms`; shorter than the time between two parts, longer than the contact bounces.
    """

    kind: Literal["gpio"] = "gpio"
    pin: Annotated[
        int | Annotated[str, Field(pattern=r"^[A-Za-z0-9:_]{1,16}$")],
        Field(description="BCM number, or a name that gpiozero knows"),
    ]
    edge: Annotated[Literal["rising", "falling"], Field(description="which edge is a part")] = "rising"
    pull: Annotated[
        Literal["up", "down", "floating"],
        Field(description="the resistor at the pin; `floating`: there is one outside"),
    ] = "down"
    debounce_ms: Annotated[
        float, Field(ge=0, le=10_000, description="after an edge the pin is not looked at for so long")
    ] = 5.0

    async def run(self, fire: Callable[[], None]) -> None:
        """Fire on each edge, on the event loop, until cancelled.

        Raises:
            ConfigError: if gpiozero, its pin library or the pin is not there.
        """
        loop = asyncio.get_running_loop()
        device = self._open()
        try:
            # gpiozero calls from its own thread. With a pull-up its "active" is the low level, so that the edges swap.
            active_is_high = self.pull != "up"
            if (self.edge == "rising") == active_is_high:
                device.when_activated = lambda: loop.call_soon_threadsafe(fire)
            else:
                device.when_deactivated = lambda: loop.call_soon_threadsafe(fire)
            await asyncio.Event().wait()
        finally:
            device.close()

    def _open(self) -> Any:
        try:
            from gpiozero import DigitalInputDevice  # only on a box with pins
            from gpiozero.exc import GPIOZeroError
        except ImportError as error:
            raise ConfigError.one(
                "trigger", "kind", "'gpio' needs gpiozero", "Install okko[pi], or python3-gpiozero with apt"
            ) from error
        pull_up = {"up": True, "down": False, "floating": None}[self.pull]
        try:
            return DigitalInputDevice(
                self.pin,
                pull_up=pull_up,
                active_state=True if pull_up is None else None,
                bounce_time=self.debounce_ms / 1000 or None,
            )
        except (GPIOZeroError, OSError) as error:
            raise ConfigError.one(
                "trigger", "pin", f"{self.pin!r} cannot be used: {error}", "See `pinout` for the pins of this board"
            ) from error
