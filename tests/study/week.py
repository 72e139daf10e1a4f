"""A simulated week of several zones with its record: walkers, orders, clock steps, restarts, silent sensors."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from devices.device import DeviceId
from devices.reading import Quantity, Reading
from gateway.lighting.engine import Engine
from gateway.lighting.facts import Cancel, ClockSet, Fact, Override
from gateway.record.entry import Adopted, Entry, Made
from gateway.record.reader import Reader
from gateway.record.writer import Record
from gateway.study.replay import rebuild
from tests.lighting.street import DUSK, EAST, HOUR, MINUTE, MOTION, SECOND, WEST, one_lamp_zone, plan, street

DAY = 24 * HOUR
BEGIN = DUSK - 2 * HOUR
LAMPS = tuple(DeviceId(name) for name in ("lamp-1", "lamp-2", "lamp-3", "lamp-yard", "lamp-gate"))
YARD, GATE = DeviceId("motion-yard"), DeviceId("motion-gate")
PLAN = plan(street(), one_lamp_zone("yard", LAMPS[3], YARD), one_lamp_zone("gate", LAMPS[4], GATE))
TARGETS = ("street", "yard", *LAMPS)
SNAPSHOT = 15 * MINUTE


@dataclass
class Week:
    """The gateway of that week. Timers are kept a moment after they were due, as a living gateway keeps them."""

    folder: Path
    random: Random = field(default_factory=lambda: Random(4))
    now: int = BEGIN
    orders: int = 0
    restarts: int = 0
    steps: int = 0

    async def live(self, until: int) -> None:
        """From the first afternoon on: one run after another."""
        while self.now < until:
            await self._run(min(until, self.now + self.random.randint(8, 40) * HOUR))
            self.restarts += 1
            self.now += self.random.choice([SECOND, 30 * SECOND, 25 * MINUTE])

    async def _run(self, until: int) -> None:
        engine = self._engine()
        record = Record(self.folder, "chalon")
        record.start()
        made = engine.advance(self.now)
        record.append(Entry(self.now, (Adopted(PLAN, "0.1", "g.morel", "for the test"),), (*made, engine.snapshot())))
        snapshot_due = self.now + SNAPSHOT
        while self.now < until:
            at = self.now + self.random.randint(1, 3 * MINUTE)
            while (due := min(engine.next_change() or at, snapshot_due)) < at:
                self.now = max(self.now, due + self.random.randint(1, 5_000_000))
                timed: list[Made] = list(engine.advance(self.now))
                if due == snapshot_due:
                    timed.append(engine.snapshot())
                    snapshot_due = self.now + SNAPSHOT
                record.append(Entry(self.now, (), tuple(timed)))
            self.now = max(at, self.now + 1)
            facts = self._facts()
            decided = tuple(engine.advance(self.now, facts))
            record.append(Entry(self.now, tuple(facts), decided))
            shift = sum(fact.shift for fact in facts if isinstance(fact, ClockSet))
            self.now += shift
            snapshot_due += shift
            await asyncio.sleep(0)
        await record.drain()
        record.close()

    def _engine(self) -> Engine:
        if not self.restarts:
            return Engine(PLAN, self.now)
        reader = Reader(self.folder)
        try:
            return rebuild(reader, reader.last_at(), PLAN)
        finally:
            reader.close()

    def _facts(self) -> Sequence[Fact]:
        chance = self.random.random()
        if chance < 0.002:
            self.steps += 1
            return [ClockSet(self.random.choice([-HOUR, -MINUTE, 5 * SECOND, 20 * MINUTE]), sure=True)]
        if chance < 0.012:
            self.orders += 1
            return [self._order()]
        if chance < 0.016:
            return [Cancel(f"o-{self.orders}", "g.morel", "g.morel")]
        return [self._reading() for _ in range(self.random.randint(1, 3))]

    def _order(self) -> Override:
        start = self.now + self.random.choice([0, 0, 2 * HOUR])
        target, level = self.random.choice(TARGETS), self.random.randint(0, 100)
        force, by_clock = self.random.random() < 0.2, self.random.random() < 0.5
        length = self.random.randint(1, 180) * MINUTE
        who = ("g.morel", "repair", force, "root", by_clock)
        return Override(f"o-{self.orders}", DeviceId(target), level, start, start + length, *who)

    def _reading(self) -> Reading:
        sensor = self.random.choice([WEST, EAST, *MOTION, YARD, GATE, *MOTION])
        if sensor in (WEST, EAST):
            people = self.random.choice([0, 0, 0, 1, 2, 6])
            return Reading(sensor, Quantity.PEDESTRIANS, people, self.now, period=self.random.choice([1, 60]) * SECOND)
        return Reading(sensor, Quantity.PRESENCE, float(self.random.random() < 0.4), self.now)
