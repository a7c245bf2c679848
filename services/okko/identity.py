"""One identity, one agent: a second one of the same name refuses to run instead of fighting over the session."""

import fcntl
import hashlib
import os
import tempfile
from pathlib import Path
from typing import TextIO

from okko.broker_settings import BrokerSettings
from okko.contracts import Reply
from okko.errors import IdentityTaken, Problem
from okko.request import request
from okko.topics import Topics

WHO_TIMEOUT_S = 0.3
"""How long a live agent is given to answer; it answers from its callback, in about a millisecond."""


def lock(broker: BrokerSettings, base: str, agent: str) -> TextIO:
    """Hold the name `agent` of this station on this machine until the returned file is closed or the process ends.

    Raises:
        IdentityTaken: if another process of this machine holds it.
    """
    folder = Path(tempfile.gettempdir()) / f"okko-locks-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    key = hashlib.sha256(f"{broker.host}:{broker.port}/{base}/{agent}".encode()).hexdigest()[:16]
    file = (folder / f"{agent}-{key}.lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        holder = file.read().strip() or "unknown"
        file.close()
        raise _taken(agent, base, f"process {holder} of this machine") from error
    file.seek(0)
    file.truncate()
    file.write(str(os.getpid()))
    file.flush()
    return file


async def ensure_alone(broker: BrokerSettings, topics: Topics, agent: str, instance_id: str) -> None:
    """Ask on the broker whether another instance of `agent` is alive.

    Raises:
        IdentityTaken: if one answers.
    """

    def is_other(reply: Reply) -> bool:
        return reply.instance_id != instance_id

    reply = await request(broker, topics, agent, "who", timeout_s=WHO_TIMEOUT_S, accept=is_other)
    if reply is not None:
        where = f"instance {reply.instance_id} on {reply.result.get('host', 'another machine')}"
        raise _taken(agent, topics.base, where)


def _taken(agent: str, base: str, holder: str) -> IdentityTaken:
    problem = Problem(
        agent, f"already runs for this station ({holder})", "Stop that one first, or give this station another name"
    )
    return IdentityTaken(base, (problem,))
