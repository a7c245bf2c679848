"""A picture put to a model of a running station, over the broker."""

import asyncio
import base64
import secrets
from typing import Any

import click

from okko import contracts as c
from okko.request import reply_in, short_session
from okko.session import Received, Subscription
from okko.station import Station
from okko.topics import Topics

ANSWER_S = 25.0
"""Longer than the agent waits behind live frames, and than it takes to give up a model that hangs."""

_AROUND_BYTES = 256
"""Of a packet beside its payload: topic, properties, header."""


def agent_for(station: Station, model: str | None, camera: str | None) -> str:
    """The inference agent that is to be asked.

    Raises:
        BadParameter: if several could be meant.
    """
    agents = station.inference
    if len(agents) == 1:
        return next(iter(agents))
    meant = [
        name
        for name, models in agents.items()
        if any(model in {None, m.bundle.name} and (camera is None or camera in m.cameras) for m in models)
    ]
    if len(meant) != 1:
        known = "; ".join(
            f"{name}: {', '.join(f'{m.bundle.name} on {camera_name}' for m in models for camera_name in m.cameras)}"
            for name, models in agents.items()
        )
        message = f"several inference agents could be meant: say --model and --camera. {known}"
        raise click.BadParameter(message, param_hint="--station")
    return meant[0]


async def ask(station: Station, agent: str, image: bytes, model: str | None, camera: str | None) -> c.Reply | None:
    """What the agent answers; None where nothing came.

    Raises:
        BrokerUnavailable: if there is no connection.
        BrokerRefused: if the broker does not let us in.
        ClickException: if the broker takes no message of this size.
    """
    args: dict[str, Any] = {"image": base64.b64encode(image).decode("ascii")}
    args |= {key: value for key, value in (("model", model), ("camera", camera)) if value is not None}
    command = c.Command(request_id=secrets.token_hex(8), args=args)
    payload = c.encode(command)
    topics = Topics(station.base)
    answer: asyncio.Future[c.Reply] = asyncio.get_running_loop().create_future()

    def on_message(received: Received) -> None:
        reply = reply_in(received)
        if reply is not None and reply.request_id == command.request_id and not answer.done():
            answer.set_result(reply)

    async with short_session(
        station.broker, [Subscription(topics.filter("reply", agent=agent))], on_message
    ) as session:
        limit = session.connack.max_packet_bytes
        if limit is not None and len(payload) + _AROUND_BYTES > limit:
            message = (
                f"the picture makes a message of {len(payload):,} bytes, and the broker takes {limit:,}: "
                "make it smaller, or raise max_packet_size in mosquitto.conf"
            )
            raise click.ClickException(message)
        session.publish(topics.build("cmd", agent=agent, verb="predict"), payload)
        await session.wait(answer, ANSWER_S)
    return answer.result() if answer.done() else None
