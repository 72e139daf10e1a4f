"""A device's connection to the broker: opened again and again, emptying an outbox in order without waiting."""

import asyncio
import contextlib
import random
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

import aiomqtt

from firmware_sims.outbox import Outbox, Parcel

WINDOW = 20
"""Messages that may wait for their acknowledgement at a time; mosquitto takes 20 unless it is told otherwise."""

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
"""Backoff between two attempts to connect, in real seconds, with full jitter."""

KEEPALIVE = 15
"""Real seconds after which a dead connection is noticed."""

GOODBYE = 1.0
"""Real seconds for the last message of a device that is switched off."""


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is, and who we are to it."""

    host: str
    port: int = 1883
    username: str | None = None
    password: str | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """The topic a device publishes to, that of its availability, and its client id."""

    topic: str
    availability: str
    client: str


@dataclass(frozen=True, slots=True)
class Ears:
    """For devices that listen: the topic, who hears each payload, and who is told of every new connection."""

    topic: str
    hear: Callable[[bytes], None]
    born: Callable[[], None]


def sensor_address(site: str, device: str) -> Address:
    """Where a sensor of a site speaks (docs/native.md)."""
    topic = f"reverbere/{site}/sensor/{device}"
    return Address(topic, f"{topic}/availability", f"sim-{site}-{device}")


class Post:
    """Sends what is put into its outbox, MQTT 3.1.1 with QoS 1, over a clean session.

    Says `online` on every connection and leaves `offline` as its will. `connections` counts those that were made and
    `trouble` says why the last one ended.
    """

    def __init__(self, broker: Broker, address: Address, outbox: Outbox, ears: Ears | None = None) -> None:
        self.outbox = outbox
        self.connections = 0
        self.trouble = ""
        self._broker = broker
        self._address = address
        self._ears = ears
        self._wake = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()

    def send(self, seq: int, payload: bytes) -> None:
        """Put a message into the outbox; it goes as soon as there is a connection."""
        self.outbox.add(seq, payload)
        self._look()
        self._wake.set()

    async def drained(self) -> None:
        """Wait until the broker has acknowledged everything."""
        await self._empty.wait()

    async def run(self) -> None:
        """Connect, send, listen; after every failure again, until cancelled."""
        attempt = 0
        while True:
            before = self.connections
            # A task of its own: a cancellation of ours cannot get lost among the errors of a breaking connection.
            connection = asyncio.create_task(self._connect(), name=f"{self._address.client}.connection")
            try:
                await asyncio.wait({connection})
            finally:
                connection.cancel()
                await asyncio.wait({connection})
            connection.result()
            self.outbox.disconnected()
            self._look()
            attempt = 0 if self.connections > before else attempt + 1
            await asyncio.sleep(random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt)))

    async def _connect(self) -> None:
        """One connection, from its attempt to its end, which is no error."""
        try:
            async with self._client() as client:
                await self._session(client)
        except* (aiomqtt.MqttError, OSError) as gone:
            self.trouble = str(gone.exceptions[0])

    def _client(self) -> aiomqtt.Client:
        # A new client each time: an old one would send its own unacknowledged messages beside ours.
        client = aiomqtt.Client(
            self._broker.host,
            self._broker.port,
            username=self._broker.username,
            password=self._broker.password,
            identifier=self._address.client,
            protocol=aiomqtt.ProtocolVersion.V311,
            will=aiomqtt.Will(self._address.availability, b"offline", qos=1, retain=True),
            clean_session=True,
            keepalive=KEEPALIVE,
            max_queued_incoming_messages=100,
            max_inflight_messages=WINDOW,
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
        )
        client.pending_calls_threshold = 2 * WINDOW
        return client

    async def _session(self, client: aiomqtt.Client) -> None:
        if self._ears is not None:
            await client.subscribe(self._ears.topic, qos=1)
        await client.publish(self._address.availability, b"online", qos=1, retain=True)
        self.connections += 1
        if self._ears is not None:
            self._ears.born()
        self._look()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._listen(client), name=f"{self._address.client}.listen")
                tasks.create_task(self._empty_outbox(client, tasks), name=f"{self._address.client}.send")
        except asyncio.CancelledError:
            with contextlib.suppress(aiomqtt.MqttError):
                await client.publish(self._address.availability, b"offline", qos=1, retain=True, timeout=GOODBYE)
            raise

    async def _listen(self, client: aiomqtt.Client) -> None:
        """Hear orders, if any; for all devices, notice that the connection is gone: then the iteration raises."""
        async for message in client.messages:
            if self._ears is not None and isinstance(message.payload, bytes):
                self._ears.hear(message.payload)

    async def _empty_outbox(self, client: aiomqtt.Client, tasks: asyncio.TaskGroup) -> None:
        window = asyncio.Semaphore(WINDOW)
        while True:
            # Tasks start in the order they are made, so messages leave in the order of the outbox.
            while (parcel := self.outbox.take()) is not None:
                await window.acquire()
                tasks.create_task(self._deliver(client, parcel, window), name=f"{self._address.client}.{parcel.seq}")
            self._wake.clear()
            await self._wake.wait()

    async def _deliver(self, client: aiomqtt.Client, parcel: Parcel, window: asyncio.Semaphore) -> None:
        await client.publish(self._address.topic, parcel.payload, qos=1)
        window.release()
        self.outbox.acknowledge(parcel.seq, time.monotonic())
        self._look()

    def _look(self) -> None:
        if self.outbox.unacknowledged:
            self._empty.clear()
        else:
            self._empty.set()
