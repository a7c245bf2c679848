"""What NiceGUI's sockets take from a browser: text, and no lines for our log."""

from nicegui import core
from socketio.packet import BINARY_ACK, BINARY_EVENT, Packet  # type: ignore[import-untyped] # it has no types


class TextPacket(Packet):  # type: ignore[misc] # likewise
    """A packet of socket.io without attachments.

    Of one with attachments all are kept in memory until the last has come, and how many that is the browser says; no
    page of ours sends any.
    """

    def decode(self, encoded_packet: str) -> int:
        """Read a packet; gives how many attachments follow: none.

        Raises:
            ValueError: if it is to have some, or is no packet.
        """
        attachments: int = super().decode(encoded_packet)
        if attachments or self.packet_type in {BINARY_EVENT, BINARY_ACK}:
            message = "packets with attachments are not taken"
            raise ValueError(message)
        return attachments


def bound() -> None:
    """Have NiceGUI's sockets take nothing else."""
    core.sio.packet_class = TextPacket
    # What a browser says of itself would stand in our log as if we said it, for whoever can reach the port.
    core.sio.on("log", _unheard)


async def _unheard(_sid: str, _message: object) -> None:
    """Nothing."""
