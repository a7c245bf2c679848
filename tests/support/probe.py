"""An agent of nothing but the runtime, as a program: `python probe.py STATION`.

Reads `captured/{camera}` (which it tells as an event), `item` (whose handler has a defect) and `agent/{agent}`.
"""

import asyncio
import sys
from pathlib import Path

from okko import contracts as c
from okko import logs, shutdown
from okko.agent import UNTOLD_EVENTS, Incoming, Runtime
from okko.errors import ContractError
from okko.station import load

logs.set_up("probe")
runtime = Runtime(load(Path(sys.argv[1])), "probe")


def captured(incoming: Incoming) -> None:
    """Tell of it."""
    message = c.decode(c.Captured, incoming.payload)
    runtime.event("info", "captured", f"by {message.camera}", message.item_id)


def item(_incoming: Incoming) -> None:
    """Fail, as code with a defect does."""
    raise KeyError("a defect of ours")


def say(command: c.Command) -> dict[str, object]:
    """Give back what was said, or refuse."""
    if "word" not in command.args:
        raise ContractError("say", "what? Give `word`")
    return {"said": command.args["word"]}


def fault(command: c.Command) -> None:
    """Be faulted, or with no `why` not any more; no answer."""
    if why := command.args.get("why"):
        runtime.fault(command.args["what"], why)
    else:
        runtime.clear(command.args["what"])


def tell_while_away() -> None:
    """More than is kept."""
    for number in range(UNTOLD_EVENTS + 10):
        runtime.event("warning", "away", str(number))


runtime.on("captured_by", captured)
runtime.on("item", item)
runtime.on("agent", lambda incoming: runtime.stats.count(f"state_of_{incoming.names['agent']}"))
runtime.command("say", say)
runtime.command("fault", fault)
runtime.on_disconnect(tell_while_away)
runtime.serve("probe")
asyncio.run(runtime.run())
shutdown.again()
