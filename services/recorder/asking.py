"""Commands' way to the recorder: a question over the broker, and its answer or the reason why there is none."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from okko import request, station
from okko.errors import ConfigError
from okko.topics import Topics

TIMEOUT_S = 30.0
"""A slow disk with a thousand labels to write takes seconds."""


def recording_station(path: Path) -> station.Station:
    """The station, which records.

    Raises:
        ConfigError: if it does not, or its file is not right.
    """
    loaded = station.load(path)
    if loaded.recorder is None:
        raise ConfigError.one(loaded.path, "recorder", "this station records nothing", "Add a [recorder] table")
    return loaded


def ask(loaded: station.Station, verb: str, args: Mapping[str, Any]) -> dict[str, Any]:
    """The recorder's answer.

    Raises:
        ClickException: if it refuses, or does not answer.
        BrokerUnavailable: if there is no broker.
    """
    asked = request.request(loaded.broker, Topics(loaded.base), "recorder", verb, args, timeout_s=TIMEOUT_S)
    reply = asyncio.run(asked)
    if reply is None:
        message = f"no answer within {TIMEOUT_S:g} s: is the recorder running, and its disk not full?"
        raise click.ClickException(message)
    if not reply.ok:
        raise click.ClickException(reply.error or "the recorder refused")
    return reply.result
