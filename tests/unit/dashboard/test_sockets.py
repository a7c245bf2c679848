"""What the sockets of the pages take from a browser, and how much of it the log takes."""

import logging

import pytest
from nicegui import core
from socketio.packet import Packet  # type: ignore[import-untyped] # it has no types

from dashboard.web import sockets
from dashboard.web.sparing import MINUTE_S, MOST, Sparing


@pytest.mark.parametrize("packet", ['51-["event",{"_placeholder":true,"num":0}]', '69999-["x"]', "5", '21-["x"]'])
def test_a_packet_that_announces_attachments_is_refused(packet: str) -> None:
    """Whoever connects could have us keep gigabytes that way, without a login."""
    with pytest.raises(ValueError, match="attachments"):
        sockets.TextPacket(encoded_packet=packet)


def test_a_packet_of_text_is_taken() -> None:
    """As the pages send it, and as we send it."""
    packet = sockets.TextPacket(encoded_packet='2["event",{"id":1}]')
    assert packet.data == ["event", {"id": 1}]
    assert packet.encode() == Packet(encoded_packet='2["event",{"id":1}]').encode()


def test_nicegui_takes_no_other_packets_and_no_lines_for_the_log() -> None:
    """The bound is where its server looks."""
    sockets.bound()
    assert core.sio.packet_class is sockets.TextPacket
    assert core.sio.handlers["/"]["log"].__module__ == sockets.__name__


def test_a_log_is_filled_no_faster_than_its_bound() -> None:
    """And says how much it left out."""
    now_s = 0.0
    sparing = Sparing(lambda: now_s)

    def passes() -> str | None:
        record = logging.LogRecord("x", logging.WARNING, "", 0, "%s is wrong", ("it",), None)
        return record.getMessage() if sparing.filter(record) else None

    assert [passes() for _ in range(MOST + 3)] == ["it is wrong"] * MOST + [None] * 3
    now_s = MINUTE_S
    assert passes() == f"it is wrong (before it, 3 lines more than {MOST} in a minute)"
    assert passes() == "it is wrong"
