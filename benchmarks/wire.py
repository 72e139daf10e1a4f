"""A small MQTT 3.1.1 client that costs next to nothing, so that what is measured is not the ruler.

It knows what a benchmark needs: CONNECT, SUBSCRIBE, PUBLISH with QoS 1 both ways, PUBACK. Section numbers are those of
the standard.
"""

import select
import socket
from typing import Self

CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK = 0x10, 0x20, 0x30, 0x40, 0x82, 0x90
QOS_1 = 0x02
PATIENCE = 30.0
"""Seconds until an answer that does not come is given up."""

Said = tuple[bytes, bytes]
"""Topic and payload."""


class Wire:
    """One connection to a broker on this machine, with a session of its own that ends with it."""

    def __init__(self, port: int, name: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = bytearray()
        self._packet = 0
        self._answers: list[int] = []
        self.unacknowledged = 0
        client = name.encode()
        head = b"\0\4MQTT\4\2\0\0"  # level 4, clean session, no keepalive (3.1.2)
        self._socket.sendall(_packet(CONNECT, head + len(client).to_bytes(2, "big") + client))
        self._await(CONNACK)

    def __enter__(self) -> Self:
        """Use it as a context: it closes at the end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self._socket.close()

    def subscribe(self, pattern: str) -> None:
        """Ask for topics with QoS 1, and wait for the grant."""
        name = pattern.encode()
        self._socket.sendall(_packet(SUBSCRIBE, b"\0\1" + len(name).to_bytes(2, "big") + name + b"\1"))
        self._await(SUBACK)

    def publish(self, topic: bytes, payload: bytes) -> None:
        """Publish one message with QoS 1; the answer is counted when it is read."""
        self._socket.sendall(self.packet(topic, payload))

    def packet(self, topic: bytes, payload: bytes) -> bytes:
        """Make the packet of a message that `write` shall send."""
        self._packet = self._packet % 0xFFFF + 1
        self.unacknowledged += 1
        number = self._packet.to_bytes(2, "big")
        return _packet(PUBLISH | QOS_1, len(topic).to_bytes(2, "big") + topic + number + payload)

    def write(self, packets: bytes) -> None:
        """Send packets made before."""
        self._socket.sendall(packets)

    def read(self, timeout: float) -> list[Said]:
        """Wait so many seconds at most for something to come; acknowledge what did."""
        if not select.select([self._socket], [], [], max(0.0, timeout))[0]:
            return []
        data = self._socket.recv(1 << 16)
        if not data:
            raise ConnectionError("the broker closed the connection")
        self._buffer += data
        return self._said()

    def _said(self) -> list[Said]:
        said: list[Said] = []
        acknowledgements = bytearray()
        at = 0
        while (found := _length(self._buffer, at)) is not None:
            start, end = found
            if end > len(self._buffer):
                break
            kind = self._buffer[at]
            body = self._buffer[start:end]
            at = end
            if kind & 0xF0 == PUBLISH:
                topic = int.from_bytes(body[:2], "big") + 2
                after = topic
                if kind & QOS_1:
                    after += 2
                    acknowledgements += b"\x40\2" + body[topic:after]
                said.append((bytes(body[2:topic]), bytes(body[after:])))
            elif kind == PUBACK:
                self.unacknowledged -= 1
            else:
                self._answers.append(kind)
        del self._buffer[:at]
        if acknowledgements:
            self._socket.sendall(acknowledgements)
        return said

    def _await(self, kind: int) -> None:
        while kind not in self._answers:
            if not select.select([self._socket], [], [], PATIENCE)[0]:
                raise TimeoutError(f"the broker did not answer within {PATIENCE:.0f} s")
            self.read(0.0)
        self._answers.remove(kind)


def _packet(kind: int, body: bytes) -> bytes:
    """A fixed header before a body (2.2): the length in seven bits a byte, the lowest first."""
    length, left = bytearray(), len(body)
    while True:
        left, low = divmod(left, 128)
        length.append(low | (0x80 if left else 0))
        if not left:
            return bytes((kind, *length)) + body


def _length(buffer: bytearray, at: int) -> tuple[int, int] | None:
    """Where the body of the packet at `at` starts and ends; None if not even that has come."""
    length = shift = 0
    for index in range(at + 1, min(at + 5, len(buffer))):
        length |= (buffer[index] & 0x7F) << shift
        shift += 7
        if buffer[index] < 0x80:
            return index + 1, index + 1 + length
    return None
