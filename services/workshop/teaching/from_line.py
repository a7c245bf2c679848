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
from workshop.teaching.example import Example
from workshop.teaching.pairs import Pairs

CONNECT_TIMEOUT_S = 10.0
WAITING_EXAMPLES = 4
"""How many parts wait while one is looked at. More are not taken: the line makes others, and memory has an end."""


Take = Callable[[Example], None]
"""Looks at an example; called in a thread of its own, one at a time."""


async def from_line(station: Station, camera: str, count: int, take: Take, *, patience_s: float) -> int:
    """Show the next `count` parts that a camera sees to `take`; gives how many were passed over.

    These are golden parts, and items without a picture of their part that can be decoded.

    Raises:
        BrokerUnavailable: if there is no broker at the station's address.
        SourceError: if no part comes for `patience_s`.
    """
    examples: asyncio.Queue[Example] = asyncio.Queue(WAITING_EXAMPLES)
    pairs = Pairs()
    unreadable = 0

    def on_message(address: Address, received: Received) -> None:
        if examples.full():
            return
        try:
            if address.spec.key == "frame":
                frame = c.decode(c.Frame, received.payload)
                # Its data are a view into the packet, which is not ours to keep.
                example = pairs.frame(msgspec.structs.replace(frame, data=memoryview(bytes(frame.data))))
            else:
                example = pairs.verdict(c.decode(c.Verdict, received.payload))
        except ContractError:
            return
        if example is not None:
            examples.put_nowait(example)

    listener = Listener(station, "frame", "verdict", on_message=on_message, at_qos_0={"frame"}, only={"camera": camera})
    async with listener:
        await listener.connected(CONNECT_TIMEOUT_S)
        shown = 0
        while shown < count:
            example = await _next(listener, examples, camera, shown, count, patience_s)
            try:
                await asyncio.to_thread(take, example)
            except ImageError:
                unreadable += 1
            else:
                shown += 1
    return unreadable + pairs.passed_over


async def _next(  # noqa: PLR0913, PLR0917 - what is waited for, and what is said where it does not come
    listener: Listener, examples: "asyncio.Queue[Example]", camera: str, shown: int, count: int, patience_s: float
) -> Example:
    try:
        return await asyncio.wait_for(examples.get(), patience_s)
    except TimeoutError as error:
        listener.raise_if_ended()
        why = (
            f"no inspected part for {patience_s:g} s, {shown} of {count} came; nothing was changed. "
            "Is the line running (`okko watch`)? For longer pauses give --patience"
        )
        raise SourceError(f"camera {camera}", why) from error
