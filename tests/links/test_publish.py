import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from gateway.links.publish import Publish, Subscriber, read_publish

# MQTT 5.0, section 3.3: DUP, QoS 1, RETAIN; topic "a/b", packet 10, no properties, "hi".
FIVE = bytes.fromhex("0003612f62000a006869")


def test_a_packet_of_mqtt_5_is_read() -> None:
    assert read_publish(0x3B, FIVE, properties=True) == Publish("a/b", b"hi", 10, redelivered=True, retained=True)


def test_a_packet_of_mqtt_3_has_no_properties() -> None:
    assert read_publish(0x32, FIVE[:7] + b"hi", properties=False).payload == b"hi"


def test_a_packet_of_qos_0_has_nothing_to_acknowledge() -> None:
    assert read_publish(0x30, FIVE[:5] + b"hi", properties=False) == Publish("a/b", b"hi", None, False, False)  # noqa: FBT003 - as in the packet


def test_properties_are_skipped_however_many_there_are() -> None:
    many = FIVE[:7] + b"\x80\x01" + bytes(128) + b"hi"
    assert read_publish(0x32, many, properties=True).payload == b"hi"


# Payload format, expiry, content type "t", identifier 77, correlation data, user property "k": "v", identifier 16384.
MANY = bytes.fromhex("0101 02000000ff 03000174 0b4d 0900020b0b 2600016b000176 0b808001")


def test_identifiers_of_subscriptions_are_found_among_other_properties() -> None:
    read = read_publish(0x32, FIVE[:7] + bytes((len(MANY),)) + MANY + b"hi", properties=True)
    assert (read.subscriptions, read.payload) == (bytes.fromhex("4d 808001"), b"hi")


def test_the_same_content_by_another_subscription_has_another_digest_and_a_longer_wait_has_not() -> None:
    def digest(properties: str) -> bytes:
        found = bytes.fromhex(properties)
        return read_publish(0x32, FIVE[:7] + bytes((len(found),)) + found + b"hi", properties=True).digest()

    assert len({digest(""), digest("0b4d"), digest("0b4e")}) == 3
    assert digest("02000000ff 0b4d") == digest("0b4d 02000000fe")


def test_an_identifier_without_an_end_is_refused() -> None:
    with pytest.raises(ValueError, match="variable byte integer"):
        read_publish(0x32, FIVE[:7] + b"\x02\x0b\xff" + b"hi", properties=True)


def test_an_empty_payload_is_one() -> None:
    assert read_publish(0x32, FIVE[:8], properties=True).payload == b""


def test_a_topic_of_invalid_utf_8_does_not_end_the_link() -> None:
    assert read_publish(0x30, b"\x00\x01\xff", properties=False).topic == "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    "body", [b"", b"\x00", b"\x00\x05a/b", FIVE[:6], FIVE[:7], FIVE[:7] + b"\x05hi", FIVE[:7] + b"\xff" * 5]
)
def test_a_packet_that_is_too_short_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match="expected"):
        read_publish(0x32, body, properties=True)


@given(st.integers(0x30, 0x3F), st.binary(max_size=40), st.booleans())
def test_any_bytes_are_read_or_refused(header: int, body: bytes, properties: bool) -> None:  # noqa: FBT001 - drawn
    try:
        read = read_publish(header, body, properties=properties)
    except ValueError:
        return
    assert body.endswith(read.payload)


@contextmanager
def wired(came: list[Publish]) -> Iterator[tuple[Subscriber, socket.socket]]:
    """A client on one end of a wire, and the other end."""
    ours, theirs = socket.socketpair()
    ours.settimeout(0.0)
    client = Subscriber(
        came.append,
        callback_api_version=CallbackAPIVersion.VERSION2,
        protocol=MQTTProtocolVersion.MQTTv5,
        manual_ack=True,
    )
    client.on_socket_register_write = lambda *_: None
    client._sock = ours
    with theirs:
        try:
            yield client, theirs
        finally:
            client._sock_close()


def packet(number: int, payload: bytes = b"hi") -> bytes:
    body = FIVE[:5] + number.to_bytes(2, "big") + b"\0" + payload
    return bytes((0x32, len(body) & 0x7F | 0x80, len(body) >> 7)) + body


def test_paho_still_calls_what_we_override() -> None:
    came: list[Publish] = []
    with wired(came) as (client, _):
        client._in_packet["command"] = 0x32
        client._in_packet["packet"] = bytearray(FIVE)
        assert client._packet_handle() == MQTTErrorCode.MQTT_ERR_SUCCESS
        client._in_packet["packet"] = bytearray(FIVE[:4])
        assert client._packet_handle() == MQTTErrorCode.MQTT_ERR_PROTOCOL
    assert [publish.packet for publish in came] == [10]


def test_messages_that_came_together_are_read_one_by_one() -> None:
    came: list[Publish] = []
    with wired(came) as (client, broker):
        broker.sendall(packet(1) + packet(2) + b"\xd0\x00" + packet(3))
        client.loop_read()
        assert [publish.packet for publish in came] == [1]
        while client.has_read_ahead:
            client.loop_read()
    assert [publish.packet for publish in came] == [1, 2, 3]


@given(st.lists(st.binary(max_size=300), max_size=5), st.lists(st.integers(1, 200), max_size=20))
def test_messages_cut_anywhere_are_read_whole(payloads: list[bytes], cuts: list[int]) -> None:
    came: list[Publish] = []
    stream = b"".join(packet(number, payload) for number, payload in enumerate(payloads, 1))
    with wired(came) as (client, broker):
        for cut in [*cuts, len(stream)]:
            broker.sendall(stream[:cut])
            stream = stream[cut:]
            client.loop_read()
            while client.has_read_ahead:
                client.loop_read()
    assert [publish.payload for publish in came] == payloads


def test_a_broker_that_hangs_up_is_noticed() -> None:
    with wired([]) as (client, broker):
        broker.close()
        assert client.loop_read() == MQTTErrorCode.MQTT_ERR_CONN_LOST
        assert client.socket() is None


def test_acknowledgements_of_one_moment_are_one_write_in_their_order() -> None:
    with wired([]) as (client, broker):
        for number in (7, 8, 300):
            client.ack(number, 1)
        assert client.want_write()
        client.loop_write()
        assert not client.want_write()
        assert broker.recv(100) == bytes.fromhex("40020007 40020008 4002012c")


def test_what_was_accepted_is_acknowledged_before_a_farewell() -> None:
    with wired([]) as (client, broker):
        client.ack(7, 1)
        client.disconnect()
        client.loop_write()
        assert broker.recv(100).startswith(bytes.fromhex("40020007 e0"))
