"""A luminaire that speaks the native convention over MQTT (docs/native.md)."""

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

from firmware_sims.breakage import Breakage, Fault, Script
from firmware_sims.lamp import Lamp, LampType, understand
from firmware_sims.outbox import Outbox
from firmware_sims.post import Address, Broker, Ears, Post
from firmware_sims.truth import Testimony
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

    `patience` (ns) is how long it waits for its first order. `breakages` say when it breaks and is mended.
    """

    id: str
    at: float = 0.0
    type: LampType = field(default_factory=LampType)
    failure_level: float = 100.0
    failure_ramp: int = 10 * SECOND
    patience: int = 180 * SECOND
    breakages: tuple[Breakage, ...] = ()


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
        self._lamp = self._made_now()
        self._commands = 0
        self._refused = 0
        self._states = 0
        self.diary: deque[Shown] = deque(maxlen=DIARY)
        self._script = Script(clock.now().time, part.breakages)
        self._said: tuple[str, float, bool, float] | None = None
        self._say_again = 0
        self._news = asyncio.Event()
        self._living: asyncio.Task[None] | None = None
        self._speaking: asyncio.Task[None] | None = None
        topic = f"reverbere/{site}/lamp/{part.id}"
        address = Address(f"{topic}/state", f"{topic}/availability", f"sim-{site}-{part.id}")
        self._post = Post(broker, address, Outbox(0.0, REMEMBERED), Ears(f"{topic}/set", self._hear, self._born))

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
        return Lamp(part.type, self._clock.now().time, part.failure_level, part.failure_ramp, part.patience)

    async def _live(self, tasks: asyncio.TaskGroup) -> None:
        while True:
            now = self._clock.now().time
            while (broken := self._script.take(now)) is not None:
                await self._suffer(*broken, tasks)
            self._lamp.advance(now)
            self._show()
            if self._news_of_lamp() != self._said or now >= self._say_again:
                self._say_again = now + REPORT_EVERY
                self._say()
            due = [self._say_again, self._lamp.next_change(), self._script.next_change]
            await self._sleep_until(min(at for at in due if at is not None))

    def _speak(self, tasks: asyncio.TaskGroup) -> None:
        self._speaking = tasks.create_task(self._post.run(), name=f"{self.id}.post")

    async def _suffer(self, at: int, fault: Fault, tasks: asyncio.TaskGroup) -> None:
        """Break in another way, or be mended: without mains it speaks with nobody."""
        self._lamp.advance(at)
        self._show()
        self._lamp.suffer(fault)
        self._show()
        if fault is Fault.UNPOWERED and self._speaking is not None:
            speaking, self._speaking = self._speaking, None
            speaking.cancel()
            await asyncio.wait([speaking])
            self._post.outbox.clear()
        elif fault is not Fault.UNPOWERED and self._speaking is None:
            self._speak(tasks)

    def _show(self) -> None:
        self.diary.append(Shown(self._lamp.now, self._lamp.light))

    def _hear(self, payload: bytes) -> None:
        self._commands += 1
        order = understand(payload)
        if order is None:
            self._refused += 1
        elif self._living is not None and self._speaking is not None:
            self._catch_up()
            self._lamp.follow(order)
            self._news.set()

    def _born(self) -> None:
        """On a new connection old states are worth nothing: say the present one instead."""
        self._post.outbox.clear()
        self._catch_up()
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
        lamp = self._lamp
        self._said = self._news_of_lamp()
        if lamp.fault in {Fault.UNPOWERED, Fault.MUTE}:
            return
        state: dict[str, object] = {"v": 1}
        if lamp.order_id:
            state["id"] = lamp.order_id
        state |= {
            "level": round(lamp.level, 2),
            "target": lamp.target,
            "power": round(lamp.power, 2),
            "energy": round(lamp.energy, 4),
            "faults": [],
        }
        self._post.send(self._states, json.dumps(state, separators=(",", ":")).encode())
        self._states += 1

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
