"""A device's connection to the broker: opened again and again, emptying an outbox in order without waiting."""

import asyncio
import contextlib
import random
import socket
import time
from dataclasses import dataclass

import aiomqtt

from firmware_sims.outbox import Outbox, Parcel
from firmware_sims.said import Said
from firmware_sims.voice import Voice

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


class Post:
    """Sends what is put into its outbox, MQTT 3.1.1 with QoS 1, over a clean session.

    `connections` counts those that were made and `trouble` says why the last one ended.
    """

    def __init__(self, broker: Broker, voice: Voice, outbox: Outbox[Said]) -> None:
        self.outbox = outbox
        self.connections = 0
        self.trouble = ""
        self._broker = broker
        self._voice = voice
        self._made = 0
        self._wake = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()

    def send(self, said: Said) -> None:
        """Put a message into the outbox; it goes as soon as there is a connection."""
        self.outbox.add(self._made, said)
        self._made += 1
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
            connection = asyncio.create_task(self._connect(), name=f"{self._voice.client}.connection")
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
        will = self._voice.will()
        client = aiomqtt.Client(
            self._broker.host,
            self._broker.port,
            username=self._broker.username,
            password=self._broker.password,
            identifier=self._voice.client,
            protocol=aiomqtt.ProtocolVersion.V311,
            will=None if will is None else aiomqtt.Will(will.topic, will.payload, qos=1, retain=will.retain),
            clean_session=True,
            keepalive=KEEPALIVE,
            max_queued_incoming_messages=100,
            max_inflight_messages=WINDOW,
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
        )
        client.pending_calls_threshold = 2 * WINDOW
        return client

    async def _session(self, client: aiomqtt.Client) -> None:
        for topic in self._voice.ears:
            await client.subscribe(topic, qos=1)
        for said in self._voice.births():
            await _publish(client, said)
        self.connections += 1
        self._voice.connected()
        self._look()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._listen(client), name=f"{self._voice.client}.listen")
                tasks.create_task(self._empty_outbox(client, tasks), name=f"{self._voice.client}.send")
        except asyncio.CancelledError:
            last = self._voice.farewell()
            if last is not None:
                with contextlib.suppress(aiomqtt.MqttError):
                    await client.publish(last.topic, last.payload, qos=1, retain=last.retain, timeout=GOODBYE)
            raise

    async def _listen(self, client: aiomqtt.Client) -> None:
        """Hear orders, if any; for all devices, notice that the connection is gone: then the iteration raises."""
        async for message in client.messages:
            if isinstance(message.payload, bytes):
                self._voice.hear(str(message.topic), message.payload)

    async def _empty_outbox(self, client: aiomqtt.Client, tasks: asyncio.TaskGroup) -> None:
        window = asyncio.Semaphore(WINDOW)
        while True:
            # Tasks start in the order they are made, so messages leave in the order of the outbox.
            while (parcel := self.outbox.take()) is not None:
                await window.acquire()
                tasks.create_task(self._deliver(client, parcel, window), name=f"{self._voice.client}.{parcel.seq}")
            self._wake.clear()
            await self._wake.wait()

    async def _deliver(self, client: aiomqtt.Client, parcel: Parcel[Said], window: asyncio.Semaphore) -> None:
        await _publish(client, parcel.payload)
        window.release()
        self.outbox.acknowledge(parcel.seq, time.monotonic())
        self._look()

    def _look(self) -> None:
        if self.outbox.unacknowledged:
            self._empty.clear()
        else:
            self._empty.set()


async def _publish(client: aiomqtt.Client, said: Said) -> None:
    await client.publish(said.topic, said.payload, qos=1, retain=said.retain)
