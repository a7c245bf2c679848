"""What a stranger can have the web server keep: connections, heads of requests and time, all within bounds."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from dashboard.web.connections import MOST, MOST_OF_AN_ADDRESS, BoundedHttp, are_too_many

HEAD = b"POST / HTTP/1.1\r\nHost: box\r\n"
END_S = 20


class Small(BoundedHttp):
    """The same with bounds that a test reaches."""

    most = 3
    head_s = 0.5
    largest_head = 2048


async def size_of_body(request: Request) -> PlainTextResponse:
    """How many bytes came."""
    return PlainTextResponse(f"{len(await request.body())} bytes")


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """Of a server with small bounds."""
    listening = socket.create_server(("127.0.0.1", 0))
    app = Starlette(routes=[Route("/", size_of_body, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, http=Small, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    yield listening.getsockname()[1]
    server.should_exit = True
    await serving


async def answer_to(port: int, *parts: bytes) -> bytes:
    """All that the server says to these bytes until it ends the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    said = b""
    with contextlib.suppress(ConnectionError):
        for part in parts:
            writer.write(part)
            await writer.drain()
        async with asyncio.timeout(END_S):
            said = await reader.read()
    writer.close()
    return said


async def test_a_request_is_answered_however_it_is_cut(port: int) -> None:
    """A body in chunks may be larger than any head."""
    chunks = (b"400\r\n" + bytes(0x400) + b"\r\n",) * 20
    said = await answer_to(
        port, HEAD, b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n", *chunks, b"0\r\n\r\n"
    )
    assert said.endswith(b"20480 bytes")


async def test_a_request_may_come_with_the_end_of_a_long_one(port: int) -> None:
    """As a browser sends it that had its answer before it had sent all."""
    first = HEAD + b"Content-Length: 100000\r\n\r\n" + bytes(100_000)
    said = await answer_to(port, first + HEAD + b"Connection: close\r\nContent-Length: 2\r\n\r\nab")
    assert said.endswith(b"2 bytes")


async def test_a_connection_that_says_nothing_is_ended(port: int) -> None:
    """So that a thousand of them do not take all descriptors."""
    assert await answer_to(port) == b""
    assert await answer_to(port, HEAD) == b""


@pytest.mark.parametrize(
    "parts",
    [
        (HEAD, b"X: ", *[b"x" * 500] * 2000),
        (HEAD, *[b"X-%d: %s\r\n" % (number, b"x" * 100) for number in range(9000)]),
        (HEAD, b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: ", *[b"x" * 500] * 2000),
        (b"GET /", *[b"x" * 500] * 2000),
    ],
    ids=["a header without end", "headers without end", "a trailer without end", "a path without end"],
)
async def test_a_head_without_end_is_ended(port: int, parts: tuple[bytes, ...]) -> None:
    """It is kept in memory until it is complete, so it must become so."""
    assert b"bytes" not in await answer_to(port, *parts)


async def test_beyond_the_bound_a_connection_is_told_that_there_are_too_many(port: int) -> None:
    """It is not left to wait."""
    held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(Small.most)]
    try:
        assert (await answer_to(port)).startswith(b"HTTP/1.1 503 ")
    finally:
        for _, writer in held:
            writer.close()


def test_no_address_takes_all_connections() -> None:
    """But this machine may: it can be a proxy for everybody."""
    others = ["10.0.0.9"] * MOST_OF_AN_ADDRESS
    assert are_too_many("10.0.0.9", others)
    assert not are_too_many("10.0.0.8", others)
    assert not are_too_many("127.0.0.1", ["127.0.0.1"] * MOST_OF_AN_ADDRESS)
    assert not are_too_many("", others)
    assert are_too_many("10.0.0.8", [str(number) for number in range(MOST)])
