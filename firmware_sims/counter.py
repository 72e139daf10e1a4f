"""A pedestrian counter that speaks the native convention over MQTT (docs/native.md), exact through broker restarts."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from firmware_sims.outbox import CAPACITY, Outbox
from firmware_sims.post import Broker, Post
from firmware_sims.said import Said
from firmware_sims.street import Street
from firmware_sims.tally import Report, Tally
from firmware_sims.truth import Testimony
from firmware_sims.voice import native_voice
from gateway.clock import SECOND, Clock

KEEP = 30.0
"""Real seconds for which acknowledged messages are kept: a few autosave intervals of the broker."""


@dataclass(frozen=True, slots=True)
class CounterPart:
    """A counter `at` so many metres that reports every `period` ns.

    `keep` (real seconds) and `capacity` (messages) are those of its outbox.
    """

    id: str
    at: float
    period: int = 60 * SECOND
    keep: float = KEEP
    capacity: int = CAPACITY

    def tally(self, street: Street, boot: str) -> Tally:
        """What it counts with."""
        return Tally(street, self.at, self.period, boot)


async def count(clock: Clock, tally: Tally, send: Callable[[Report], None]) -> None:
    """Begin to count now and send each report when its period has ended, until cancelled."""
    tally.begin(clock.now().time)
    while True:
        await clock.sleep_until(tally.next)
        for report in tally.due(clock.now().time):
            send(report)


class Counter:
    """Counts everybody who passes it. Every start is a new boot."""

    def __init__(self, part: CounterPart, clock: Clock, street: Street, site: str, broker: Broker) -> None:
        self.id = part.id
        self._clock = clock
        self._tally = part.tally(street, secrets.token_hex(4))
        self._topic = f"reverbere/{site}/sensor/{part.id}"
        self._post = Post(broker, native_voice(site, "sensor", part.id), Outbox(part.keep, part.capacity))
        self._counting: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Count and report until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._post.run(), name=f"{self.id}.post")
            self._counting = tasks.create_task(count(self._clock, self._tally, self._send), name=f"{self.id}.count")

    def stop(self) -> None:
        """Report what has been counted since the last report and count no more; what is unsent still goes."""
        if self._counting is not None and self._counting.cancel():
            for report in self._tally.finish(self._clock.now().time):
                self._send(report)

    async def drained(self) -> None:
        """Wait until the broker has acknowledged every message."""
        await self._post.drained()

    def testify(self) -> Testimony:
        """What it knows to be true."""
        outbox = self._post.outbox
        return Testimony(
            self.id,
            people=self._tally.people,
            messages=self._tally.made,
            unacknowledged=outbox.unacknowledged,
            lost=outbox.lost,
            boot=self._tally.boot,
            seq=self._tally.seq,
        )

    def _send(self, report: Report) -> None:
        self._post.send(Said(self._topic, report.payload))
