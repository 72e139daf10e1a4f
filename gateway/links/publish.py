"""What a broker publishes to us: one MQTT packet into its parts, and paho's client taught to read it so."""

from collections.abc import Callable
from typing import Any, NamedTuple

from paho.mqtt.client import Client, MQTTMessageInfo
from paho.mqtt.enums import MessageType, MQTTErrorCode, MQTTProtocolVersion

READ_AHEAD = 1 << 16
"""Bytes taken from the socket at once; some three hundred messages."""

LONGEST_LENGTH = 4
"""Bytes of a remaining length at most (MQTT 5.0, section 2.1.4)."""


class Publish(NamedTuple):
    """One PUBLISH. `packet` is None where there is nothing to acknowledge (QoS 0)."""

    topic: str
    payload: bytes
    packet: int | None
    redelivered: bool
    retained: bool


def read_publish(header: int, body: bytes | bytearray, *, properties: bool) -> Publish:
    """Read a PUBLISH of QoS 0 or 1: its first byte, and what follows the remaining length.

    MQTT 3.1.1 and 5.0, section 3.3; only 5.0 has `properties`, of which none concerns us. Raises `ValueError` for a
    packet that is too short for what it says or has another QoS. A topic of invalid UTF-8, against the standard, is
    read with replacement characters: no convention knows it, and it must not end the link.
    """
    qos = header >> 1 & 3
    if qos > 1:
        raise ValueError(f"expected QoS 0 or 1, found {qos}")
    at = 2 + int.from_bytes(body[:2], "big")
    topic = body[2:at].decode(errors="replace")
    packet = None
    if qos:
        packet = int.from_bytes(body[at : at + 2], "big")
        at += 2
    if properties:
        at = at + 1 if body[at : at + 1] == b"\0" else _after_properties(body, at)
    if at > len(body):
        raise ValueError(f"expected at least {at} bytes, found {len(body)}")
    return Publish(topic, bytes(body[at:]), packet, bool(header & 8), bool(header & 1))


def _after_properties(body: bytes | bytearray, at: int) -> int:
    """Skip the properties: their length is a variable byte integer (MQTT 5.0, section 1.5.5)."""
    length = shift = 0
    for byte in body[at : at + 4]:
        at += 1
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:  # noqa: PLR2004 - the highest bit says that more follows
            return at + length
    raise ValueError("expected a length of properties, found none")


class Subscriber(Client):
    """paho's client, reading each PUBLISH with `read_publish`, and acknowledging those of one moment in one write.

    paho takes four calls of the socket for a packet, builds a property table, a message with a lock of its own and a
    topic match for each, and sends every acknowledgement by itself: more than half of all the time that this gateway
    spends on a message. The overrides rest on names that paho keeps private, so the tests of this module fail should
    a new release change them.
    """

    def __init__(self, received: Callable[[Publish], None], **settings: Any) -> None:
        super().__init__(**settings)
        self._received = received
        self._ahead = b""
        self._at = 0
        self._accepted = bytearray()

    @property
    def has_read_ahead(self) -> bool:
        """Whether there is more to handle that is no longer to be seen at the socket."""
        return self._at < len(self._ahead)

    def ack(self, mid: int, qos: int) -> MQTTErrorCode:  # noqa: ARG002 - as paho has it
        """Acknowledge a message of QoS 1, together with the others of this moment."""
        if not self._accepted:
            self._call_socket_register_write()
        self._accepted += b"%c\2" % MessageType.PUBACK + mid.to_bytes(2, "big")
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def want_write(self) -> bool:
        """Whether there is something to send."""
        return bool(self._accepted) or super().want_write()

    def loop_write(self) -> MQTTErrorCode:
        """Send what waits."""
        self._queue_accepted()
        return super().loop_write()

    def _packet_queue(
        self, command: int, packet: bytes | bytearray, mid: int, qos: int, info: MQTTMessageInfo | None = None
    ) -> MQTTErrorCode:
        """Keep the order in which things were said: a DISCONNECT must not overtake what was accepted before it."""
        self._queue_accepted()
        return super()._packet_queue(command, packet, mid, qos, info)

    def _queue_accepted(self) -> None:
        if self._accepted:
            packets, self._accepted = bytes(self._accepted), bytearray()
            super()._packet_queue(MessageType.PUBACK, packets, 0, 1)

    def _packet_read(self) -> MQTTErrorCode:
        """Read one packet: at once if it is a PUBLISH that is here as a whole, else as paho does."""
        if self._at == len(self._ahead):
            try:
                self._ahead, self._at = super()._sock_recv(READ_AHEAD), 0
            except BlockingIOError:
                return MQTTErrorCode.MQTT_ERR_AGAIN
            except OSError:
                return MQTTErrorCode.MQTT_ERR_CONN_LOST
            if not self._ahead:
                return MQTTErrorCode.MQTT_ERR_CONN_LOST
        if self._in_packet["command"] == 0:
            header = self._ahead[self._at]
            if header & 0xF0 == MessageType.PUBLISH and (body := self._whole_body()) is not None:
                return self._hand_on(header, body)
        return super()._packet_read()

    def _whole_body(self) -> bytes | None:
        """Take the body of the packet that begins here; None, and nothing taken, if its end has not come yet."""
        length = shift = 0
        for at in range(self._at + 1, min(self._at + 1 + LONGEST_LENGTH, len(self._ahead))):
            byte = self._ahead[at]
            length |= (byte & 0x7F) << shift
            if byte < 0x80:  # noqa: PLR2004 - the highest bit says that more follows
                end = at + 1 + length
                if end > len(self._ahead):
                    return None
                self._at = end
                return self._ahead[at + 1 : end]
            shift += 7
        return None

    def _sock_recv(self, bufsize: int) -> bytes:
        """Give paho what was read ahead."""
        if self._at == len(self._ahead):
            self._ahead, self._at = super()._sock_recv(max(bufsize, READ_AHEAD)), 0
        data = self._ahead[self._at : self._at + bufsize]
        self._at += len(data)
        return data

    def _handle_publish(self) -> MQTTErrorCode:
        return self._hand_on(self._in_packet["command"], self._in_packet["packet"])

    def _hand_on(self, header: int, body: bytes | bytearray) -> MQTTErrorCode:
        five = self.protocol == MQTTProtocolVersion.MQTTv5
        try:
            publish = read_publish(header, body, properties=five)
        except ValueError:
            return MQTTErrorCode.MQTT_ERR_PROTOCOL
        self._received(publish)
        return MQTTErrorCode.MQTT_ERR_SUCCESS
