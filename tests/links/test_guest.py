"""A guest at a real broker: hears everything once, leaves nothing behind, and says why it cannot."""

import asyncio
from contextlib import suppress

import aiomqtt
import pytest

from devices.message import Message
from gateway.broker import free_port
from gateway.clock import SystemClock
from gateway.links.connection import Broker
from gateway.links.delivery import LinkDown
from gateway.links.guest import Guest
from tests.links.inbox import PATIENCE, until
from tests.servers import Server


async def test_what_is_retained_comes_first_and_marked_and_live_words_as_they_are(mosquitto: Server) -> None:
    heard: list[Message] = []
    answered = asyncio.Event()
    guest = Guest(
        Broker("127.0.0.1", mosquitto.port, "guest", session_expiry=0), ["#"], SystemClock(), lambda _: answered.set()
    )
    async with aiomqtt.Client("127.0.0.1", mosquitto.port) as maker:
        await maker.publish("a/described", b"1", qos=1, retain=True)
        task = asyncio.create_task(guest.listen(heard.append), name="guest")
        async with asyncio.timeout(PATIENCE):
            await answered.wait()
        await until(lambda: heard, "what was retained")
        await maker.publish("a/live", b"2", qos=1)
        await maker.publish("a/kept", b"3", qos=1, retain=True)
        await until(lambda: len(heard) == 3, "what was said")
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert [(each.topic, each.retained) for each in heard] == [
        ("a/described", True),
        ("a/live", False),
        ("a/kept", True),
    ]
    assert heard[0].time < heard[1].time < heard[2].time


async def test_a_broker_that_is_not_there_is_told() -> None:
    guest = Guest(Broker("127.0.0.1", free_port(), "guest", session_expiry=0), ["#"], SystemClock())
    with pytest.raises(LinkDown, match="no broker at"):
        await guest.listen(lambda _: None)


async def test_a_broker_that_ends_is_told(mosquitto: Server) -> None:
    answered = asyncio.Event()
    guest = Guest(
        Broker("127.0.0.1", mosquitto.port, "guest", session_expiry=0), ["#"], SystemClock(), lambda _: answered.set()
    )
    task = asyncio.create_task(guest.listen(lambda _: None), name="guest")
    async with asyncio.timeout(PATIENCE):
        await answered.wait()
    await asyncio.to_thread(mosquitto.stop)
    with pytest.raises(LinkDown, match="connection lost"):
        await task


async def test_a_broker_that_only_speaks_3_1_1_is_heard(nats: Server) -> None:
    heard: list[Message] = []
    answered = asyncio.Event()
    guest = Guest(
        Broker("127.0.0.1", nats.port, "guest", session_expiry=0), ["#"], SystemClock(), lambda _: answered.set()
    )
    task = asyncio.create_task(guest.listen(heard.append), name="guest")
    async with asyncio.timeout(PATIENCE):
        await answered.wait()
    async with aiomqtt.Client("127.0.0.1", nats.port, protocol=aiomqtt.ProtocolVersion.V311) as maker:
        await maker.publish("a/live", b"2", qos=1)
        await until(lambda: heard, "what was said")
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert [(each.topic, each.payload) for each in heard] == [("a/live", b"2")]
