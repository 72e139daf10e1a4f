"""What a broker publishes to us: one MQTT packet into its parts, and paho's client taught to read it so."""

from collections.abc import Callable
from hashlib import blake2b
from typing import Any, Final, NamedTuple

from paho.mqtt.client import Client, MQTTMessageInfo
from paho.mqtt.enums import MessageType, MQTTErrorCode, MQTTProtocolVersion

READ_AHEAD = 1 << 16
"""Bytes taken from the socket at once; some three hundred messages."""

LONGEST_LENGTH = 4
"""Bytes of a remaining length, and of a subscription identifier, at most (MQTT 5.0, sections 1.5.5 and 2.1.4)."""

SUBSCRIPTION_IDENTIFIER: Final = 0x0B
_FIXED: Final = {0x01: 1, 0x02: 4, 0x23: 2}
"""Properties of so many bytes: payload format, expiry, topic alias (MQTT 5.0, section 2.2.2.2)."""
_TEXTS: Final = {0x03: 1, 0x08: 1, 0x09: 1, 0x26: 2}
"""Properties of so many texts or byte strings: content type, response topic, correlation data, user property."""
_TOLD_APART: Final = 16
"""Bytes of subscription identifiers that go into a digest: four of them at least, and one is enough."""


class Publish(NamedTuple):
    """One PUBLISH. `packet` is None where there is nothing to acknowledge (QoS 0).

    `subscriptions` are the identifiers of the subscriptions that brought it, as they stand in the packet.
    """

    topic: str
    payload: bytes
    packet: int | None
    redelivered: bool
    retained: bool
    subscriptions: bytes = b""

    def digest(self) -> bytes:
        """What tells its content from that of others: blake2b-128 of topic NUL payload.

        The identifiers of its subscriptions are part of it, as blake2b's personalisation. The broker keeps them with
        the message, and each of our subscriptions has one of its own: the same content under the same packet id in
        another session has another digest.
        """
        content = b"%b\0%b" % (self.topic.encode(), self.payload)
        return blake2b(content, digest_size=16, person=self.subscriptions[:_TOLD_APART]).digest()


def read_publish(header: int, body: bytes | bytearray, *, properties: bool) -> Publish:
    """Read a PUBLISH of QoS 0 or 1: its first byte, and what follows the remaining length.

    MQTT 3.1.1 and 5.0, section 3.3; only 5.0 has `properties`, of which subscription identifiers concern us. Raises
    `ValueError` for a packet that is too short for what it says or has another QoS. A topic of invalid UTF-8, against
    the standard, is read with replacement characters: no convention knows it, and it must not end the link.
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
    subscriptions = b""
    if properties:
        begin, at = _properties(body, at)
        if begin < at <= len(body):
            subscriptions = _subscriptions(body[begin:at])
    if at > len(body):
        raise ValueError(f"expected at least {at} bytes, found {len(body)}")
    return Publish(topic, bytes(body[at:]), packet, bool(header & 8), bool(header & 1), subscriptions)


def _properties(body: bytes | bytearray, at: int) -> tuple[int, int]:
    """Where the properties begin and end: their length is a variable byte integer (MQTT 5.0, section 1.5.5)."""
    begin = _after_integer(body, at)
    length = 0
    for shift, byte in enumerate(body[at:begin]):
        length |= (byte & 0x7F) << 7 * shift
    return begin, begin + length


def _subscriptions(properties: bytes | bytearray) -> bytes:
    """The subscription identifiers among the properties of a PUBLISH, each as it stands there, one after the other.

    MQTT 5.0, section 3.3.2.3. What stands behind a property that no PUBLISH has is not read: it must not end the link.
    Raises `ValueError` for an identifier without an end.
    """
    found = b""
    at = 0
    while at < len(properties):
        kind = properties[at]
        at += 1
        if kind == SUBSCRIPTION_IDENTIFIER:
            end = _after_integer(properties, at)
            found += properties[at:end]
            at = end
        elif kind in _FIXED:
            at += _FIXED[kind]
        elif kind in _TEXTS:
            for _ in range(_TEXTS[kind]):
                at += 2 + int.from_bytes(properties[at : at + 2], "big")
        else:
            break
    return found


def _after_integer(body: bytes | bytearray, at: int) -> int:
    """Where a variable byte integer ends (MQTT 5.0, section 1.5.5)."""
    for end in range(at + 1, min(at + LONGEST_LENGTH, len(body)) + 1):
        if body[end - 1] < 0x80:  # noqa: PLR2004 - the highest bit says that more follows
            return end
    raise ValueError("expected a variable byte integer, found no end of it")


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
