"""One connection to a broker, from CONNECT to its end: the packets on a transport of asyncio.

There is no task and no queue in it: what the socket gives is handed on in the same call, and all that is written until
then goes out in one piece. A connection is used once; after it comes a new one, which knows nothing of the old.
"""

import asyncio
import os
import socket
import ssl
from collections.abc import Callable, Sequence
from functools import partial
from typing import Generic, TypeVar, cast

from okko.connack import Connack
from okko.mqtt import packets
from okko.mqtt.errors import ConnectionEnded, Malformed, NotLetIn, TooLarge
from okko.mqtt.keepalive import TICKS, Act, KeepAlive
from okko.mqtt.outgoing import Outgoing
from okko.mqtt.packets import Connect, Publish
from okko.mqtt.reasons import PROTOCOL_ERROR, named
from okko.mqtt.receiving import Receiving

GOODBYE_S = 1.0
"""How long a broker that does not read is given to take our DISCONNECT; then the connection is cut, and it sends the
will."""

JOINED_BYTES = 128 * 1024
"""Pieces below this are joined and written at once: a copy is cheaper than another call of the kernel."""

FLUSHED_PACKETS = 16
"""After so many packets of one read what they led to is written, lest the first waits for the last."""

_LARGEST_PACKET_BYTES = 268_435_460
"""What a length of MQTT can say, with the first byte and itself."""

_SUBSCRIBE_ID = 1
"""SUBSCRIBE is the first that is numbered, and its answer is awaited before anything is published."""

Context = TypeVar("Context")
Receiver = Callable[["Connection[Context]", Publish], None]
Confirmed = Callable[["Connection[Context]", Context, int], None]


async def connect(  # noqa: PLR0913 - where to, as whom, and who hears of it
    host: str,
    port: int,
    tls: ssl.SSLContext | None,
    options: Connect,
    *,
    timeout_s: float,
    on_message: "Receiver[Context]",
    on_confirmed: "Confirmed[Context]",
) -> "Connection[Context]":
    """A connection that the broker has let in. `on_message` acks; `on_confirmed` gets the code of each PUBACK.

    Raises:
        ConnectionEnded: if there is none; NotLetIn with the broker's code, Malformed where it is none of MQTT 5.
        ssl.SSLCertVerificationError: if the broker's certificate is not to be trusted.
    """
    connection: Connection[Context] = Connection(options, on_message, on_confirmed)
    try:
        async with asyncio.timeout(timeout_s):
            await asyncio.get_running_loop().create_connection(lambda: connection, host, port, ssl=tls)
            await connection.let_in()
    except BaseException as error:
        await connection.close()
        if isinstance(error, TimeoutError):
            raise ConnectionEnded(f"no answer within {timeout_s:g} s") from error
        if isinstance(error, OSError) and not isinstance(error, ssl.SSLCertVerificationError):
            raise ConnectionEnded(_in_words(error)) from error
        raise
    return connection


class Connection(asyncio.BufferedProtocol, Generic[Context]):
    """What `connect` gives. `Context` is what its user remembers about a message until it is confirmed."""

    def __init__(self, options: Connect, on_message: "Receiver[Context]", on_confirmed: "Confirmed[Context]") -> None:
        self.connack = Connack()
        self.cause: BaseException | None = None
        """What ended it: an error of ours, of the network or of the broker; None: the broker closed it."""
        self.outgoing: Outgoing[Context] = Outgoing(self.connack.receive_maximum)
        self._options = options
        self._on_message = on_message
        self._on_confirmed = on_confirmed
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._receiving = Receiving()
        self._pieces: list[bytes] = []
        self._paused = False
        self._flush_is_due = False
        self._takes_bytes = _LARGEST_PACKET_BYTES
        self._sent = self._heard = True
        self._is_in = self._is_leaving = False
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._closed: asyncio.Future[None] = self._loop.create_future()
        self._answer: asyncio.Future[tuple[int, ...]] | None = None
        """What is awaited: CONNACK, then SUBACK."""
        self._keepalive = KeepAlive()
        self._ticks: asyncio.TimerHandle | None = None

    async def let_in(self) -> None:
        """Introduce ourselves, and wait until the broker lets us in.

        Raises:
            ConnectionEnded: if it does not.
        """
        self._send(packets.connect(self._options))
        await self._answered("it closed the connection before it let us in")
        keepalive_s = self.connack.server_keepalive_s
        self._keep_alive((self._options.keepalive_s if keepalive_s is None else keepalive_s) / TICKS)

    async def subscribe(self, filters: Sequence[tuple[str, int, bool]], timeout_s: float) -> tuple[int, ...]:
        """What is granted for each filter (its QoS, whether it spares us our own): a QoS, or a code that says no.

        Raises:
            ConnectionEnded: if there is no answer.
        """
        self._send(packets.subscribe(_SUBSCRIBE_ID, filters))
        try:
            async with asyncio.timeout(timeout_s):
                codes = await self._answered("it closed the connection while we subscribed")
        except TimeoutError as error:
            raise ConnectionEnded(f"no answer to our subscriptions within {timeout_s:g} s") from error
        if len(codes) != len(filters):
            raise Malformed("it answers to other subscriptions than ours", PROTOCOL_ERROR)
        return codes

    def publish(self, topic: str, payload: bytes, *, retain: bool, properties: bytes, context: Context) -> None:
        """Send at QoS 1, or keep it until the broker has confirmed enough of what went before.

        Raises:
            TooLarge: if the broker does not take it.
        """
        outgoing = self.outgoing
        number = outgoing.next_id()
        head = packets.publish_head(topic, len(payload), packet_id=number, retain=retain, properties=properties)
        self._check_size(head, payload)
        if outgoing.add(number, (head, payload), context):
            self._send(head, payload)

    def publish_unconfirmed(self, topic: str, payload: bytes, *, retain: bool, properties: bytes) -> bool:
        """Send at QoS 0; False, and it is gone, where the broker does not even read what went before.

        Raises:
            TooLarge: if the broker does not take it.
        """
        if self._paused:
            return False
        head = packets.publish_head(topic, len(payload), packet_id=0, retain=retain, properties=properties)
        self._check_size(head, payload)
        self._send(head, payload)
        return True

    def _check_size(self, head: bytes, payload: bytes) -> None:
        if (size := len(head) + len(payload)) > self._takes_bytes:
            raise TooLarge(size, self._takes_bytes)

    def flush(self) -> None:
        """Write what was published until now, rather than at the end of what is being handled."""
        self._write()

    def ack(self, message: Publish) -> None:
        """Confirm a message, once somebody has looked at it."""
        if message.packet_id:
            self._send(packets.puback(message.packet_id))

    async def lost(self) -> BaseException | None:
        """Wait until it is gone, and say why where that is known."""
        # Waited for, not awaited: cancelling us must not cancel it.
        await asyncio.wait((self._ended,))
        return self.cause

    def end(self, cause: BaseException | None) -> None:
        """Nothing is read or handed on from now on; `close` is still to be called."""
        if not self._ended.done():
            self.cause = cause
            self._ended.set_result(None)
        if self._answer is not None and not self._answer.done():
            self._answer.cancel()
        if self._ticks is not None:
            self._ticks.cancel()

    async def close(self) -> None:
        """Say goodbye where the broker listens, and close the socket in any case."""
        transport = self._transport
        self.end(None)
        if transport is None:
            return
        try:
            if self._is_in and isinstance(self.cause, Malformed):
                self._pieces.append(packets.disconnect(self.cause.code))
                self._write()
            elif self._is_in and not isinstance(self.cause, ConnectionEnded):
                self._pieces.append(packets.disconnect())
                self._is_leaving = True
                self._write()
                await asyncio.wait((self._closed,), timeout=GOODBYE_S)
        finally:
            transport.abort()
            await asyncio.wait((self._closed,), timeout=GOODBYE_S)

    async def _answered(self, otherwise: str) -> tuple[int, ...]:
        self._answer = self._loop.create_future()
        if self._ended.done():
            self._answer.cancel()
        answers, _ = await asyncio.wait((self._answer,))
        (answer,) = answers
        self._answer = None
        if answer.cancelled():
            raise self.cause if self.cause is not None else ConnectionEnded(otherwise)
        return answer.result()

    # -- asyncio calls these -------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The network connection stands, with TLS where it is asked for."""
        self._transport = cast("asyncio.Transport", transport)
        # asyncio does so itself; with Nagle's algorithm each hop costs 40 ms, so that it is not left to chance.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connection_lost(self, error: Exception | None) -> None:
        """The socket is closed."""
        self.end(ConnectionEnded(_in_words(error)) if isinstance(error, OSError) else error)
        if not self._closed.done():
            self._closed.set_result(None)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio's name
        """Where the socket is read to."""
        if self._ended.done():
            self._receiving.clear()
        return self._receiving.space()

    def buffer_updated(self, nbytes: int) -> None:
        """Bytes have come: all packets that are whole now are handed on, and what they led to is written."""
        self._heard = True
        receiving = self._receiving
        receiving.filled(nbytes)
        handled = 0
        self._flush_is_due = True  # by us, at the end
        try:
            for head, body in receiving.packets():
                if self._ended.done():
                    break  # by an error of ours, or a goodbye: what comes now is read away
                self._handle(head, body)
                handled += 1
                if handled % FLUSHED_PACKETS == 0:
                    self._write()
        except Exception as error:  # noqa: BLE001 - it ends the connection, and is told there
            self.end(error)
        finally:
            self._flush()

    def pause_writing(self) -> None:
        """The socket takes no more for now: what follows stays with us, uncopied."""
        self._paused = True

    def resume_writing(self) -> None:
        """The socket takes more."""
        self._paused = False
        self._flush()

    # -- packets -------------------------------------------------------------------------------------------------------

    def _handle(self, head: int, body: memoryview) -> None:
        kind = head >> 4
        if not self._is_in:
            self._let_in(kind, body)
        elif kind == packets.PUBLISH:
            message = packets.read_publish(head, body)
            self._on_message(self, message)
        elif kind == packets.PUBACK:
            number, code = packets.read_puback(body)
            context, following = self.outgoing.confirmed(number)
            if following is not None:
                self._send(*following)
            if context is not None:
                self._on_confirmed(self, context, code)
        elif kind == packets.PINGRESP:
            pass  # that it came is enough
        elif kind == packets.DISCONNECT:
            code, why = packets.read_disconnect(body)
            raise ConnectionEnded(f"the broker ended it: {named(code, why)}")
        elif kind == packets.SUBACK and self._answer is not None and not self._answer.done():
            number, codes = packets.read_suback(body)
            if number != _SUBSCRIBE_ID:
                raise Malformed("it answers to other subscriptions than ours", PROTOCOL_ERROR)
            self._answer.set_result(codes)
        else:
            raise Malformed(f"a packet of type {kind} may not come here", PROTOCOL_ERROR)

    def _let_in(self, kind: int, body: memoryview) -> None:
        if kind != packets.CONNACK:
            raise Malformed(f"a packet of type {kind} before it has let us in", PROTOCOL_ERROR)
        let = packets.read_connack(body)
        if let.code:
            raise NotLetIn(let.code, let.why)
        if let.session_present and self._options.clean_start:
            raise Malformed("the broker kept a session that we asked it to forget", PROTOCOL_ERROR)
        self._is_in = True
        self.connack = let.connack
        self.outgoing = Outgoing(let.connack.receive_maximum)
        self._takes_bytes = let.connack.max_packet_bytes or _LARGEST_PACKET_BYTES
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(())

    # -- writing -------------------------------------------------------------------------------------------------------

    def _send(self, *pieces: bytes) -> None:
        self._pieces += pieces
        if not self._flush_is_due:
            self._flush_is_due = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flush_is_due = False
        self._write()

    def _write(self) -> None:
        transport = self._transport
        pieces = self._pieces
        if not pieces or self._paused or transport is None or self._closed.done():
            return
        self._sent = True
        small: list[bytes] = []
        done = 0
        for piece in pieces:
            if len(piece) < JOINED_BYTES:
                small.append(piece)
                done += 1
                continue
            if small:
                transport.write(b"".join(small))
                small.clear()
            if self._paused:
                break
            # A view: what the socket does not take at once is cut off without a copy.
            transport.write(memoryview(piece))
            done += 1
            if self._paused:
                break
        if small:
            transport.write(b"".join(small))
        del pieces[:done]
        if self._is_leaving and not pieces:
            if transport.can_write_eof():
                transport.write_eof()  # and not closed: what the broker still sends would make our system reset it
            else:
                transport.close()

    # -- keep-alive ----------------------------------------------------------------------------------------------------

    def _keep_alive(self, tick_s: float) -> None:
        if tick_s and not self._ended.done():
            self._ticks = self._loop.call_later(tick_s, partial(self._tick, tick_s))

    def _tick(self, tick_s: float) -> None:
        sent, self._sent = self._sent, False
        heard, self._heard = self._heard, False
        act = self._keepalive.tick(sent=sent, heard=heard)
        if act is Act.GIVE_UP:
            self.end(ConnectionEnded(f"nothing came from the broker for {2 * TICKS * tick_s:g} s"))
        elif act is Act.PING:
            self._send(packets.PINGREQ)
        self._keep_alive(tick_s)


def _in_words(error: OSError) -> str:
    """What went wrong, without asyncio's words around it."""
    if isinstance(error, ssl.SSLError | socket.gaierror) or not error.errno:
        return str(error)
    return f"[Errno {error.errno}] {os.strerror(error.errno)}"
