"""A presence sensor that speaks the native convention over MQTT (docs/native.md)."""

import asyncio
import json
import secrets
from dataclasses import dataclass

from firmware_sims.outbox import Outbox
from firmware_sims.post import Broker, Post
from firmware_sims.said import Said
from firmware_sims.sighting import sightings
from firmware_sims.street import Street
from firmware_sims.truth import Testimony
from firmware_sims.voice import native_voice
from gateway.clock import SECOND, Clock

REMEMBERED = 200
"""Messages that wait for a broker that is away; of older ones nobody would learn who is there now."""


@dataclass(frozen=True, slots=True)
class PresencePart:
    """A sensor that sees from `start` to `end` metres and speaks at least twice within `heartbeat` ns."""

    id: str
    start: float
    end: float
    heartbeat: int = 300 * SECOND


class PresenceSensor:
    """Says when somebody comes into its stretch and when the last one has left it. Every start is a new boot."""

    def __init__(self, part: PresencePart, clock: Clock, street: Street, site: str, broker: Broker) -> None:
        self.id = part.id
        self._part = part
        self._clock = clock
        self._street = street
        self._boot = secrets.token_hex(4)
        self._made = 0
        self._topic = f"reverbere/{site}/sensor/{part.id}"
        self._post = Post(broker, native_voice(site, "sensor", part.id), Outbox(0.0, REMEMBERED))
        self._watching: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Watch and report until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._post.run(), name=f"{self.id}.post")
            self._watching = tasks.create_task(self._watch(), name=f"{self.id}.watch")

    def stop(self) -> None:
        """Say no more; what is unsent still goes."""
        if self._watching is not None:
            self._watching.cancel()

    async def drained(self) -> None:
        """Wait until the broker has acknowledged every message."""
        await self._post.drained()

    def testify(self) -> Testimony:
        """What it knows to be true."""
        outbox = self._post.outbox
        return Testimony(
            self.id,
            messages=self._made,
            unacknowledged=outbox.unacknowledged,
            lost=outbox.lost,
            boot=self._boot,
            seq=self._made - 1,
        )

    async def _watch(self) -> None:
        part, start = self._part, self._clock.now().time
        for at, present in sightings(self._street, part.start, part.end, start, part.heartbeat // 2):
            await self._clock.sleep_until(at)
            message = {"v": 1, "presence": present, "time": at / SECOND, "boot": self._boot, "seq": self._made}
            self._post.send(Said(self._topic, json.dumps(message, separators=(",", ":")).encode()))
            self._made += 1
