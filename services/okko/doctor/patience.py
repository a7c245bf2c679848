"""Work that may hang (a failing disk, a network folder), waited for only so long."""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def within(seconds: float, work: Callable[[], T]) -> T:
    """What `work` gives, done in a thread of its own, which is left behind where it takes longer.

    Not in asyncio's executor: the process would wait for its threads at the end, and never come to one.

    Raises:
        TimeoutError: if it takes longer.
        Exception: what `work` raises.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def tell(result: T | None, error: BaseException | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type] # None only where T has it

    def run() -> None:
        result, error = None, None
        try:
            result = work()
        except BaseException as raised:  # noqa: BLE001 - handed to whoever waits
            error = raised
        if not loop.is_closed():
            loop.call_soon_threadsafe(tell, result, error)

    threading.Thread(target=run, name="patience", daemon=True).start()
    async with asyncio.timeout(seconds):
        return await done
