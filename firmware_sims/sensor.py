"""A sensor of any make that speaks over MQTT."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from firmware_sims.ailment import Ailment, mutilated
from firmware_sims.breakage import Breakage
from firmware_sims.catalogue import COUNTERS, WATCHERS
from firmware_sims.makes.make import Node, SensorMake
from firmware_sims.outbox import Outbox
from firmware_sims.post import Broker, Post
from firmware_sims.said import Said
from firmware_sims.sight import Habit, Looks, Rounds, Steps, Watch
from firmware_sims.specimen import Specimen, Utterance
from firmware_sims.street import Street
from firmware_sims.truth import Testimony
from firmware_sims.voice import Voice
from gateway.clock import SECOND, Clock

REMEMBERED = 1000
"""Messages that wait for a broker that is away."""

NOTICED = 5.0
"""Real seconds that a device which describes itself gives others to read that, unless it is told sooner."""


@dataclass(frozen=True, slots=True)
class MakePart:
    """A sensor of a make, as the catalogue calls it: one that counts at `at` metres, or watches `start` to `end`.

    `period` (ns) is that of its reports, or half the longest silence of one that watches.
    """

    id: str
    make: str
    address: str
    at: float | None = None
    start: float = 0.0
    end: float = 0.0
    period: int = 60 * SECOND
    base: str = ""
    topic: str = ""
    timezone: str = "UTC"
    breakages: tuple[Breakage[Ailment], ...] = ()

    def kind(self) -> type[SensorMake]:
        """Its make. Raises `KeyError` for none of the catalogue."""
        return (WATCHERS if self.at is None else COUNTERS)[self.make]

    def node(self, site: str) -> Node:
        """Who it is on a site."""
        return Node(self.id, self.address, self.base, self.topic, self.timezone, site)

    def watch(self, street: Street) -> Watch:
        """How it looks at a street."""
        match self.kind().habit, self.at:
            case Habit.ROUNDS, float(at):
                return Rounds(street, at, self.period)
            case Habit.STEPS, float(at):
                return Steps(street, at)
            case _:
                return Looks(street, self.start, self.end, self.period)

    def specimen(self, site: str, street: Street, start: int) -> Specimen:
        """The sensor itself, switched on at `start` (ns)."""
        node = self.node(site)
        return Specimen(lambda: self.kind()(node), self.watch(street), start, self.breakages)


class Sensor:
    """Looks, speaks, and starts anew if it must."""

    def __init__(self, part: MakePart, clock: Clock, street: Street, site: str, broker: Broker) -> None:
        self.id = part.id
        self._clock = clock
        self._self = part.specimen(site, street, clock.now().time)
        self._connected = asyncio.Event()
        self._noticed = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None
        self._speaking: asyncio.Task[None] | None = None
        voice = Voice(
            f"sim-{site}-{part.id}",
            self._will,
            lambda: self._self.make.births(self._now()),
            lambda: self._self.make.farewell(self._now()),
            self._self.make.ears,
            self._hear,
            self._connected.set,
        )
        self._post = Post(broker, voice, Outbox[Said](0.0, REMEMBERED))

    @property
    def spoken(self) -> tuple[str, ...]:
        """Topics on which it speaks once its description has been noticed."""
        return self._self.make.spoken

    def noticed(self) -> None:
        """Be told that the description has been read."""
        self._noticed.set()

    async def run(self) -> None:
        """Look and speak until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            self._speak(tasks)
            self._watching = tasks.create_task(self._watch(tasks), name=f"{self.id}.watch")

    def stop(self) -> None:
        """Say what has not been said, and look no more; what is unsent still goes."""
        if self._watching is not None and self._watching.cancel():
            self._send(self._self.finish(self._clock.now().time))

    async def drained(self) -> None:
        """Wait until the broker has acknowledged every message."""
        await self._post.drained()

    def testify(self) -> Testimony:
        """What it knows to be true."""
        outbox, me = self._post.outbox, self._self
        counts = me.make.habit is not Habit.LOOKS
        return Testimony(
            self.id,
            people=me.people if counts else None,
            messages=me.messages,
            damaged=me.damaged,
            unacknowledged=outbox.unacknowledged,
            lost=outbox.lost,
            people_lost=me.people_lost if counts else 0,
        )

    def _will(self) -> Said | None:
        return self._self.make.will()

    def _now(self) -> int:
        return self._self.clock(self._clock.now().time)

    def _speak(self, tasks: asyncio.TaskGroup) -> None:
        self._speaking = tasks.create_task(self._post.run(), name=f"{self.id}.post")

    def _hear(self, topic: str, payload: bytes) -> None:
        for said in self._self.make.hear(topic, payload, self._now()):
            self._post.send(said)

    async def _watch(self, tasks: asyncio.TaskGroup) -> None:
        await self._connected.wait()
        if self.spoken:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(NOTICED):
                    await self._noticed.wait()
        self._send(self._self.begin(self._clock.now().time))
        while True:
            await self._clock.sleep_until(self._self.next)
            self._send(self._self.live(self._clock.now().time))
            if self._self.restarts:
                await self._restart(tasks)
                self._send(self._self.begin(self._clock.now().time))

    async def _restart(self, tasks: asyncio.TaskGroup) -> None:
        """Go and come back; what was said before goes first, so that everybody knows what was said."""
        await self._post.drained()
        self._connected.clear()
        speaking = self._speaking
        if speaking is not None:
            speaking.cancel()
            await asyncio.wait([speaking])
        self._speak(tasks)
        await self._connected.wait()

    def _send(self, told: Sequence[Utterance]) -> None:
        for each in told:
            payload = mutilated(each.said.payload) if each.spoilt else each.said.payload
            self._post.send(Said(each.said.topic, payload, each.said.retain))
