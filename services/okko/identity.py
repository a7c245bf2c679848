"""One identity, one agent: a second one of the same name refuses to run instead of fighting over the session."""

import asyncio
import contextlib
import fcntl
import hashlib
import os
import secrets
import tempfile
from pathlib import Path
from typing import TextIO

from okko.broker_settings import BrokerSettings
from okko.contracts import AgentState, Command, Reply, decode, encode
from okko.errors import ContractError, IdentityTaken, Problem
from okko.request import reply_in, short_session
from okko.session import Received, Subscription
from okko.topics import Topics

WHO_TIMEOUT_S = 0.3
"""How long a live agent is given to answer; it answers from its callback, in about a millisecond."""

SUSPECT_TIMEOUT_S = 2.0
"""How much longer where the broker still holds another instance for online: on a busy machine an agent may be late, and
whoever overlooks it takes its session away. The broker tells of one that died within a moment, or its keep-alive."""


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
        BrokerUnavailable: if the question could not be asked.
    """
    command = Command(request_id=secrets.token_hex(8))
    answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
    suspected = False

    def on_message(received: Received) -> None:
        nonlocal suspected
        if received.topic == state.topic:
            with contextlib.suppress(ContractError):
                last = decode(AgentState, received.payload)
                suspected = last.state != "offline" and last.instance_id != instance_id
            return
        reply = reply_in(received)
        ours = reply is not None and reply.request_id == command.request_id
        if reply is not None and ours and reply.instance_id != instance_id and not answer.done():
            answer.set_result(reply)

    state = topics.build("agent", agent=agent)
    subscriptions = [Subscription(topics.filter("reply", agent=agent)), Subscription(state.topic)]
    async with short_session(broker, subscriptions, on_message) as session:
        session.publish(topics.build("cmd", agent=agent, verb="who"), encode(command))
        await session.wait(answer, WHO_TIMEOUT_S)
        if suspected:
            await session.wait(answer, SUSPECT_TIMEOUT_S)
    if not answer.done():
        return
    reply = answer.result()
    where = f"instance {reply.instance_id} on {reply.result.get('host', 'another machine')}"
    raise _taken(agent, topics.base, where)


def _taken(agent: str, base: str, holder: str) -> IdentityTaken:
    problem = Problem(
        agent, f"already runs for this station ({holder})", "Stop that one first, or give this station another name"
    )
    return IdentityTaken(base, (problem,))
