"""A luminaire of any make that speaks over MQTT; unless something else is said it is native (docs/native.md)."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from firmware_sims.ailment import AN_HOUR, RESTARTS, mutilated
from firmware_sims.breakage import Breakage, Fault, Script
from firmware_sims.catalogue import LAMPS
from firmware_sims.lamp import Lamp, LampType
from firmware_sims.makes.make import FOR_EVER, Answer, Node
from firmware_sims.outbox import Outbox
from firmware_sims.post import Broker, Post
from firmware_sims.said import Said
from firmware_sims.truth import Testimony
from firmware_sims.voice import Voice
from gateway.clock import SECOND, Clock

REPORT_EVERY = 60 * SECOND
"""Street time between two states of a lamp with which nothing happens."""

REMEMBERED = 100
"""States that may wait for their acknowledgement; on a new connection they are replaced by the present one."""

DIARY = 10_000
"""Lines of what a lamp showed that are kept: about a week of minutes."""


@dataclass(frozen=True, slots=True)
class LuminairePart:
    """A lamp at `at` metres. When it hears nothing it fades to `failure_level` (%) within `failure_ramp` ns.

    `patience` (ns) is how long it waits for its first order. `breakages` say when it breaks and is mended. `make` is
    one of the catalogue and `address` what it is called there; of the makes only the native one has a failure level.
    """

    id: str
    at: float = 0.0
    type: LampType = field(default_factory=LampType)
    failure_level: float = 100.0
    failure_ramp: int = 10 * SECOND
    patience: int = 180 * SECOND
    breakages: tuple[Breakage[Fault], ...] = ()
    make: str = "native"
    address: str = ""
    base: str = ""
    timezone: str = "UTC"

    def node(self, site: str) -> Node:
        """Who it is on a site."""
        return Node(self.id, self.address or self.id, self.base, timezone=self.timezone, site=site)


class Shown(NamedTuple):
    """The light of a lamp at an instant of street time (ns), in per cent."""

    at: int
    light: float


class Luminaire:
    """Follows orders and says what it does: when its order changes, when a fade is over, and every minute.

    `diary` is what it showed lately, whether anybody was told or not: between two lines the light changed evenly.
    """

    def __init__(self, part: LuminairePart, clock: Clock, site: str, broker: Broker) -> None:
        self.id = part.id
        self._part = part
        self._clock = clock
        self._make = LAMPS[part.make](part.node(site))
        self._started = clock.now().time
        self._again: int | None = None
        self._lamp = self._made_now()
        self._commands = 0
        self._refused = 0
        self._states = 0
        self._told = 0
        self.diary: deque[Shown] = deque(maxlen=DIARY)
        self._script = Script(clock.now().time, part.breakages)
        self._said: tuple[str, float, bool, float] | None = None
        self._say_again = 0
        self._news = asyncio.Event()
        self._living: asyncio.Task[None] | None = None
        self._speaking: asyncio.Task[None] | None = None
        voice = Voice(
            f"sim-{site}-{part.id}",
            self._make.will,
            lambda: self._make.births(self._time()),
            lambda: self._make.farewell(self._time()),
            self._make.ears,
            self._hear,
            self._born,
        )
        self._post = Post(broker, voice, Outbox[Said](0.0, REMEMBERED))

    @property
    def spoken(self) -> tuple[str, ...]:
        """Topics on which it speaks once its description has been noticed."""
        return self._make.spoken

    def noticed(self) -> None:
        """Be told that the description has been read; it says what it does now and then anyway."""

    @property
    def light(self) -> float:
        """What is seen of it now, in per cent."""
        self._catch_up()
        return self._lamp.light

    async def run(self) -> None:
        """Shine and report until cancelled."""
        self._lamp = self._made_now()
        self._script = Script(self._clock.now().time, self._part.breakages)
        async with asyncio.TaskGroup() as tasks:
            self._speak(tasks)
            self._living = tasks.create_task(self._live(tasks), name=f"{self.id}.live")

    def stop(self) -> None:
        """Say the state once more, then stay as it is: the meter stands still. What is unsent still goes."""
        if self._living is not None and self._living.cancel():
            self._lamp.advance(self._clock.now().time)
            self._say()
            self._living = None

    async def drained(self) -> None:
        """Wait until the broker has acknowledged every state."""
        await self._post.drained()

    def testify(self) -> Testimony:
        """What it knows to be true, meters up to now or up to `stop`."""
        self._catch_up()
        return Testimony(
            self.id,
            messages=self._states,
            unacknowledged=self._post.outbox.unacknowledged,
            lost=self._post.outbox.lost,
            energy_wh=self._lamp.energy,
            always_on_wh=self._lamp.always_on,
            commands=self._commands,
            refused=self._refused,
        )

    def _made_now(self) -> Lamp:
        part = self._part
        patience = part.patience if self._make.failure_level is not None else FOR_EVER
        return Lamp(part.type, self._clock.now().time, part.failure_level, part.failure_ramp, patience)

    def _time(self) -> int:
        """What its own clock shows now."""
        now = self._clock.now().time
        if self._lamp.fault is Fault.LONG_AGO:
            return now - self._started
        return now + AN_HOUR if self._lamp.fault is Fault.AHEAD else now

    async def _live(self, tasks: asyncio.TaskGroup) -> None:
        while True:
            now = self._clock.now().time
            while (broken := self._script.take(now)) is not None:
                await self._suffer(*broken, tasks)
            self._lamp.advance(now)
            if self._again is not None and self._again <= now:
                await self._restart(now, tasks)
            self._show()
            if self._news_of_lamp() != self._said or now >= self._say_again:
                self._say_again = now + REPORT_EVERY
                self._say()
            due = [self._say_again, self._lamp.next_change(), self._script.next_change, self._again]
            await self._sleep_until(min(at for at in due if at is not None))

    def _speak(self, tasks: asyncio.TaskGroup) -> None:
        self._speaking = tasks.create_task(self._post.run(), name=f"{self.id}.post")

    async def _suffer(self, at: int, fault: Fault, tasks: asyncio.TaskGroup) -> None:
        """Break in another way, or be mended: without mains it speaks with nobody."""
        self._lamp.advance(at)
        self._show()
        self._lamp.suffer(fault)
        self._show()
        self._again = at + RESTARTS if fault is Fault.RESTARTING else None
        if fault is Fault.UNPOWERED and self._speaking is not None:
            await self._fall_silent(self._speaking)
        elif fault is not Fault.UNPOWERED and self._speaking is None:
            self._speak(tasks)

    async def _restart(self, at: int, tasks: asyncio.TaskGroup) -> None:
        """Lose the mains for a moment: it is dark, knows no order and is born again."""
        self._again = at + RESTARTS
        self._lamp.begin_anew()
        if self._speaking is not None:
            await self._fall_silent(self._speaking)
        self._speak(tasks)

    async def _fall_silent(self, speaking: "asyncio.Task[None]") -> None:
        self._speaking = None
        speaking.cancel()
        await asyncio.wait([speaking])
        self._post.outbox.clear()

    def _show(self) -> None:
        self.diary.append(Shown(self._lamp.now, self._lamp.light))

    def _hear(self, topic: str, payload: bytes) -> None:
        self._commands += 1
        if self._living is None or self._speaking is None:
            return
        self._catch_up()
        told = self._make.understand(topic, payload, self._lamp, self._time())
        if told is None:
            self._refused += 1
        elif isinstance(told, Answer):
            self._utter(told.said)
        else:
            self._lamp.follow(told)
            self._news.set()

    def _born(self) -> None:
        """On a new connection old states are worth nothing: say the present one instead."""
        self._post.outbox.clear()
        self._catch_up()
        if not self._make.born_whole:
            self._say()

    def _catch_up(self) -> None:
        """Bring the lamp to the present, unless it has been stopped."""
        if self._living is not None:
            self._lamp.advance(self._clock.now().time)
            self._show()

    def _news_of_lamp(self) -> tuple[str, float, bool, float]:
        out = 0.0 if self._lamp.light else 1.0
        return self._lamp.order_id, self._lamp.target, self._lamp.fading, out

    def _say(self) -> None:
        self._said = self._news_of_lamp()
        self._utter(self._make.state(self._lamp, self._time()))

    def _utter(self, told: Sequence[Said]) -> None:
        """Send what the lamp has to say, unless something is wrong with it."""
        if self._lamp.fault in {Fault.UNPOWERED, Fault.MUTE} or not told:
            return
        self._states += len(told)
        self._told += 1
        spoilt = self._lamp.fault is Fault.NOISY and self._told % 2 == 0
        for said in told:
            payload = mutilated(said.payload) if spoilt else said.payload
            self._post.send(Said(said.topic, payload, said.retain))

    async def _sleep_until(self, time: int) -> None:
        """Sleep until street time has reached `time` or an order came."""
        waits = {
            asyncio.create_task(self._clock.sleep_until(time), name=f"{self.id}.sleep"),
            asyncio.create_task(self._news.wait(), name=f"{self.id}.order"),
        }
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            self._news.clear()
