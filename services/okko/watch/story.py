"""What the record tells at the end of a run: whether what was damaged was found."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Collection

from okko import contracts as c
from okko.station import Station
from okko.watch.summary import Damage, damage_of

READ_TIMEOUT_S = 20.0
LONGEST_LINE = 8 * 1024 * 1024


async def damage_in_record(station: Station, since: str, item_ids: Collection[str]) -> list[Damage] | None:
    """What the simulator did to these items, by the record; None where they were not simulated or cannot be read.

    By `okko items`, as anyone would: the commands know the recorder's files no better than other programs.
    """
    if station.recorder is None or not item_ids:
        return None
    command = (sys.executable, "-m", "okko", "items", str(station.path), "--json", "--since", since)
    reading = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, limit=LONGEST_LINE)
    sources: list[tuple[c.VerdictWord, list[str]]] = []
    try:
        async with asyncio.timeout(READ_TIMEOUT_S):
            async for line in _lines_of(reading):
                item = json.loads(line)
                if item["item_id"] in item_ids:
                    sources.append((item["verdict"], [frame["source"] for frame in item["frames"]]))
            code = await reading.wait()
    except TimeoutError:
        return None
    finally:
        if reading.returncode is None:
            reading.kill()
            await reading.wait()
    return damage_of(sources) if code == 0 else None


async def _lines_of(process: asyncio.subprocess.Process) -> AsyncIterator[bytes]:
    if process.stdout is not None:
        async for line in process.stdout:
            yield line
