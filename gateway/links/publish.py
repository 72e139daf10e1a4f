"""What a broker publishes to us: one MQTT packet into its parts, and paho's client taught to read it so."""

from collections.abc import Callable
from typing import Any, NamedTuple

from paho.mqtt.client import Client
from paho.mqtt.enums import MQTTErrorCode, MQTTProtocolVersion


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
        at = _after_properties(body, at)
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
    """paho's client, reading each PUBLISH with `read_publish`.

    paho builds a property table, a message with a lock of its own and a topic match for each: half of all the time
    that this gateway spends on a message. The override rests on two names that paho keeps private, so the tests of
    this module fail should a new release change them.
    """

    def __init__(self, received: Callable[[Publish], None], **settings: Any) -> None:
        super().__init__(**settings)
        self._received = received

    def _handle_publish(self) -> MQTTErrorCode:
        five = self.protocol == MQTTProtocolVersion.MQTTv5
        try:
            publish = read_publish(self._in_packet["command"], self._in_packet["packet"], properties=five)
        except ValueError:
            return MQTTErrorCode.MQTT_ERR_PROTOCOL
        self._received(publish)
        return MQTTErrorCode.MQTT_ERR_SUCCESS
