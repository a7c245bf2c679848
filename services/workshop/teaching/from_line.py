"""Examples from the running line: the next parts that it photographs. It only looks on; whoever decides, decides."""

import asyncio
from collections.abc import Callable

import msgspec

from okko import contracts as c
from okko.errors import ContractError, ImageError, SourceError
from okko.listener import Listener
from okko.session import Received
from okko.station import Station
from okko.topics import Address
from workshop.teaching.example import Example, example_of_frame

CONNECT_TIMEOUT_S = 10.0
WAITING_FRAMES = 4
"""How many pictures wait while one is looked at. More are not taken: the line makes others, and memory has an end."""


Take = Callable[[Example], None]
"""Looks at an example; called in a thread of its own, one at a time."""


async def from_line(station: Station, camera: str, count: int, take: Take, *, patience_s: float) -> int:
    """Show the next `count` pictures of a camera to `take`; gives how many could not be read and were passed over.

    Raises:
        BrokerUnavailable: if there is no broker at the station's address.
        SourceError: if no picture comes for `patience_s`.
    """
    frames: asyncio.Queue[c.Frame] = asyncio.Queue(WAITING_FRAMES)
    seen: set[str] = set()
    unreadable = 0

    def on_message(_address: Address, received: Received) -> None:
        if frames.full():
            return
        try:
            frame = c.decode(c.Frame, received.payload)
        except ContractError:
            return
        if frame.frame_id not in seen:
            seen.add(frame.frame_id)
            # Its data are a view into the packet, which is not ours to keep.
            frames.put_nowait(msgspec.structs.replace(frame, data=memoryview(bytes(frame.data))))

    listener = Listener(station, "frame", on_message=on_message, at_qos_0={"frame"}, only={"camera": camera})
    async with listener:
        await listener.connected(CONNECT_TIMEOUT_S)
        shown = 0
        while shown < count:
            frame = await _next(listener, frames, camera, shown, count, patience_s)
            example = example_of_frame(frame)
            try:
                await asyncio.to_thread(take, example)
            except ImageError:
                unreadable += 1
            else:
                shown += 1
    return unreadable


async def _next(  # noqa: PLR0913, PLR0917 - what is waited for, and what is said where it does not come
    listener: Listener, frames: "asyncio.Queue[c.Frame]", camera: str, shown: int, count: int, patience_s: float
) -> c.Frame:
    try:
        return await asyncio.wait_for(frames.get(), patience_s)
    except TimeoutError as error:
        listener.raise_if_ended()
        why = (
            f"no picture for {patience_s:g} s, {shown} of {count} came; nothing was changed. "
            "Is the line running (`okko watch`)? For longer pauses give --patience"
        )
        raise SourceError(f"camera {camera}", why) from error
